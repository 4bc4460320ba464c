/**
 * Mails that wait in `hold/` for a key or a person: list, give back to the mail line, drop.
 *
 * A released mail is spooled again under its own spool id and decided anew, under the rules and keys of then. Parts of
 * one mail that are held apart go one after the other: they share the id.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import type { HeldMail } from '#node/protect/hold-mail.ts';
import { SPOOL_FILE_SUFFIX, spoolIdOfFile } from '#node/spool/spool-id.ts';
import { AdminRefusal, type HeldRow } from '#node/web/admin-ports.ts';

const HOLD_ID = /^(?<spoolId>[A-Za-z0-9.-]+)\.[0-9a-f]{12}$/;

const sealedOf = (layout: Layout, holdId: string): string =>
  join(layout.spoolHold, `${holdId}${SPOOL_FILE_SUFFIX}`);
const sidecarOf = (layout: Layout, holdId: string): string => join(layout.spoolHold, `${holdId}.json`);

/** Oldest first. */
export function heldMails(layout: Layout): HeldRow[] {
  if (!existsSync(layout.spoolHold)) return [];
  return readdirSync(layout.spoolHold)
    .flatMap((name) => (name.endsWith(SPOOL_FILE_SUFFIX) ? [name.slice(0, -SPOOL_FILE_SUFFIX.length)] : []))
    .flatMap((holdId) => rowOf(layout, holdId) ?? [])
    .sort((a, b) => a.heldAtMs - b.heldAtMs);
}

export function releaseHeldMail(layout: Layout, holdId: string): void {
  const spoolId = spoolIdOf(layout, holdId);
  const target = join(layout.spoolReady, `${spoolId}${SPOOL_FILE_SUFFIX}`);
  if (existsSync(target)) {
    throw new AdminRefusal(
      'conflict',
      'Another part of this mail is being processed. Try again in a moment.',
    );
  }
  rmSync(sidecarOf(layout, holdId), { force: true }); // Not later: the mail may be held again at once, with a new one.
  renameSync(sealedOf(layout, holdId), target);
  syncFolder(layout.spoolReady);
  syncFolder(layout.spoolHold);
}

export function dropHeldMail(layout: Layout, holdId: string): void {
  spoolIdOf(layout, holdId);
  rmSync(sealedOf(layout, holdId), { force: true });
  rmSync(sidecarOf(layout, holdId), { force: true });
  syncFolder(layout.spoolHold);
}

/** Refuses what is not held; an id from outside never becomes a path by itself. */
function spoolIdOf(layout: Layout, holdId: string): string {
  const spoolId = HOLD_ID.exec(holdId)?.groups?.spoolId ?? '';
  const known =
    spoolIdOfFile(`${spoolId}${SPOOL_FILE_SUFFIX}`) !== null && existsSync(sealedOf(layout, holdId));
  if (!known) throw new AdminRefusal('unknown', 'This mail is not held, or not any more.');
  return spoolId;
}

/** A sidecar that was lost costs its texts, not the mail. */
function rowOf(layout: Layout, holdId: string): HeldRow | null {
  try {
    const { spoolId, sender, recipients, sizeBytes, reason, heldAtMs } = JSON.parse(
      readFileSync(sidecarOf(layout, holdId), 'utf8'),
    ) as HeldMail;
    return { holdId, spoolId, sender: sender ?? '', recipients, sizeBytes, reason, heldAtMs };
  } catch {
    const spoolId = HOLD_ID.exec(holdId)?.groups?.spoolId;
    if (spoolId === undefined) return null;
    return { holdId, spoolId, sender: '', recipients: [], sizeBytes: 0, reason: 'unknown', heldAtMs: 0 };
  }
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
