/**
 * What this gateway remembers of its own spool in the cluster, over restarts: `shadow/own.json`.
 *
 * `epoch` is the last one under which it knew itself the owner. `returning` stands from the moment it learns that its
 * spool was taken over until every mail on its disk is known to be its own or another's. `dropped` are mails that
 * others took over and that may still be in the line here; they are kept for an hour, the line's longest time is minutes.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { syncFolder } from './synced-lines.ts';

const stateSchema = z.object({
  v: z.literal(1),
  epoch: z.number().int().nonnegative(),
  returning: z
    .object({
      /** The last epoch before the first of the takeovers that are not settled. */
      since: z.number().int().nonnegative(),
      /** Gateways that are known to have had the spool since. */
      claimants: z.array(z.string()),
      /** The engine knows this gateway as the owner again, under `epoch`. */
      renewed: z.boolean(),
    })
    .nullable(),
  dropped: z.array(z.object({ id: z.string(), atMs: z.number() })),
});

export type OwnState = z.infer<typeof stateSchema>;

/** null: this gateway has never had a spool in a cluster. Throws when the file is damaged. */
export function readOwnState(path: string): OwnState | null {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function writeOwnState(path: string, state: OwnState): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(`${path}.new`, 'w', 0o600);
  writeSync(fd, JSON.stringify(state));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${path}.new`, path);
  syncFolder(dirname(path));
}
