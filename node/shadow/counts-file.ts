/** How many mails have a second copy, for the status page: `shadow/counts.json`, written by `peer` when it changes. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const count = z.number().int().nonnegative();

const countsSchema = z.object({
  /** Own mails under way with a second copy, and without one. */
  mirrored: count,
  unmirrored: count,
  /** Copies of other gateways' mails here. */
  held: count,
  /** Mails taken over from gateways that were gone, since the start of `peer`. */
  adopted: count,
  /** Mails that left although another gateway may send them, too, since then. */
  possibleDoubles: count,
  /** The spool was taken over while this gateway was away, and it is not settled yet what is its own. */
  returning: z.boolean(),
  /** It accepts no mail and gives away what it has, before it leaves the cluster. */
  leaving: z.boolean().default(false),
  /** A second copy is demanded, and nobody is there to take one: senders are asked to try again later. */
  refusing: z.boolean().default(false),
});

export type ShadowCounts = z.infer<typeof countsSchema>;

export function writeCounts(path: string, counts: ShadowCounts): void {
  writeFileSync(`${path}.new`, JSON.stringify(counts), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** null: none were told (yet). */
export function readCounts(path: string): ShadowCounts | null {
  try {
    return countsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}
