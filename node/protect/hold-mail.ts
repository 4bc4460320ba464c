/**
 * Puts a mail (or its copy for some recipients) aside for a key or a person (node/spool/hold-folder.ts).
 *
 * The same hold twice is one file. Errors: those of the file system, and `SealedFileError` of the octets; the mail is
 * then still spooled.
 */
import { closeSync, fdatasync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { EnvelopeRecipient, SpoolHeader } from '#domain/mail/envelope.ts';
import type { PdfWait } from '#domain/mail/line.ts';
import type { Octets } from '#domain/mail/octets.ts';
import type { Method } from '#domain/policy/facts.ts';
import type { Layout } from '#node/config/layout.ts';
import { type HeldMail, holdIdOf, sealedOf, syncFolder, writeSidecar } from '#node/spool/hold-folder.ts';
import { Sealer } from '#node/spool/sealed-file.ts';

const dataSync = promisify(fdatasync);

/** Why it is held, and which methods would free it; none: a person has to. */
export interface HoldReason {
  readonly reason: string;
  readonly waitsFor: readonly Method[];
  readonly pdfWait?: PdfWait | undefined;
}

/** Durable when resolved. `octets` are the mail as received. */
export async function holdMail(
  layout: Layout,
  header: SpoolHeader,
  octets: Octets,
  recipients: readonly EnvelopeRecipient[],
  { reason, waitsFor, pdfWait }: HoldReason,
): Promise<HeldMail> {
  mkdirSync(layout.spoolHold, { recursive: true, mode: 0o700 });
  const addresses = recipients.map((r) => r.address);
  const holdId = holdIdOf(header.spoolId, addresses);
  const path = sealedOf(layout, holdId);
  const sealer = new Sealer(readFileSync(layout.spoolPublicKey));
  const fd = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    const envelope = { ...header.envelope, recipients };
    const write = (pieces: readonly Buffer[]): void => {
      for (const piece of pieces) for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
    };
    const waited = pdfWait ? ({ pdfWaited: true } as const) : {};
    write(sealer.begin({ ...header, ...waited, envelope } satisfies SpoolHeader));
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
    ...(waitsFor.length > 0 && { waitsFor }),
    ...(pdfWait && { pdfWait }),
  };
  writeSidecar(layout, held);
  renameSync(`${path}.tmp`, path);
  syncFolder(layout.spoolHold);
  return held;
}
