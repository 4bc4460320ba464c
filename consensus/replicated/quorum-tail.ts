/**
 * Follows the quorum's log into the gateway's own: what is stored has the next position, the hash of the one before as
 * `prev`, and the signature of a gateway that the key ring admits at that place. Nothing else is ever stored.
 *
 *   watch ─▶ kept events, head ─┐
 *   look, every pollMs ─▶ head ─┴▶ behind? ─▶ kept events ─▶ else range by key ─▶ else the other gateways' logs
 *                                              └── judged ──▶ own log       nothing fits: told, tried at the next look
 *
 * The watch only makes it quick. Whatever it repeats, loses or invents, the head decides how far to go and the chain
 * decides what goes in.
 */
import type { LogClock } from '../checkpoints.ts';
import type { SealedEvent } from '../event-group.ts';
import { type Head, LogError, type Position, type StoredEvent } from '../event-log.ts';
import { type KeyValueQuorum, QuorumError, type Watch, type WatchChange } from '../key-value-quorum.ts';
import type { PeerLog } from '../peer-log.ts';
import type { Applier } from './applier.ts';
import type { FoundEvent, QuorumEvents } from './quorum-events.ts';
import { EVENTS, FLOOR, HEAD, positionOf, TAIL_RANGE } from './quorum-keys.ts';
import type { QuorumView } from './quorum-view.ts';
import type { Follows, ReplicaStore } from './replica-store.ts';
import { signedOf, takeSegments } from './take-segments.ts';
import type { TamperWatch } from './tamper-watch.ts';

export interface TailPorts {
  readonly quorum: KeyValueQuorum;
  readonly store: ReplicaStore;
  readonly peers: PeerLog;
  readonly view: QuorumView;
  readonly events: QuorumEvents;
  readonly applier: Applier;
  readonly tamper: TamperWatch;
  readonly clock: LogClock;
  /** Whether an event bears the signature of a gateway that may write at its place. */
  readonly verify: (event: StoredEvent) => boolean | Promise<boolean>;
  readonly follows: Follows;
  /** True for an event after which the key ring may be another: the next one is judged when it is stored. */
  readonly changesKeys: (event: StoredEvent) => boolean;
  readonly pollMs: number;
}

export class QuorumTail {
  readonly #ports: TailPorts;
  #watch: Watch | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #blocked: { position: Position; reason: string } | null = null;
  #cancelPoll: (() => void) | null = null;
  #closed = false;

  constructor(ports: TailPorts) {
    this.#ports = ports;
  }

  /** What stands in the way of the next event; null when nothing does. */
  get blocked(): { readonly position: Position; readonly reason: string } | null {
    return this.#blocked;
  }

  /** True when the own log ends at the newest head that is known. */
  get isAtHead(): boolean {
    const { view, store } = this.#ports;
    return this.#blocked === null && view.head !== null && view.head.position === store.head.position;
  }

  /** Looks once, then follows until `close`. Resolves after the first look, whatever came of it. */
  async start(): Promise<void> {
    await this.#poll();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelPoll?.();
    this.#watch?.stop();
    await this.#running;
    await this.#ports.tamper.close();
  }

