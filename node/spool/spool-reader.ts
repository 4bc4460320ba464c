/**
 * The reading side of the spool, for `protect`: tells every sealed mail that lies in `ready`, soon after it came.
 *
 * `fs.watch` rings the door; a scan at the start and every SCAN_MS finds what it missed (its queue may overflow). The
 * same mail is told again by each scan until it is removed: the dispatcher knows what is under way.
 */
import { existsSync, mkdirSync, watch } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { spoolIdOfFile } from './spool-id.ts';

const SCAN_MS = 2000; // What the door bell missed waits this long at most.

export interface SpooledFile {
  readonly spoolId: string;
  readonly path: string;
  /** It was there before this process: an earlier one may have begun with it. */
  readonly again: boolean;
}

export interface SpoolReader {
  stop(): void;
}

export function spoolReader(layout: Layout, onMail: (mail: SpooledFile) => void): SpoolReader {
  const folder = layout.spoolReady;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;

  /** A listing or an event may be older than the end of its mail: what is gone is not told. */
  function tell(name: string, again: boolean): void {
    const spoolId = spoolIdOfFile(name);
    const path = join(folder, name);
    if (spoolId !== null && !stopped && existsSync(path)) onMail({ spoolId, path, again });
  }

  async function scan(first = false): Promise<void> {
    const names: string[] = [];
    for await (const entry of await opendir(folder)) names.push(entry.name);
    for (const name of names.sort()) tell(name, first); // Oldest first: the ids begin with the time.
    if (!stopped) timer = setTimeout(() => void scan(), SCAN_MS);
  }

  const bell = watch(folder, (_event, name) => {
    if (name !== null) tell(name, false);
  });

  void scan(true);
  return {
    stop() {
      stopped = true;
      bell.close();
      if (timer) clearTimeout(timer);
    },
  };
}
