/**
 * Holds a mail that the line could not finish, with all its recipients, and takes it out of the spool.
 */
import { rmSync } from 'node:fs';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import { NO_PROTECTION } from '#domain/mail/verdict.ts';
import type { Layout } from '#node/config/layout.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { openSealedFile } from '#node/spool/sealed-file.ts';
import type { Journal } from '#node/trace/journal.ts';
import type { SpooledJob } from './dispatch.ts';
import { holdMail } from './hold-mail.ts';
import type { MailReport } from './report.ts';

interface HoldPorts {
  readonly layout: Layout;
  readonly keys: KeysPort;
  readonly journal: Journal;
  readonly nowMs: () => number;
}

export async function holdWhole(job: SpooledJob, reason: string, ports: HoldPorts): Promise<void> {
  const { layout, keys, journal, nowMs } = ports;
  const file = await openSealedFile<SpoolHeader>(job.path, (box) => keys.openSealedKey({ box }));
  try {
    const { header, octets } = file;
    await holdMail(layout, header, octets, header.envelope.recipients, reason);
    const report: MailReport = {
      spoolId: header.spoolId,
      messageId: '',
      sender: header.envelope.sender,
      sizeBytes: octets.sizeBytes,
      position: '',
      ruleBookPosition: '',
      verdict: NO_PROTECTION,
      recipients: header.envelope.recipients.map((r) => ({
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
  } finally {
    file.close();
  }
  rmSync(job.path, { force: true });
}
