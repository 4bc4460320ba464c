/**
 * Until when `send` may begin deliveries without asking, told by `peer` in a small file (replication.md §5.4).
 *
 * Times are of this machine's monotonic clock (`process.hrtime.bigint()`), which begins anew at each boot: the file
 * names the boot it was written in, and of another boot it says nothing but that one has to ask.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/** Of the kernel: a new value at each boot. */
export const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

const fenceSchema = z.object({
  v: z.literal(1),
  bootId: z.string(),
  openUntilNs: z.string().regex(/^\d{1,20}$/),
  /** Mails whose names do not begin with it are asked for, whatever the time; empty: none are. */
  askUnless: z.string(),
  graceMs: z.number().int().nonnegative(),
});

export interface FenceState {
  readonly openUntilNs: bigint;
  readonly askUnless: string;
  /** After so long without an answer mails go out all the same: late is worse than twice. */
  readonly graceMs: number;
}

export function bootId(): string {
  return readFileSync(BOOT_ID_FILE, 'utf8').trim();
}

export function writeFence(
  path: string,
  boot: string,
  { openUntilNs, askUnless, graceMs }: FenceState,
): void {
  const told = { v: 1, bootId: boot, openUntilNs: String(openUntilNs), askUnless, graceMs };
  writeFileSync(`${path}.new`, JSON.stringify(told), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** null: there is none, so the gateway is on its own. Throws when it is damaged or cannot be read. */
export function readFence(path: string, boot: () => string): FenceState | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const told = fenceSchema.parse(JSON.parse(text));
  const openUntilNs = told.bootId === boot() ? BigInt(told.openUntilNs) : 0n;
  return { openUntilNs, askUnless: told.askUnless, graceMs: told.graceMs };
}
