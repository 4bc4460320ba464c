/**
 * Verified reads of the local log: ranges, streams, request ids. Everything is checked against the hash it must have
 * before it is handed on; what does not hold is `log-damaged`, and remembered by the store.
 */
import { setImmediate } from 'node:timers/promises';
import { checkedEvent, damaged, NO_HASH } from './event-codec.ts';
import type { LogFacts } from './event-group.ts';
import type { Position, StoredEvent } from './event-log.ts';
import { eventKey, idKey, readPosition, streamKey, versionOfStreamKey } from './level-keys.ts';
import type { LevelStore } from './level-store.ts';
import { damageOf } from './open-check.ts';

const READ_EVENTS = 4000; // One trip to the thread pool: on a busy machine the wait for it costs more than the reading.
const PIECE_EVENTS = 1000; // Some three milliseconds of checking, then the loop has its turn.
const STREAM_EVENTS = 500;

/** Events [from, to] in pieces of PIECE_EVENTS at most, each verified and linked to the one before; the end is cut at the head of now. */
export async function* verifiedPieces(
  store: LevelStore,
  from: Position,
  to: Position,
): AsyncGenerator<StoredEvent[]> {
  const head = store.state.position;
  const last = to < head ? to : head;
  let next = from < 1n ? 1n : from;
  if (next > last) return;
  const fetch = (at: Position): Promise<Buffer[]> =>
    store.db.values({ gte: eventKey(at), lte: eventKey(last) }, READ_EVENTS);
  try {
    let prev: Uint8Array = next === 1n ? NO_HASH : (await store.eventAt(next - 1n)).hash;
    let coming = fetch(next);
    while (next <= last) {
      const records = await coming;
      if (records.length === 0) throw damaged(next, 'is missing');
      const after = next + BigInt(records.length);
      // The next piece is read while this one is checked and used.
      if (after <= last) {
        coming = fetch(after);
        coming.catch(() => {}); // Seen when it is awaited; a reader that stops early does not care.
      }
      for (let at = 0; at < records.length; at += PIECE_EVENTS) {
        if (at > 0) await setImmediate();
        const events: StoredEvent[] = [];
        for (const record of records.slice(at, at + PIECE_EVENTS)) {
          const event = checkedEvent(record, next, prev);
          prev = event.hash;
          events.push(event);
          next += 1n;
        }
        yield events;
      }
    }
  } catch (error) {
    throw remembered(store, error, next);
  }
}

/** What judging an append asks of the store. */
export function factsOf(store: LevelStore): LogFacts {
  return {
    positionsOfIds: (ids) => positionsOfIds(store, ids),
    streamVersion: (stream) => streamVersion(store, stream),
  };
}

/** Count of a stream's events; 0 when there is no such stream. */
async function streamVersion(store: LevelStore, stream: string): Promise<number> {
  const range = { gte: streamKey(stream, 1), lte: streamKey(stream, Number.MAX_SAFE_INTEGER) };
  const [last] = await store.db.entries(range, 1, true);
  if (!last) return 0;
  const version = versionOfStreamKey(last[0]);
  await indexedEvent(store, last[1], stream, version);
  return version;
}

export async function* streamEvents(store: LevelStore, stream: string): AsyncGenerator<StoredEvent> {
  const head = store.state.position;
  const lte = streamKey(stream, Number.MAX_SAFE_INTEGER);
  for (let version = 1; ; ) {
    const entries = await store.db.entries({ gte: streamKey(stream, version), lte }, STREAM_EVENTS);
    if (entries.length === 0) return;
    for (const [, value] of entries) {
      const event = await indexedEvent(store, value, stream, version);
      if (event.position > head) return; // Written, but not yet known to be on disk.
      yield event;
      version += 1;
    }
  }
}

/** Where each event id was recorded, or null. */
async function positionsOfIds(store: LevelStore, ids: readonly string[]): Promise<(Position | null)[]> {
  const values = await store.db.getMany(ids.map(idKey));
  return Promise.all(
    values.map(async (value, i) => {
      if (!value) return null;
      const position = readPosition(value);
      const event = position === null ? null : await store.eventAt(position);
      if (event?.id !== ids[i]) throw remembered(store, damaged(position ?? 0n, 'is not the one of its id'));
      return event.position;
    }),
  );
}

async function indexedEvent(
  store: LevelStore,
  value: Buffer,
  stream: string,
  version: number,
): Promise<StoredEvent> {
  const position = readPosition(value);
  const event = position === null ? null : await store.eventAt(position);
  if (event?.stream !== stream || event.version !== version) {
    throw remembered(store, damaged(position ?? 0n, `is not version ${version} of its stream`));
  }
  return event;
}

/** Keeps what a read found; damage that LevelDB reports without a place is at the place that was read. */
function remembered(store: LevelStore, error: unknown, at: Position | null = null): unknown {
  const damage = damageOf(error);
  store.noteDamage({ ...damage, position: damage.position ?? at });
  return error;
}
