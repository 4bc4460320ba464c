/** What one change writes: its events with their indexes, what stands beside them, and the state of the log after it. */
import type { SealedEvent } from './event-group.ts';
import type { WriteOperation } from './level-database.ts';
import { eventKey, HEAD_KEY, idKey, positionValue, streamKey } from './level-keys.ts';
import { encodeState, type LogState, xorDigest } from './log-state.ts';
import { type SideChange, sideEntry, storedCheck } from './side-entry.ts';

export interface Change {
  readonly events: readonly SealedEvent[];
  readonly side: readonly SideChange[];
}

export interface StoreWrite {
  /** Of one batch: there all together, or not at all. */
  readonly operations: WriteOperation[];
  readonly next: LogState;
}

/** `stored` gives what stands under a key of a side entry. */
export async function writeOf(
  change: Change,
  state: LogState,
  stored: (key: Buffer) => Promise<Buffer | undefined>,
): Promise<StoreWrite> {
  const operations: WriteOperation[] = [];
  let { position, hash, generation } = state;
  const digests = { vault: state.vault, checkpoints: state.checkpoints };
  for (const { event, record } of change.events) {
    const at = positionValue(event.position);
    operations.push(
      { type: 'put', key: eventKey(event.position), value: record },
      { type: 'put', key: streamKey(event.stream, event.version), value: at },
      { type: 'put', key: idKey(event.id), value: at },
    );
    ({ position, hash, generation } = event);
  }
  for (const { space, key, value } of change.side) {
    const old = await stored(key);
    if (old) digests[space] = xorDigest(digests[space], storedCheck(old));
    if (value) {
      const entry = sideEntry(key, value);
      digests[space] = xorDigest(digests[space], storedCheck(entry));
      operations.push({ type: 'put', key, value: entry });
    } else operations.push({ type: 'del', key });
  }
  const next = { ...digests, position, hash, generation, writes: state.writes + 1n };
  operations.push({ type: 'put', key: HEAD_KEY, value: encodeState(next) });
  return { operations, next };
}
