/**
 * What is done already of a mail that this gateway has adopted: a small file beside the spool, for the mail line.
 *
 * `spool/done/<spoolId>.json`. Recipients in it need nothing more and are left out before the rules are asked; queued
 * copies in it have left and are not queued again. A lost file costs doubles, never a mail, so it is not synced.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Layout } from '#node/config/layout.ts';

const doneSchema = z.object({
  v: z.literal(1),
  recipients: z.array(z.string()),
  left: z.array(z.string()),
});

export interface Done {
  readonly recipients: ReadonlySet<string>;
  /** Queue ids. */
  readonly left: ReadonlySet<string>;
}

const pathOf = (layout: Layout, spoolId: string): string => join(layout.spoolDone, `${spoolId}.json`);

export function writeDone(
  layout: Layout,
  { spoolId, recipients, left }: { spoolId: string; recipients: readonly string[]; left: readonly string[] },
): void {
  mkdirSync(layout.spoolDone, { recursive: true, mode: 0o700 });
  const path = pathOf(layout, spoolId);
  writeFileSync(`${path}.new`, JSON.stringify({ v: 1, recipients, left }), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** null: nothing is done, as with nearly every mail. A damaged file says nothing. */
export function readDone(layout: Layout, spoolId: string): Done | null {
  const path = pathOf(layout, spoolId);
  if (!existsSync(path)) return null;
  try {
    const { recipients, left } = doneSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { recipients: new Set(recipients), left: new Set(left) };
  } catch {
    return null;
  }
}

export function forgetDone(layout: Layout, spoolId: string): void {
  rmSync(pathOf(layout, spoolId), { force: true });
}
