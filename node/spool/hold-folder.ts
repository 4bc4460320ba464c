/**
 * The folder of held mails: `<holdId>.sgf`, sealed like the spool, beside it `<holdId>.json` with what an operator may
 * see, and `<holdId>.release`, the wish that it goes back into the line.
 *
 * Only `protect` holds and releases, so that nothing is ever put over a mail that is on its way; whoever else wants a
 * mail released asks for it. A released mail is spooled again under its own spool id and decided anew. Parts of one mail
 * that are held apart share that id and go one after the other.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PdfWait } from '#domain/mail/line.ts';
import type { Method } from '#domain/policy/facts.ts';
import type { Layout } from '#node/config/layout.ts';
import { SPOOL_FILE_SUFFIX, spoolIdOfFile } from './spool-id.ts';

/** What is told of a held mail (queue tools, page); a storage format. */
export interface HeldMail {
  readonly v: 1;
  readonly holdId: string;
  readonly spoolId: string;
  readonly sender: string | null;
  readonly recipients: readonly string[];
  readonly sizeBytes: number;
  readonly reason: string;
  readonly heldAtMs: number;
  /** Released by itself when one of its recipients can be written to by one of these; absent: only by a person. */
  readonly waitsFor?: readonly Method[];
  /** A PDF: released by itself when its password is there. */
  readonly pdfWait?: PdfWait;
}

type HoldFolder = Pick<Layout, 'spoolHold' | 'spoolReady'>;

const DIGEST_CHARS = 12; // 48 bits tell the parts of one mail apart.
/** In the place of the digest, with a number: the file cannot be read, so nobody may know for whom it is. */
const DAMAGED = '0'.repeat(DIGEST_CHARS - 1);
const DAMAGED_PARTS_MAX = 9; // Of one mail; more than one takes a disk that fails again and again.
const HOLD_ID = /^(?<spoolId>[A-Za-z0-9.-]+)\.[0-9a-f]{12}$/;
const RELEASE_SUFFIX = '.release';

export const sealedOf = (layout: HoldFolder, holdId: string): string =>
  join(layout.spoolHold, `${holdId}${SPOOL_FILE_SUFFIX}`);
const sidecarOf = (layout: HoldFolder, holdId: string): string => join(layout.spoolHold, `${holdId}.json`);

/** The same recipients of the same mail are one hold. */
export function holdIdOf(spoolId: string, recipients: readonly string[]): string {
  const digest = createHash('sha256').update(recipients.join('\n')).digest('hex');
  return `${spoolId}.${digest.slice(0, DIGEST_CHARS)}`;
}

/** For a file that cannot be read; never one that is held already. */
export function damagedHoldId(layout: HoldFolder, spoolId: string): string {
  for (let part = 0; part <= DAMAGED_PARTS_MAX; part++) {
    const holdId = `${spoolId}.${DAMAGED}${part}`;
    if (!existsSync(sealedOf(layout, holdId))) return holdId;
  }
  throw new Error(`${spoolId}: too many damaged parts are held`);
}

export const isDamaged = (holdId: string): boolean => holdId.slice(-DIGEST_CHARS, -1) === DAMAGED;

/** All that are held; null beside those whose sidecar was lost, which costs its texts, not the mail. */
export function heldMails(layout: HoldFolder): { holdId: string; spoolId: string; held: HeldMail | null }[] {
  return namesIn(layout).flatMap((name) => {
    if (!name.endsWith(SPOOL_FILE_SUFFIX)) return [];
    const holdId = name.slice(0, -SPOOL_FILE_SUFFIX.length);
    const spoolId = spoolIdOfHold(holdId);
    return spoolId === null ? [] : [{ holdId, spoolId, held: sidecar(layout, holdId) }];
  });
}

/** Those whose release was asked for. */
export function askedReleases(layout: HoldFolder): string[] {
  return namesIn(layout)
    .filter((name) => name.endsWith(RELEASE_SUFFIX))
    .map((name) => name.slice(0, -RELEASE_SUFFIX.length));
}

/** False when it is not held. An id from outside never becomes a path by itself. */
export function askRelease(layout: HoldFolder, holdId: string): boolean {
  if (!isHeld(layout, holdId)) return false;
  writeFileSync(join(layout.spoolHold, `${holdId}${RELEASE_SUFFIX}`), '', { mode: 0o600 });
  return true;
}

/** For good. False when it is not held. */
export function dropHeld(layout: HoldFolder, holdId: string): boolean {
  if (!isHeld(layout, holdId)) return false;
  remove(layout, holdId);
  return true;
}

/** `protect` only. `busy`: another part of the mail is on its way; to be tried again. Durable when it returns. */
export function releaseHeld(layout: HoldFolder, holdId: string): 'released' | 'busy' | 'gone' {
  const asked = join(layout.spoolHold, `${holdId}${RELEASE_SUFFIX}`);
  const spoolId = spoolIdOfHold(holdId);
  if (spoolId === null || !isHeld(layout, holdId)) {
    rmSync(asked, { force: true });
    return 'gone';
  }
  const target = join(layout.spoolReady, `${spoolId}${SPOOL_FILE_SUFFIX}`);
  if (existsSync(target)) return 'busy';
  // The sidecar first: the mail may be held again at once, with a new one. A crash here leaves a mail without, which is
  // released at the next start.
  rmSync(sidecarOf(layout, holdId), { force: true });
  rmSync(asked, { force: true });
  renameSync(sealedOf(layout, holdId), target);
  syncFolder(layout.spoolReady);
  syncFolder(layout.spoolHold);
  return 'released';
}

/**
 * Removes what an earlier try of the same spooled mail held and this one does not: left there it would leave twice.
 * `recipients` are all of the mail that was tried; parts of it that were held apart before it have others.
 */
export function dropStaleHolds(
  layout: HoldFolder,
  spoolId: string,
  recipients: readonly string[],
  kept: ReadonlySet<string>,
): void {
  for (const { holdId, spoolId: of, held } of heldMails(layout)) {
    if (of !== spoolId || kept.has(holdId) || !held) continue;
    if (held.recipients.every((address) => recipients.includes(address))) remove(layout, holdId);
  }
}

function remove(layout: HoldFolder, holdId: string): void {
  rmSync(sealedOf(layout, holdId), { force: true });
  rmSync(sidecarOf(layout, holdId), { force: true });
  syncFolder(layout.spoolHold);
}

function spoolIdOfHold(holdId: string): string | null {
  const spoolId = HOLD_ID.exec(holdId)?.groups?.spoolId ?? '';
  return spoolIdOfFile(`${spoolId}${SPOOL_FILE_SUFFIX}`);
}

function isHeld(layout: HoldFolder, holdId: string): boolean {
  return spoolIdOfHold(holdId) !== null && existsSync(sealedOf(layout, holdId));
}

function namesIn({ spoolHold }: HoldFolder): string[] {
  return existsSync(spoolHold) ? readdirSync(spoolHold) : [];
}

function sidecar(layout: HoldFolder, holdId: string): HeldMail | null {
  try {
    return JSON.parse(readFileSync(sidecarOf(layout, holdId), 'utf8')) as HeldMail;
  } catch {
    return null;
  }
}

/** Renamed, so that nobody who lists held mails reads half of it. */
export function writeSidecar(layout: HoldFolder, held: HeldMail): void {
  const path = sidecarOf(layout, held.holdId);
  writeFileSync(`${path}.tmp`, JSON.stringify(held), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
