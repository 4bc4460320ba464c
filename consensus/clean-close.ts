/**
 * Remembers whether the log was closed in order: a file that is there while it is open. One that is found at open means
 * a crash, and one kind of crash is LevelDB's own, on an octet flipped in a table: then the tables are checked first.
 */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './head-file.ts';

const FILE = 'open';

/** Answers whether the log was left open the last time. */
export async function markOpen(folder: string): Promise<boolean> {
  try {
    const file = await open(join(folder, FILE), 'wx', 0o600);
    await file.close();
    await syncFolder(folder);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return true;
  }
}

export async function markClosed(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true });
}
