/**
 * Removes what a crash left half written in the queue's folder for incoming files.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const DRAFT_AGE_MS = 3_600_000; // Writing the largest mail to the slowest disk takes minutes, not an hour.

export function removeLeftDrafts(folder: string, nowMs: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const changedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (name.endsWith('.tmp') && nowMs - changedAtMs > DRAFT_AGE_MS) rmSync(path, { force: true });
  }
}
