/**
 * The scrub: reads the whole log as it lies on disk and checks everything that a usual read takes for granted: the sums
 * of LevelDB's tables, every link and signature from the first event on, both indexes, the vault, the checkpoints, the
 * head file's slots.
 *
 * It names the first wrong position. It rests between pieces, so that it never takes more than a part of a core.
 */

import { join } from 'node:path';
import { damaged } from './event-codec.ts';
import { LogError, type Position, type StoredEvent } from './event-log.ts';
import { idKey, readPosition, sideRange, streamKey } from './level-keys.ts';
import { verifiedPieces } from './level-read.ts';
import type { LevelStore } from './level-store.ts';
import { tablesProblem } from './leveldb/check-tables.ts';
import { EMPTY_STATE, xorDigest } from './log-state.ts';
import { type Damage, damageOf } from './open-check.ts';
import { type SideSpace, sideValue, storedCheck } from './side-entry.ts';
import { decodeSignedHead, signedHeadHolds } from './signed-head.ts';
import { type KeyRing, signatureHolds } from './signing.ts';

const SIDE_ENTRIES = 500;

export interface ScrubOptions {
  readonly folder: string;
  readonly keys: KeyRing;
  /** Called after each piece with the time it took; the scrub goes on when it resolves. */
  readonly rest: (tookMs: number) => Promise<void>;
}

export interface ScrubReport {
  /** Head when the scrub began: all events up to it were looked at, when nothing is damaged. */
  readonly checkedTo: Position;
  readonly damage: Damage | null;
  /** What was wrong with the head file, which was written anew from the log; empty when nothing was. */
  readonly mended: string;
}

export async function scrubStore(store: LevelStore, options: ScrubOptions): Promise<ScrubReport> {
  const checkedTo = store.state.position;
  try {
    const problem = await tablesProblem(join(options.folder, 'log'), options.rest);
    if (problem) throw new LogError('log-damaged', problem);
    await scrubEvents(store, checkedTo, options);
    await scrubSide(store, 'vault', options);
    await scrubSide(store, 'checkpoints', options);
    return { checkedTo, damage: null, mended: await store.mendHeadFile() };
  } catch (error) {
    const damage = damageOf(error);
    store.noteDamage(damage);
    return { checkedTo, damage, mended: '' };
  }
}

async function scrubEvents(store: LevelStore, to: Position, options: ScrubOptions): Promise<void> {
  let started = performance.now();
  for await (const events of verifiedPieces(store, 1n, to)) {
    const holds = await Promise.all(events.map((event) => signatureHolds(event, options.keys)));
    const forged = events[holds.indexOf(false)];
    if (forged) throw damaged(forged.position, `is not signed by ${forged.node}`);
    await scrubIndexes(store, events);
    await options.rest(performance.now() - started);
    started = performance.now();
  }
}

/** Every event must be found by its stream and by its id; by `get`, as the log itself asks. */
async function scrubIndexes(store: LevelStore, events: readonly StoredEvent[]): Promise<void> {
  const byStream = await store.db.getMany(events.map((event) => streamKey(event.stream, event.version)));
  const byId = await store.db.getMany(events.map((event) => idKey(event.id)));
  for (const [i, { position }] of events.entries()) {
    for (const found of [byStream[i], byId[i]]) {
      if (!found || readPosition(found) !== position) throw damaged(position, 'is not found by the indexes');
    }
  }
}

async function scrubSide(store: LevelStore, space: SideSpace, options: ScrubOptions): Promise<void> {
  // Between writes, the range and the digest that belongs to it are taken together.
  const { pieces, expected } = await store.exclusive(async () => ({
    pieces: store.db.everything(sideRange(space), SIDE_ENTRIES),
    expected: store.state[space],
  }));
  let digest: Uint8Array = EMPTY_STATE[space];
  for await (const piece of pieces) {
    const started = performance.now();
    for (const [key, stored] of piece) {
      const value = sideValue(key, stored);
      digest = xorDigest(digest, storedCheck(stored));
      if (space === 'checkpoints') await checkCheckpoint(store, key.readBigUInt64BE(1), value, options.keys);
    }
    await options.rest(performance.now() - started);
  }
  if (Buffer.compare(digest, expected) !== 0) {
    throw new LogError('log-damaged', `what is stored of the ${space} is not what was written`);
  }
}

async function checkCheckpoint(
  store: LevelStore,
  position: Position,
  value: Uint8Array,
  keys: KeyRing,
): Promise<void> {
  const checkpoint = decodeSignedHead(value);
  const holds = checkpoint?.position === position && signedHeadHolds(checkpoint, keys);
  if (!holds) throw damaged(position, 'has a checkpoint that is not signed');
  const event = await store.eventAt(position);
  if (Buffer.compare(event.hash, checkpoint.hash) !== 0)
    throw damaged(position, 'is not that of its checkpoint');
}
