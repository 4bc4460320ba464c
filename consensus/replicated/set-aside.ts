/**
 * A gateway that comes back with events that the cluster's new generation does not have: they are kept in a file, the
 * log goes back to where both histories part, and the gateway can follow the new one (replication.md §4.4).
 *
 *   <ledger>/diverged/<generation>-<first>-<last>.events     u32 length | event record, repeated
 *
 * The generation is the new one. The log must be closed; being cut off anywhere, it is done again from the start.
 */
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeRecord, NO_HASH } from '../event-codec.ts';
import { type Head, LogError, type Position, type StoredEvent } from '../event-log.ts';
import { syncFolder } from '../head-file.ts';
import { verifiedPieces } from '../level-read.ts';
import { LevelStore, type StoreOptions } from '../level-store.ts';
import type { PeerLog } from '../peer-log.ts';
import { finishRebuild, rebuildLog } from './rebuild-log.ts';
import { followingEvent, recordOfEvent } from './replica-store.ts';

const FOLDER = 'diverged';
const NAME = /^(\d+)-(\d+)-(\d+)\.events$/;
const NONE: PeerLog = { segments: async function* nothing() {} };

/** Events first to last of this gateway that generation `generation` does not have. */
export interface Divergence {
  readonly generation: number;
  readonly first: Position;
  readonly last: Position;
}

/**
 * Sets the own events behind the fork aside; null when there are none, the log being a beginning of the others'.
 * `peers` are gateways of the generation. Throws `log-damaged` when the own log must be healed first, or shares nothing with
 * theirs: then it is no gateway of this cluster, or nobody has answered.
 */
export async function setDivergedAside(
  options: StoreOptions,
  peers: PeerLog,
  generation: number,
): Promise<Divergence | null> {
  await finishRebuild(options.folder);
  const store = await LevelStore.open(options);
  try {
    if (store.damage) throw new LogError('log-damaged', store.damage.reason, store.damage.position);
    const { position: last } = store.state;
    const fork = await forkOf(store, peers);
    if (fork.position === 0n)
      throw new LogError('log-damaged', 'the other gateways share no event with this one');
    if (fork.position === last) return null;
    const divergence = { generation, first: fork.position + 1n, last };
    await keep(store, options.folder, divergence);
    await rebuildLog({ store: options, local: store.db, source: NONE, goal: fork });
    await store.close();
    await finishRebuild(options.folder);
    return divergence;
  } finally {
    if (store.isOpen) await store.close();
  }
}

/** What was set aside here, in the order of generations. */
export async function divergences(folder: string): Promise<Divergence[]> {
  const found = (await namesIn(join(folder, FOLDER)))
    .map((name) => NAME.exec(name))
    .filter((match) => match !== null);
  return found
    .map(([, generation, first, last]) => ({
      generation: Number(generation),
      first: BigInt(first!),
      last: BigInt(last!),
    }))
    .sort((a, b) => a.generation - b.generation);
}

/** The events that were set aside, in order; unverified. */
export async function divergedEvents(folder: string, divergence: Divergence): Promise<StoredEvent[]> {
  const octets = await readFile(pathOf(folder, divergence));
  const events: StoredEvent[] = [];
  for (let at = 0; at < octets.length; ) {
    const end = at + 4 + octets.readUInt32BE(at);
    events.push(decodeRecord(octets.subarray(at + 4, end)));
    at = end;
  }
  return events;
}

/** The last event that the others have, too: where they have one, they have all before it. */
async function forkOf(store: LevelStore, peers: PeerLog): Promise<Head> {
  let same: Head = { position: 0n, hash: NO_HASH, generation: 1 };
  let low = 0n;
  let high = store.state.position;
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    const own = await store.eventAt(middle);
    if (await hasEvent(peers, own)) {
      low = middle;
      same = own;
    } else high = middle - 1n;
  }
  return same;
}

async function hasEvent(peers: PeerLog, own: StoredEvent): Promise<boolean> {
  for await (const record of peers.segments(own.position)) {
    const theirs = followingEvent(Buffer.from(record), own.position, own.prev);
    return theirs !== null && Buffer.compare(theirs.event.hash, own.hash) === 0;
  }
  return false;
}

/** On stable storage, whole, before anything is taken out of the log. */
async function keep(store: LevelStore, folder: string, divergence: Divergence): Promise<void> {
  await mkdir(join(folder, FOLDER), { recursive: true, mode: 0o700 });
  const path = pathOf(folder, divergence);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    for await (const events of verifiedPieces(store, divergence.first, divergence.last)) {
      for (const event of events) {
        const record = recordOfEvent(event);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(record.length);
        await file.writeFile(Buffer.concat([length, record]));
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(join(folder, FOLDER));
  await syncFolder(folder);
}

function pathOf(folder: string, { generation, first, last }: Divergence): string {
  return join(folder, FOLDER, `${generation}-${first}-${last}.events`);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
