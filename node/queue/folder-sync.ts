/**
 * Makes names in a folder durable, one fsync for all who wait (group commit).
 *
 * Whoever asks while an fsync runs joins the next one, since the running one may have begun before his rename.
 * By a `FileHandle`: the permission model refuses `fs.fsync` (node/config/permission-arguments.ts).
 * Errors: rejects with the error of the fsync, for all who waited for it; it is never tried again silently, because
 * the kernel may have dropped the pages it could not write.
 */
import { open } from 'node:fs/promises';

export interface FolderSync {
  /** Resolves when every name made in the folder before the call is on stable storage. */
  sync(): Promise<void>;
}

export function folderSync(folder: string): FolderSync {
  let next: Promise<void> | null = null;
  let running: Promise<void> = Promise.resolve();
  return {
    sync() {
      next ??= running
        .catch(() => {}) // Those who waited for the one before were told.
        .then(() => {
          next = null;
          running = syncFolder(folder);
          return running;
        });
      return next;
    },
  };
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
