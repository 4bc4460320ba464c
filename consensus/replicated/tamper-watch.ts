/**
 * Finds what somebody has done to events in the quorum that this gateway has already stored: altered or deleted above
 * the floor. The quorum has no append-only right (replication.md §2.6), so the gateways watch, tell, and put back what
 * their own chain proves; their own logs stay as they are.
 */
import type { Position, StoredEvent } from '../event-log.ts';
import { type KeyValue, type KeyValueQuorum, QuorumError } from '../key-value-quorum.ts';
import { recordOfValue } from './event-value.ts';
import { BlobWriter, putsOf } from './group-puts.ts';
import type { QuorumEvents } from './quorum-events.ts';
import { EVENTS, eventKey, FLOOR, positionOf } from './quorum-keys.ts';
import type { QuorumView } from './quorum-view.ts';
import { type ReplicaStore, recordOfEvent } from './replica-store.ts';

const KNOWN_MAX = 4000; // Positions whose value is known to be the own one: what a watch repeats is mostly recent.
const SUSPECTS_MAX = 1000; // More at once are found again by the next sweep.
const SWEEP_KEYS = 5000; // Of one range, without values: some 200 KiB.

export interface TamperPorts {
  readonly quorum: KeyValueQuorum;
  readonly store: ReplicaStore;
  readonly view: QuorumView;
  readonly events: QuorumEvents;
  readonly timeoutMs: number;
}

export class TamperWatch {
  readonly #ports: TamperPorts;
  readonly #known = new Map<Position, bigint>();
  readonly #suspects = new Map<Position, KeyValue | null>();
  #running: Promise<void> | null = null;
  #closed = false;
  #told = '';

  constructor(ports: TamperPorts) {
    this.#ports = ports;
  }

  /** What was found, for operators; stays until the process ends. Empty when nothing was. */
  get told(): string {
    return this.#told;
  }

  /** The value of that revision is the event that was stored here. */
  know(position: Position, revision: bigint): void {
    this.#known.delete(position);
    this.#known.set(position, revision);
    if (this.#known.size > KNOWN_MAX) this.#known.delete(this.#known.keys().next().value!);
  }

  /** Something was said of an event that stands in the own log; `value` as it was said, null: look. */
  suspect(position: Position, value: KeyValue | null): void {
    if (value && this.#known.get(position) === value.modRevision) return;
    if (this.#suspects.size < SUSPECTS_MAX) this.#suspects.set(position, value);
    void this.check();
  }

  /** Looks for events that are missing between floor and own head. */
  sweep(): void {
    void this.#guarded(() => this.#findMissing());
  }

  /** Settles what is suspected. */
  check(): Promise<void> {
    this.#running ??= this.#guarded(() => this.#checkAll()).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Resolves when the own log is read no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #guarded(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof QuorumError)) throw error; // Without an answer, the next look tries again.
    }
  }

  async #findMissing(): Promise<void> {
    const { quorum, view, store, timeoutMs } = this.#ports;
    const end = eventKey(store.head.position + 1n);
    let next = (view.floor?.position ?? store.head.position) + 1n;
    for (let more = true; more && next <= store.head.position; ) {
      const request = { key: eventKey(next), end, limit: SWEEP_KEYS, keysOnly: true };
      const answer = await quorum.range(request, { timeoutMs });
      for (const { key } of answer.values) {
        const position = positionOf(key, EVENTS);
        if (position === null) continue;
        for (; next < position; next += 1n) this.suspect(next, null);
        next = position + 1n;
      }
      more = answer.more;
    }
    for (; next < positionOf(end, EVENTS)!; next += 1n) this.suspect(next, null);
  }

  async #checkAll(): Promise<void> {
    for (const [position, value] of this.#suspects) {
      if (this.#closed) return;
      const own = await this.#ports.store.eventAt(position);
      if (!(value && (await this.#isOwn(value, own)))) await this.#confirm(position, own);
      this.#suspects.delete(position);
    }
  }

  async #isOwn(found: KeyValue, own: StoredEvent): Promise<boolean> {
    if (found.value.length === 0) return false;
    const record = recordOfValue(found.value, null) ?? (await this.#ports.events.recordOf(found));
    if (!record?.equals(recordOfEvent(own))) return false;
    const known = this.#known.get(own.position);
    // No gateway writes an event twice but to put it back.
    if (known !== undefined && known !== found.modRevision) {
      this.#tell(own.position, 'deleted or altered', ', and another gateway has put it back');
    }
    this.know(own.position, found.modRevision);
    return true;
  }

  /** Watches lie: only what the quorum itself says now is told and mended. */
  async #confirm(position: Position, own: StoredEvent): Promise<void> {
    const { quorum, view, timeoutMs } = this.#ports;
    const success = [FLOOR, eventKey(position)].map((key) => ({ type: 'range' as const, key }));
    const { results } = await quorum.txn({ compare: [], success }, { timeoutMs });
    const [floor, found] = results.map((result) => (result.type === 'range' ? result.values[0] : undefined));
    if (floor) view.noteFloor(floor);
    if (!view.floor || position <= view.floor.position) return;
    if (found && (await this.#isOwn(found, own))) return;
    this.#tell(position, found ? 'altered' : 'deleted');
    await this.#mend(own, found?.modRevision ?? 0n);
  }

  #tell(position: Position, what: string, since = ''): void {
    this.#told = `event ${position} was ${what} in the quorum by someone else than its gateways${since}`;
  }

  async #mend(own: StoredEvent, revision: bigint): Promise<void> {
    const { quorum, timeoutMs } = this.#ports;
    const { events, blobs } = putsOf([{ event: own, record: recordOfEvent(own) }]);
    await new BlobWriter(quorum).put(blobs, { timeoutMs });
    const compare = [{ key: eventKey(own.position), modRevision: revision }];
    const { succeeded, revision: mended } = await quorum.txn({ compare, success: events }, { timeoutMs });
    if (succeeded) this.know(own.position, mended);
  }
}
