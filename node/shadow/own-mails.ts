/**
 * Which mails this gateway still has something of on its disk, by the names of files alone.
 *
 * A mail moves from `incoming` to `ready`, from there to the queue or to `hold`, from `hold` back to `ready`. The folders
 * are read in the order of its way, so one that moves meanwhile is seen before or after; who wants to be sure that a
 * mail is done looks twice.
 */
import { existsSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { SPOOL_FILE_SUFFIX, spoolIdIn } from '#node/spool/spool-id.ts';

export interface OwnMails {
  /** Mails of which something is left to be done. */
  readonly live: ReadonlySet<string>;
  /** The sealed originals that are kept for another copy. */
  readonly kept: ReadonlySet<string>;
}

export async function ownMails(layout: Layout): Promise<OwnMails> {
  const live = new Set<string>();
  const way = [
    layout.spoolIncoming,
    layout.deskIncoming,
    layout.spoolReady,
    layout.spoolHold,
    layout.queueIncoming,
    layout.queueReady,
    layout.spoolReady,
  ];
  for (const folder of way) for (const id of await idsIn(folder)) live.add(id);
  return { live, kept: new Set(await idsIn(layout.spoolKept)) };
}

/** Where the mails are: in the line or before it, in the queue, held. A mail can be in the queue and held. */
export interface MailPlaces {
  readonly line: ReadonlySet<string>;
  readonly queued: ReadonlySet<string>;
  readonly held: ReadonlySet<string>;
}

export async function mailPlaces(layout: Layout): Promise<MailPlaces> {
  const idsOf = async (...folders: string[]): Promise<Set<string>> =>
    new Set((await Promise.all(folders.map(idsIn))).flat());
  // In the order of the way: one that moves on meanwhile is seen twice, not never. From hold it goes back to the line.
  const held = await idsOf(layout.spoolHold);
  const line = await idsOf(layout.spoolIncoming, layout.deskIncoming, layout.spoolReady);
  const queued = await idsOf(layout.queueIncoming, layout.queueReady);
  const heldSince = await idsOf(layout.spoolHold);
  return { line, queued, held: new Set([...held, ...heldSince]) };
}

async function idsIn(folder: string): Promise<string[]> {
  const ids: string[] = [];
  try {
    for await (const { name } of await opendir(folder, { bufferSize: 256 })) {
      const id = spoolIdIn(name);
      if (id !== null && !name.endsWith('.attempt')) ids.push(id); // A mark of the dispatcher, not a mail.
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return ids;
}

/** The sealed mail as it was accepted; null when it is not there (any more). */
export function originalOf(layout: Layout, spoolId: string): string | null {
  const name = `${spoolId}${SPOOL_FILE_SUFFIX}`;
  const places = [layout.spoolReady, layout.spoolKept].map((folder) => join(folder, name));
  return places.find((path) => existsSync(path)) ?? null;
}
