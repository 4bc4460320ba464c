/**
 * A sign of life for processes that nobody can connect to: a file with the process id, touched while the event loop
 * turns. `web` reads its age; there is no other way from here to there.
 */
import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const TOUCH_MS = 1000;
const DEAD_AFTER_MS = 10_000; // Ten missed touches: not a long garbage collection or a busy disk.

/** Gives the function that removes the mark. */
export function keepAliveMark(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, String(process.pid));
  const timer = setInterval(() => {
    const now = new Date();
    utimesSync(path, now, now);
  }, TOUCH_MS);
  return () => {
    clearInterval(timer);
    rmSync(path, { force: true });
  };
}

export async function lives(path: string): Promise<boolean> {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs < DEAD_AFTER_MS;
}