  /** Resolves when the own log is at the head, or cannot get there now. */
  advance(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #poll(): Promise<void> {
    const { view, tamper, clock, pollMs } = this.#ports;
    const revision = await view.look();
    if (this.#closed) return;
    if (revision !== null && !this.#watch) this.#startWatch(revision + 1n);
    await this.advance();
    await tamper.check();
    if (!this.#closed) this.#cancelPoll = clock.after(pollMs, () => void this.#poll());
  }

  #startWatch(from: bigint): void {
    const { quorum, tamper } = this.#ports;
    const watch = quorum.watch({ ...TAIL_RANGE, from }, (changes) => this.#heed(changes));
    this.#watch = watch;
    const ended = (): void => {
      if (this.#watch === watch) this.#watch = null; // The next look begins another one.
    };
    watch.done.then(ended, ended);
    tamper.sweep();
  }

  #heed(changes: readonly WatchChange[]): void {
    if (this.#closed) return;
    const { view, store, events, tamper } = this.#ports;
    for (const { type, value } of changes) {
      if (value.key === HEAD) {
        if (type === 'put') view.noteHead(value);
        else void view.look();
      } else if (value.key === FLOOR) {
        if (type === 'put') view.noteFloor(value);
      } else {
        const position = positionOf(value.key, EVENTS);
        if (position === null) continue;
        if (position <= store.head.position) tamper.suspect(position, value);
        else if (type === 'put') events.keep(position, value);
      }
    }
    void this.advance();
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        while (!this.#closed && (await this.#step()));
      } catch (error) {
        // Without an answer, or with a store that takes nothing now, the next look tries again.
        if (!(error instanceof QuorumError) && !(error instanceof LogError)) throw error;
      }
    }
  }

  /** One piece further; false when there is nothing to do, or nothing can be done. */
  async #step(): Promise<boolean> {
    const { view, store, events, applier } = this.#ports;
    await applier.idle(); // The own append's answer may be bringing them just now.
    const own = store.head;
    const head = view.head;
    if (!head) return false;
    if (own.position >= head.position) return this.#compareHeads(own, head);
    events.drop(own.position);
    const next = own.position + 1n;
    if (await this.#take(own, events.brought(next, head.position))) return true;
    events.dropAll();
    if (await this.#take(own, await events.fetch(next))) return true;
    return this.#catchUp(own, head);
  }

  /** Stores the first of the found events, as far as they hold; false when the first does not. */
  async #take(own: Head, found: readonly FoundEvent[]): Promise<boolean> {
    const accepted = await this.#accepted(own, found);
    if (accepted.length === 0) return false;
    await this.#store(accepted);
    for (const [i] of accepted.entries()) {
      const { position, found: value } = found[i]!;
      this.#ports.tamper.know(position, value.modRevision);
    }
    return this.#ports.store.head.position > own.position;
  }

  #compareHeads(own: Head, head: Head): false {
    if (own.position > head.position) {
      this.#block(own.position, `the quorum ends at ${head.position}, this gateway has ${own.position}`);
    } else if (Buffer.compare(own.hash, head.hash) !== 0) {
      this.#block(own.position, `event ${own.position} is another one in the quorum`);
    } else this.#blocked = null;
    return false;
  }

  async #accepted(own: Head, found: readonly FoundEvent[]): Promise<SealedEvent[]> {
    const chained: SealedEvent[] = [];
    let prev = own.hash;
    for (const { position, found: value } of found) {
      const record = await this.#ports.events.recordOf(value);
      const sealed = record && this.#ports.follows(record, position, prev);
      if (!sealed) break;
      chained.push(sealed);
      prev = sealed.event.hash;
      if (this.#ports.changesKeys(sealed.event)) break;
    }
    return signedOf(chained, this.#ports.verify);
  }

  async #store(accepted: readonly SealedEvent[]): Promise<void> {
    await this.#ports.applier.apply(accepted);
    this.#blocked = null;
  }

  /** What the quorum does not have, or not as it must be, the other gateways have. */
  async #catchUp(own: Head, head: Head): Promise<boolean> {
    const { peers, view, store, applier, follows, changesKeys, verify } = this.#ports;
    const next = own.position + 1n;
    const goesOn = ({ position }: StoredEvent): boolean => !this.#closed && position < head.position;
    try {
      await takeSegments({ store, applier, follows, changesKeys, verify, goesOn }, peers.segments(next));
    } catch (error) {
      if (error instanceof LogError && error.code !== 'log-damaged') throw error;
    }
    if (store.head.position > own.position) {
      this.#blocked = null;
      this.#ports.tamper.suspect(next, null); // The quorum should have had it, unless it is below the floor.
      return true;
    }
    const isTrimmed = view.floor !== null && next <= view.floor.position;
    this.#block(
      next,
      isTrimmed
        ? `event ${next} is no longer in the quorum, and no gateway could be asked for it`
        : `event ${next} in the quorum is missing, altered or not signed by a gateway of this cluster`,
    );
    return false;
  }

  #block(position: Position, reason: string): void {
    this.#blocked = { position, reason };
  }
}
