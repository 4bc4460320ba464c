/**
 * Puts a mail (or its copy for some recipients) aside for a key or a person: `hold/<spoolId>.<digest>.sgf`.
 *
 * Sealed like the spool; the sidecar `.json` holds what an operator may see of it. The same hold twice is one file.
 * Errors: those of the file system; the mail is then still spooled.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fdatasync,
  fsync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EnvelopeRecipient, SpoolHeader } from '#domain/mail/envelope.ts';
import type { Octets } from '#domain/mail/octets.ts';
import type { Layout } from '#node/config/layout.ts';
import { Sealer } from '#node/spool/sealed-file.ts';

const dataSync = promisify(fdatasync);
const fullSync = promisify(fsync);

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
}

function holdIdOf(spoolId: string, recipients: readonly string[]): string {
  const digest = createHash('sha256').update(recipients.join('\n')).digest('hex');
  return `${spoolId}.${digest.slice(0, 12)}`;
}

/** Durable when resolved. `octets` are the mail as received. */
export async function holdMail(
  layout: Layout,
  header: SpoolHeader,
  octets: Octets,
  recipients: readonly EnvelopeRecipient[],
  reason: string,
): Promise<HeldMail> {
  mkdirSync(layout.spoolHold, { recursive: true, mode: 0o700 });
  const addresses = recipients.map((r) => r.address);
  const holdId = holdIdOf(header.spoolId, addresses);
  const path = join(layout.spoolHold, `${holdId}.sgf`);
  const sealer = new Sealer(readFileSync(layout.spoolPublicKey));
  const fd = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    const envelope = { ...header.envelope, recipients };
    const write = (pieces: readonly Buffer[]): void => {
      for (const piece of pieces) for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
    };
    write(sealer.begin({ ...header, envelope } satisfies SpoolHeader));
    for (const chunk of octets.chunks()) write(sealer.push(chunk));
    write(sealer.end());
    await dataSync(fd);
  } finally {
    closeSync(fd);
  }
  const held: HeldMail = {
    v: 1,
    holdId,
    spoolId: header.spoolId,
    sender: header.envelope.sender,
    recipients: addresses,
    sizeBytes: octets.sizeBytes,
    reason,
    heldAtMs: header.session.receivedAtMs,
  };
  // Renamed, so that nobody who lists held mails reads half of it.
  const sidecar = join(layout.spoolHold, `${holdId}.json`);
  writeFileSync(`${sidecar}.tmp`, JSON.stringify(held), { mode: 0o600 });
  renameSync(`${sidecar}.tmp`, sidecar);
  renameSync(`${path}.tmp`, path);
  const folder = openSync(layout.spoolHold, 'r');
  try {
    await fullSync(folder);
  } finally {
    closeSync(folder);
  }
  return held;
}
