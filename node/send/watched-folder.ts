/**
 * Tells of the files in a folder: at once when one appears (a doorbell), and again and again by listing it, because
 * a notification can be lost.
 */
import { type FSWatcher, watch } from 'node:fs';
import { opendir } from 'node:fs/promises';
import type { Log } from '#node/log.ts';

const SCAN_MS = 10_000; // A lost notification costs a mail at most this time.
const NAMES_AT_ONCE = 256; // Between two turns of the event loop.

export interface WatchedFolder {
  stop(): void;
}

/**
 * `tell` gets each name; `listed` is true when it was found by listing, false when something happened to it (it may be
 * gone). Resolves after the first listing.
 */
export async function watchedFolder(
  folder: string,
  tell: (name: string, listed: boolean) => void,
  log: Log,
): Promise<WatchedFolder> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const watcher: FSWatcher = watch(folder, (_event, name) => {
    if (name !== null) tell(name, false);
  });
  watcher.on('error', (error) => log.error({ folder, error: error.message }, 'folder cannot be watched'));

  async function scan(): Promise<void> {
    for await (const entry of await opendir(folder, { bufferSize: NAMES_AT_ONCE })) {
      if (stopped) return;
      tell(entry.name, true);
    }
  }

  function again(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      scan()
        .catch((error: Error) => log.error({ folder, error: error.message }, 'folder cannot be read'))
        .finally(again);
    }, SCAN_MS);
  }

  await scan();
  again();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      watcher.close();
    },
  };
}
