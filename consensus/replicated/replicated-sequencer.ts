/**
 * The order of events in a cluster: a queue in front of the quorum's head. All appends that wait go in one transaction,
 * one in flight, judged and sealed against the own log, which must end where the head is; the transaction proves that
 * nothing came between (replication.md §3).
 *
 *   taken ─▶ own log at the head? ─▶ judged, sealed ─▶ transaction: head unmoved?
 *     ▲            │ no: tail                            │ yes ─▶ stored here ─▶ answered
 *     │◀───────────┴────── missed events, same answer ◀──┤ no
 *     └◀── own ids found? at the next head ◀── look ◀────┘ unclear
 *
 * What was sent without a clear answer is never declared failed while the head it was made for still stands.
 */
import { AppendQueue, type GroupLimits, type Waiting } from '../append-queue.ts';
import type { LogClock } from '../checkpoints.ts';
import { type Judgement, judgeGroup, type SealedEvent, type StreamVersions } from '../event-group.ts';
import {
  type Appended,
  BATCH_EVENTS_MAX,
  type Draft,
  type Expect,
  LogError,
  type Position,
  type StoredEvent,
} from '../event-log.ts';
import { type KeyValueQuorum, QuorumError, type TxnResult } from '../key-value-quorum.ts';
import type { Signer } from '../signing.ts';
import type { Applier } from './applier.ts';
import type { FairTurns } from './fair-turns.ts';
import { BlobWriter, putsOf } from './group-puts.ts';
import { PendingAppends } from './pending-appends.ts';
import { FETCH_EVENTS, type QuorumEvents } from './quorum-events.ts';
import { EVENTS, encodeHead, eventKey, HEAD, META, positionOf } from './quorum-keys.ts';
import type { QuorumTail } from './quorum-tail.ts';
import type { QuorumHead, QuorumView } from './quorum-view.ts';
import type { ReplicaStore } from './replica-store.ts';
import type { TamperWatch } from './tamper-watch.ts';
import type { ReplicationTiming } from './timing.ts';

const GROUP: GroupLimits = {
  events: BATCH_EVENTS_MAX, // Each one operation of the 128 that a transaction may have.
  bytes: 512 * 1024, // Of payload; with names and signatures below the 1 MiB of a transaction.
};

const REMOVED = 'this gateway was removed from the cluster';

export interface SequencerPorts {
  readonly quorum: KeyValueQuorum;
  readonly store: ReplicaStore;
  readonly view: QuorumView;
  readonly events: QuorumEvents;
  readonly tail: QuorumTail;
  readonly applier: Applier;
  readonly tamper: TamperWatch;
  readonly versions: StreamVersions;
  readonly turns: FairTurns;
  readonly signer: Signer;
  /** False once this gateway's signature counts no more: an event of it would hold up all others. */
  readonly mayWrite: (position: Position) => boolean;
  readonly clock: LogClock;
  readonly random: () => number;
  readonly timing: ReplicationTiming;
}

/** A group at a head, ready to be sent. */
interface Attempt {
  readonly head: QuorumHead;
  readonly sealed: readonly SealedEvent[];
  readonly judgements: readonly Judgement[];
}

export class ReplicatedSequencer {
  readonly #ports: SequencerPorts;
  readonly #queue = new AppendQueue();
  readonly #blobs: BlobWriter;
  readonly #pending = new PendingAppends(this.#queue);
  #running: Promise<void> | null = null;
  #sent: readonly SealedEvent[] = [];
  #failures = 0;
  #closed = false;

  constructor(ports: SequencerPorts) {
    this.#ports = ports;
    this.#blobs = new BlobWriter(ports.quorum);
  }

