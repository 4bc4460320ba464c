/**
 * Holds a mail that the line could not finish, with all its recipients, and takes it out of the spool.
 *
 * A file that cannot be read goes aside as it is: nothing of it is lost, an operator is told, and it is not tried for
 * ever. When the disk was mended or a key is back, it can be released like any other.
 */
import { renameSync, statSync } from 'node:fs';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import { NO_PROTECTION } from '#domain/mail/verdict.ts';
import type { Layout } from '#node/config/layout.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { damagedHoldId, sealedOf, syncFolder, writeSidecar } from '#node/spool/hold-folder.ts';
import { type OpenedFile, openSealedFile, SealedFileError } from '#node/spool/sealed-file.ts';
import type { Journal } from '#node/trace/journal.ts';
import type { SpooledJob } from './dispatch.ts';
import type { EndMail } from './end-mail.ts';
import { holdMail } from './hold-mail.ts';
import type { MailReport } from './report.ts';

interface HoldPorts {
  readonly layout: Layout;
  readonly keys: Pick<KeysPort, 'openSealedKey'>;
  readonly journal: Pick<Journal, 'write'>;
  readonly ending: Pick<EndMail, 'end'>;
  readonly nowMs: () => number;
}

export async function holdWhole(job: SpooledJob, reason: string, ports: HoldPorts): Promise<void> {
  const { layout, keys } = ports;
  let file: OpenedFile<SpoolHeader> | null = null;
  try {
    file = await openSealedFile<SpoolHeader>(job.path, (box) => keys.openSealedKey({ box }));
    const { header, octets } = file;
    await holdMail(layout, header, octets, header.envelope.recipients, { reason, waitsFor: [] });
    await ports.ending.end(job, tell(job, header, octets.sizeBytes, reason, ports));
  } catch (error) {
    if (!isDamage(error)) throw error;
    holdDamaged(job, file?.header ?? null, error.message, ports);
  } finally {
    file?.close();
  }
}

/** Not readable, whoever reads it: the file itself, or the box in front of it. */
function isDamage(error: unknown): error is Error {
  return error instanceof SealedFileError || (error as { code?: unknown }).code === 'malformed';
}

function holdDamaged(job: SpooledJob, header: SpoolHeader | null, detail: string, ports: HoldPorts): void {
  const { layout, nowMs } = ports;
  const reason = `the file is damaged: ${detail}`;
  const holdId = damagedHoldId(layout, job.spoolId);
  const path = sealedOf(layout, holdId);
  const { size } = statSync(job.path);
  writeSidecar(layout, {
    v: 1,
    holdId,
    spoolId: job.spoolId,
    sender: header?.envelope.sender ?? null,
    recipients: header?.envelope.recipients.map((r) => r.address) ?? [],
    sizeBytes: size,
    reason,
    heldAtMs: header?.session.receivedAtMs ?? nowMs(),
  });
  tell(job, header, size, reason, ports);
  renameSync(job.path, path);
  syncFolder(layout.spoolHold);
  syncFolder(layout.spoolReady);
}

function tell(
  job: SpooledJob,
  header: SpoolHeader | null,
  sizeBytes: number,
  reason: string,
  { journal, nowMs }: HoldPorts,
): MailReport {
  const report: MailReport = {
    spoolId: job.spoolId,
    messageId: '',
    sender: header?.envelope.sender ?? null,
    sizeBytes,
    position: '',
    ruleBookPosition: '',
    verdict: NO_PROTECTION,
    recipients: (header?.envelope.recipients ?? []).map((r) => ({
      recipient: r.address,
      rule: null,
      reasons: [reason],
      end: 'hold',
      why: reason,
      copies: [],
    })),
    stages: [],
  };
  journal.write({ atMs: nowMs(), event: 'decided', ...report });
  return report;
}
