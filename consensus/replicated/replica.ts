/**
 * The core of the replicated engine: one gateway's part in the quorum's log, over a store that is a port.
 *
 *   appends ─▶ ReplicatedSequencer ─▶ quorum ─▶ QuorumTail ─▶ Applier ─▶ own log
 *                     └──────── own answer ────────────────────┘
 */
import type { LogClock } from '../checkpoints.ts';
import { StreamVersions } from '../event-group.ts';
import {
  type Appended,
  type Draft,
  type Expect,
  type Head,
  LogError,
  type LogObstacle,
  type Position,
  type StoredEvent,
} from '../event-log.ts';
import type { KeyValueQuorum } from '../key-value-quorum.ts';
import type { PeerLog } from '../peer-log.ts';
import type { Signer } from '../signing.ts';
import { Applier, type OnStored } from './applier.ts';
import { FairTurns } from './fair-turns.ts';
import { QuorumEvents } from './quorum-events.ts';
import { QuorumTail } from './quorum-tail.ts';
import { QuorumView } from './quorum-view.ts';
import type { Follows, ReplicaStore } from './replica-store.ts';
import { ReplicatedSequencer } from './replicated-sequencer.ts';
import { TamperWatch } from './tamper-watch.ts';
import type { ReplicationTiming } from './timing.ts';

export interface ReplicaOptions {
  readonly quorum: KeyValueQuorum;
  readonly peers: PeerLog;
  readonly store: ReplicaStore;
  readonly clusterId: string;
  /** The highest generation that this gateway has heard of. */
  readonly generation: number;
  readonly signer: Signer;
  /** Whether an event bears the signature of a gateway that may write at its place. */
  readonly verify: (event: StoredEvent) => boolean | Promise<boolean>;
  readonly follows: Follows;
  readonly changesKeys: (event: StoredEvent) => boolean;
  /** Whether an event of this gateway may stand there. */
  readonly mayWrite: (position: Position) => boolean;
  readonly onStored: OnStored;
  readonly clock: LogClock;
  /** In [0, 1); spreads retries. */
  readonly random: () => number;
  readonly timing: ReplicationTiming;
}

export class Replica {
  readonly view: QuorumView;
  readonly tail: QuorumTail;
  readonly tamper: TamperWatch;
  readonly #sequencer: ReplicatedSequencer;

  constructor(options: ReplicaOptions) {
    const { quorum, store, clock, timing, signer, random } = options;
    const versions = new StreamVersions();
    const turns = new FairTurns(signer.node, random);
    const view = new QuorumView({ ...options, lookTimeoutMs: timing.lookTimeoutMs });
    const events = new QuorumEvents(quorum, view, timing.txnTimeoutMs);
    const tamper = new TamperWatch({ quorum, store, view, events, timeoutMs: timing.txnTimeoutMs });
    const onStored: OnStored = (stored) => {
      for (const { node } of stored) turns.note(node, clock.elapsedMs());
      options.onStored(stored);
    };
    const applier = new Applier(store, versions, onStored);
    const verify = (event: StoredEvent): boolean | Promise<boolean> =>
      this.#sequencer.isOwn(event) || options.verify(event);
    const shared = { ...options, view, events, applier, tamper };
    this.view = view;
    this.tamper = tamper;
    this.tail = new QuorumTail({ ...shared, verify, pollMs: timing.pollMs });
    this.#sequencer = new ReplicatedSequencer({ ...shared, tail: this.tail, versions, turns });
  }

  /** Resolves after the first look at the quorum, whatever came of it. */
  start(): Promise<void> {
    return this.tail.start();
  }

  append(batch: readonly Draft[], expect: Expect, signal?: AbortSignal): Promise<Appended> {
    return this.#sequencer.append(batch, expect, signal);
  }

  /** The quorum's head of this moment. Rejects `no-quorum` or `fenced`. */
  async quorumHead(): Promise<Head> {
    const { view } = this;
    await view.look();
    if (view.fenced !== '') throw new LogError('fenced', view.fenced);
    if (!view.head || view.problem !== '') throw new LogError('no-quorum', view.problem);
    const { position, hash, generation } = view.head;
    return { position, hash, generation };
  }

  /** Why nothing can be appended now, apart from the store's own reasons; empty when it can. */
  get problem(): string {
    return this.view.problem || (this.tail.blocked?.reason ?? '');
  }

  /** The same in a word. */
  get obstacle(): LogObstacle | null {
    return this.view.obstacle ?? (this.tail.blocked ? 'quorum-altered' : null);
  }

  async close(): Promise<void> {
    await this.#sequencer.close();
    await this.tail.close();
  }
}