  /** Fails at once while it is known that nothing can be appended, and has been for a while. */
  append(batch: readonly Draft[], expect: Expect, signal?: AbortSignal): Promise<Appended> {
    const { view, timing } = this.#ports;
    if (view.fenced !== '') return Promise.reject(new LogError('fenced', view.fenced));
    if (view.troubledMs >= timing.patienceMs) return Promise.reject(new LogError('no-quorum', view.problem));
    return this.#queue.add({ batch, expect, signal }, (waiting) => {
      this.#pending.giveUntil(waiting, this.#ports.clock.elapsedMs() + timing.patienceMs);
      this.#running ??= this.#run();
    });
  }

  /** True for an event of the group that is on its way: its signature is the own one, just made. */
  isOwn({ position, hash }: StoredEvent): boolean {
    const first = this.#sent[0]?.event.position;
    const own = first === undefined ? undefined : this.#sent[Number(position - first)];
    return own !== undefined && Buffer.compare(own.event.hash, hash) === 0;
  }

  /** Answers what waits, soon: nothing is tried again from now on. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#pending.isEmpty || this.#queue.length > 0) {
      this.#pending.fill(GROUP);
      try {
        await this.#round();
      } catch (error) {
        await this.#failed(error);
      }
      this.#giveUp();
    }
    this.#running = null;
  }

  async #round(): Promise<void> {
    await this.#ports.store.admit();
    const attempt = await this.#judge();
    if (!attempt) {
      await this.#catchUp();
      return;
    }
    this.#pending.judged(attempt.judgements, attempt.head.revision);
    this.#pending.settle(attempt.judgements.filter((judgement) => judgement.lasting));
    if (attempt.sealed.length > 0) await this.#send(attempt);
    else if (!this.#pending.isEmpty) await this.#confirm(attempt);
    this.#failures = 0;
  }

  /** At the head, and only there; null when the own log does not end where the quorum's does. */
  #judge(): Promise<Attempt | null> {
    const { store, view, tail, versions, signer } = this.#ports;
    return store.exclusive(async () => {
      const head = view.head;
      if (view.problem !== '' || !tail.isAtHead || head?.position !== store.head.position) return null;
      const { position, hash } = store.head;
      if (!this.#ports.mayWrite(position + 1n)) throw new LogError('fenced', REMOVED);
      const base = { position, hash, generation: view.generation };
      const judged = await judgeGroup(this.#pending.waiting, base, { facts: store, versions, signer });
      return { head, ...judged };
    });
  }

  async #catchUp(): Promise<void> {
    const { view, tail } = this.#ports;
    if (view.problem !== '') throw new QuorumError('unavailable', view.problem);
    await tail.advance();
    if (!tail.isAtHead) throw new QuorumError('unavailable', tail.blocked?.reason ?? 'catching up');
  }

  /** Refusals by a version that the own log has not seen yet, perhaps: they stand when the head still does. */
  async #confirm({ head, judgements }: Attempt): Promise<void> {
    const { view } = this.#ports;
    if ((await view.look()) === null) throw new QuorumError('unavailable', view.problem);
    if (view.head?.revision === head.revision) this.#pending.settle(judgements);
    else await this.#catchUp();
  }

  async #send(attempt: Attempt): Promise<void> {
    const { clock, timing, turns, view } = this.#ports;
    const { events, blobs } = putsOf(attempt.sealed);
    const blobsStand = await this.#blobs.put(blobs, { timeoutMs: timing.txnTimeoutMs });
    const last = attempt.sealed.at(-1)!.event;
    const { position } = attempt.head;
    const missed = { key: eventKey(position + 1n), end: eventKey(position + 1n + BigInt(FETCH_EVENTS)) };
    const startedMs = clock.elapsedMs();
    let answer: TxnResult;
    this.#sent = attempt.sealed;
    try {
      answer = await this.#ports.quorum.txn(
        {
          compare: [
            { key: HEAD, modRevision: attempt.head.revision },
            { key: META, modRevision: view.metaRevision },
            ...blobsStand,
          ],
          success: [...events, { type: 'put', key: HEAD, value: encodeHead(last) }],
          failure: [{ key: HEAD }, missed].map((range) => ({ type: 'range' as const, ...range })),
        },
        { timeoutMs: timing.txnTimeoutMs },
      );
    } catch (error) {
      const code = error instanceof QuorumError ? error.code : null;
      if (code !== 'unclear' && code !== 'no-space') throw error;
      const own = attempt.judgements.filter(({ appended }) => appended && !appended.repeated);
      const sent = own.map(({ waiting }) => waiting);
      const doubted = this.#pending.doubt(sent, attempt.head.revision);
      if (code === 'unclear') throw error;
      return this.#refusedForSpace(attempt, doubted, error as QuorumError);
    }
    view.noteContact();
    turns.noteRoundTrip(clock.elapsedMs() - startedMs);
    if (answer.succeeded) await this.#recorded(attempt, answer.revision);
    else await this.#outrun(attempt, answer);
  }

  async #recorded({ sealed, judgements }: Attempt, revision: bigint): Promise<void> {
    const { view, applier, tamper, turns, clock } = this.#ports;
    const { position, hash, generation } = sealed.at(-1)!.event;
    view.noteOwnHead({ position, hash, generation, revision });
    for (const { event } of sealed) tamper.know(event.position, revision);
    this.#blobs.forget();
    try {
      await applier.apply(sealed);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#pending.leaveUnresolved(`recorded by the quorum, but not here: ${error.message}`);
      return;
    }
    this.#pending.settle(judgements);
    const pauseMs = turns.pauseMs(clock.elapsedMs());
    if (pauseMs > 0) await this.#pause(pauseMs);
  }

  /** Another gateway was first: its events came with the answer. */
  async #outrun({ head }: Attempt, { results }: TxnResult): Promise<void> {
    const { view, events, tail } = this.#ports;
    const [found, missed] = results.map((result) => (result.type === 'range' ? result.values : []));
    for (const value of missed ?? []) {
      const position = positionOf(value.key, EVENTS);
      if (position !== null) events.keep(position, value);
    }
    if (found?.[0]) view.noteHead(found[0]);
    // The head stands: then it was the generation, or a blob that is gone.
    if (found?.[0]?.modRevision === head.revision) {
      this.#blobs.forget();
      await view.look();
    }
    await tail.advance();
  }

  /**
   * A full store says so of what it has just done, too: only when the head still stands was it not. Who is in doubt from
   * an earlier attempt remains so.
   */
  async #refusedForSpace(
    { head }: Attempt,
    doubted: readonly Waiting[],
    refusal: QuorumError,
  ): Promise<void> {
    const { view, tail } = this.#ports;
    if ((await view.look()) === null) throw new QuorumError('unavailable', view.problem);
    if (view.head?.revision !== head.revision) {
      await tail.advance();
      return;
    }
    this.#pending.trust(doubted);
    throw refusal;
  }

  async #failed(error: unknown): Promise<void> {
    const { view } = this.#ports;
    if (error instanceof LogError) {
      this.#pending.reject(error);
      return;
    }
    if (!(error instanceof QuorumError)) {
      this.#pending.reject(error);
      throw error;
    }
    if (error.code === 'no-space') this.#pending.reject(new LogError('quota-full', error.message));
    else if (error.code === 'denied') this.#pending.reject(new LogError('no-quorum', error.message));
    else if (view.fenced !== '') this.#pending.reject(new LogError('fenced', view.fenced));
    if (this.#pending.isEmpty || this.#closed) return;
    await this.#pause(this.#backoffMs());
    await view.look();
    await this.#ports.tail.advance();
  }

  /** Those whose time is over are told what is known; closing, each gets its one attempt. */
  #giveUp(): void {
    const { clock, view, tail } = this.#ports;
    const reason = view.problem || (tail.blocked?.reason ?? 'the quorum did not take it in time');
    const error = new LogError('no-quorum', reason);
    if (this.#closed) this.#pending.reject(error);
    else this.#pending.expire(clock.elapsedMs(), error);
  }

  #backoffMs(): number {
    const { backoffMsMin, backoffMsMax } = this.#ports.timing;
    this.#failures += 1;
    const most = Math.min(backoffMsMax, backoffMsMin * 2 ** (this.#failures - 1));
    return most * (0.5 + this.#ports.random() / 2);
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#ports.clock.after(delayMs, resolve));
  }
}
