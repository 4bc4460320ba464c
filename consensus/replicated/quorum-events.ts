/**
 * Events as the quorum gives them: those that the watch has brought, else a range by key, with their bodies from blobs.
 * Only octets are gathered here; whether they are the log's events is for the tail to judge.
 */
import type { Position } from '../event-log.ts';
import { type KeyValue, type KeyValueQuorum, keyAfter } from '../key-value-quorum.ts';
import { blobOf, pieceKey, pieceKeys, recordOfValue } from './event-value.ts';
import { EVENTS, eventKey, FLOOR, HEAD, positionOf } from './quorum-keys.ts';
import type { QuorumView } from './quorum-view.ts';

export const FETCH_EVENTS = 100; // At most 1 MiB of short forms and inline bodies, as one append wrote them.
const KEPT_EVENTS_MAX = 2000; // What a watch may bring ahead of the tail; more is fetched again.

/** The value of an event's key, of the position that the key says. */
export interface FoundEvent {
  readonly position: Position;
  readonly found: KeyValue;
}

export class QuorumEvents {
  readonly #quorum: KeyValueQuorum;
  readonly #view: QuorumView;
  readonly #timeoutMs: number;
  readonly #brought = new Map<Position, KeyValue>();

  constructor(quorum: KeyValueQuorum, view: QuorumView, timeoutMs: number) {
    this.#quorum = quorum;
    this.#view = view;
    this.#timeoutMs = timeoutMs;
  }

  /** Keeps what a watch or an answer has brought. */
  keep(position: Position, found: KeyValue): void {
    const known = this.#brought.get(position);
    if (known && known.modRevision >= found.modRevision) return;
    if (known || this.#brought.size < KEPT_EVENTS_MAX) this.#brought.set(position, found);
  }

  /** What is kept up to a position is of no more use. */
  drop(to: Position): void {
    for (const position of this.#brought.keys()) if (position <= to) this.#brought.delete(position);
  }

  dropAll(): void {
    this.#brought.clear();
  }

  /** Contiguous events from a position on, as they were brought; none when the first one was not. */
  brought(from: Position, to: Position): FoundEvent[] {
    const events: FoundEvent[] = [];
    for (let position = from; position <= to && events.length < FETCH_EVENTS; position += 1n) {
      const found = this.#brought.get(position);
      if (!found) break;
      events.push({ position, found });
    }
    return events;
  }

  /** Contiguous events from a position on, as the quorum has them now, with head and floor of the same moment. */
  async fetch(from: Position): Promise<FoundEvent[]> {
    const events = { key: eventKey(from), end: eventKey(from + BigInt(FETCH_EVENTS)) };
    const success = [{ key: HEAD }, { key: FLOOR }, events].map((range) => ({
      type: 'range' as const,
      ...range,
    }));
    const { results } = await this.#quorum.txn({ compare: [], success }, { timeoutMs: this.#timeoutMs });
    const [head, floor, range] = results.map((result) => (result.type === 'range' ? result.values : []));
    this.#view.noteContact();
    if (floor?.[0]) this.#view.noteFloor(floor[0]);
    if (head?.[0]) this.#view.noteHead(head[0]);
    return contiguous(range ?? [], from);
  }

  /** The record that a value stands for; null when its body is gone or does not fit. */
  async recordOf({ value }: KeyValue): Promise<Buffer | null> {
    const blob = blobOf(value);
    if (!blob) return recordOfValue(value, null);
    const range = { key: pieceKey(blob, 0), end: keyAfter(pieceKey(blob, 9)) };
    const { values } = await this.#quorum.range(range, { timeoutMs: this.#timeoutMs });
    const keys = new Set(pieceKeys(blob));
    const body = Buffer.concat(values.filter(({ key }) => keys.has(key)).map((piece) => piece.value));
    return recordOfValue(value, body);
  }
}

function contiguous(values: readonly KeyValue[], from: Position): FoundEvent[] {
  const events: FoundEvent[] = [];
  for (const found of values) {
    const position = from + BigInt(events.length);
    if (positionOf(found.key, EVENTS) !== position) break;
    events.push({ position, found });
  }
  return events;
}
