/**
 * Heals a damaged local log: builds another one beside it, from what is whole here and what the other gateways have, up
 * to the head that was known to be on disk, and puts it in the place of the damaged one.
 *
 * The hash at that head proves every event before it, wherever it came from. LevelDB cannot be mended in place: a wrong
 * block stops its compaction, too.
 *
 *   <ledger>/rebuilt/            the new log, growing          removed and begun anew after a crash
 *   <ledger>/rebuilt/complete    it may take the place         finished after a crash
 *   <ledger>/damaged-log/        the old one, for a moment
 */
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SealedEvent } from '../event-group.ts';
import { type Head, LogError } from '../event-log.ts';
import { syncFolder } from '../head-file.ts';
import type { LevelDatabase } from '../level-database.ts';
import { eventKey, sideRange } from '../level-keys.ts';
import { LevelStore, type StoreOptions } from '../level-store.ts';
import type { PeerLog } from '../peer-log.ts';
import { type SideChange, type SideSpace, sideValue } from '../side-entry.ts';
import { followingEvent } from './replica-store.ts';

const PIECE_EVENTS = 500; // Of one write, two syncs.
const SIDE_ENTRIES = 500;

export interface RebuildOptions {
  readonly store: StoreOptions;
  /** The damaged log, when LevelDB can read it; null: everything comes from elsewhere. */
  readonly local: LevelDatabase | null;
  readonly source: PeerLog;
  /** The head to reach, with its hash. */
  readonly goal: Head;
}

/** Count of the events that came from elsewhere. Rejects with a LogError when the goal cannot be reached. */
export async function rebuildLog({ store: given, local, source, goal }: RebuildOptions): Promise<number> {
  const folder = join(given.folder, 'rebuilt');
  await rm(folder, { recursive: true, force: true });
  const store = await LevelStore.open({ ...given, folder });
  let fetched = 0;
  try {
    while (store.state.position < goal.position) {
      const before = store.state.position;
      if (local) await copyEvents(store, local, goal);
      if (store.state.position < goal.position)
        fetched += await fetchEvents(store, source, goal, local !== null);
      if (store.state.position === before) {
        throw new LogError('log-damaged', `no other gateway gave event ${before + 1n}`, before + 1n);
      }
    }
    if (Buffer.compare(store.state.hash, goal.hash) !== 0) {
      throw new LogError('log-damaged', `event ${goal.position} of the other gateways is another one`);
    }
    if (local) for (const space of ['vault', 'checkpoints'] as const) await copySide(store, local, space);
  } finally {
    await store.close();
  }
  const complete = await open(join(folder, 'complete'), 'w', 0o600);
  await complete.sync();
  await complete.close();
  await syncFolder(folder);
  return fetched;
}

/** Puts a complete rebuilt log in place; nothing to do without one. LevelDB must be closed. May be cut off anywhere. */
export async function finishRebuild(folder: string): Promise<void> {
  const rebuilt = join(folder, 'rebuilt');
  const damaged = join(folder, 'damaged-log');
  if (await isThere(join(rebuilt, 'complete'))) {
    if (await isThere(join(rebuilt, 'log'))) {
      if (await isThere(join(folder, 'log'))) {
        await rm(damaged, { recursive: true, force: true });
        await rename(join(folder, 'log'), damaged);
      }
      await rename(join(rebuilt, 'log'), join(folder, 'log'));
    }
    if (await isThere(join(rebuilt, 'head'))) await rename(join(rebuilt, 'head'), join(folder, 'head'));
    await syncFolder(folder);
  }
  await rm(rebuilt, { recursive: true, force: true });
  await rm(damaged, { recursive: true, force: true }); // It may hold keys that are to be erased later.
}

/** Events that are whole in the old log, from the new one's end on. */
async function copyEvents(store: LevelStore, local: LevelDatabase, goal: Head): Promise<void> {
  for (;;) {
    const { position } = store.state;
    if (position >= goal.position) return;
    const range = { gte: eventKey(position + 1n), lte: eventKey(goal.position) };
    const records = await readable(() => local.values(range, PIECE_EVENTS), []);
    if ((await add(store, records)) < records.length || records.length === 0) return;
  }
}

/** With a local log, one piece at most: the old one may go on behind it. */
async function fetchEvents(
  store: LevelStore,
  source: PeerLog,
  goal: Head,
  onePiece: boolean,
): Promise<number> {
  let fetched = 0;
  let piece: Buffer[] = [];
  for await (const record of source.segments(store.state.position + 1n)) {
    piece.push(Buffer.from(record));
    const isLast = store.state.position + BigInt(piece.length) >= goal.position;
    if (piece.length < PIECE_EVENTS && !isLast) continue;
    const added = await add(store, piece);
    fetched += added;
    if (added < piece.length || isLast || onePiece) return fetched;
    piece = [];
  }
  return fetched + (await add(store, piece));
}

/** Writes the records that follow, each checked; how many there were. */
async function add(store: LevelStore, records: readonly Buffer[]): Promise<number> {
  const events: SealedEvent[] = [];
  let { position, hash } = store.state;
  for (const record of records) {
    const sealed = followingEvent(record, position + 1n, hash);
    if (!sealed) break;
    events.push(sealed);
    ({ position, hash } = sealed.event);
  }
  if (events.length > 0) {
    await store.write(async () => ({ change: { events, side: [] }, result: undefined }));
  }
  return events.length;
}

/** Entries beside the events that are whole; for the vault the quorum then says what is missing, and what was erased. */
async function copySide(store: LevelStore, local: LevelDatabase, space: SideSpace): Promise<void> {
  const pieces = local.everything(sideRange(space), SIDE_ENTRIES);
  for (;;) {
    const next = await readable(() => pieces.next(), { done: true as const, value: undefined });
    if (next.done) return;
    const side: SideChange[] = [];
    for (const [key, stored] of next.value) {
      const value = await readable(async () => sideValue(key, stored), null);
      if (value) side.push({ space, key, value });
    }
    await store.write(async () => ({ change: { events: [], side }, result: undefined }));
  }
}

/** What LevelDB or a check says is wrong counts as not there. */
async function readable<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof LogError) return otherwise;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
