/**
 * A report as a mail, by the domain's writer of delivery status notifications.
 *
 * Who is inside reads what the next hop said; who is outside reads a general text, without names of our servers
 * (threat 4), and of a mail that may have been opened here only its id and date (threat 3).
 */
import { createHash } from 'node:crypto';
import { buildDsn, type DsnRecipient } from '#domain/mail/dsn.ts';
import { reportLanguages } from '#domain/mail/report-texts.ts';
import { parseHeader } from '#domain/mime/header.ts';
import { ownAnswer } from './answer.ts';
import type { ComposeReport, Report, ReportedRecipient } from './reports.ts';

const GENERAL_TEXTS = {
  failed: 'The message could not be delivered',
  delayed: 'The message could not be delivered yet',
  relayed: 'The message was passed on',
} as const;

export function reportMailBy(hostname: string): ComposeReport {
  return (report, serial, headerBytes) => {
    const { about } = report;
    const sender = about.envelope.sender;
    if (sender === null) throw new Error('a report needs someone to go to');
    const id = createHash('sha256').update(`${about.queueId}.${serial}`).digest('hex').slice(0, 32);
    const toOutside = about.zone === 'inside';
    return buildDsn({
      kind: report.kind,
      languages: reportLanguages(about.language),
      reportingMta: hostname,
      sender,
      envid: about.envelope.dsn.envid ?? null,
      arrivalMs: about.createdAtMs,
      nowMs: report.nowMs,
      messageId: `<${id}@${hostname}>`,
      boundary: `dsn-${id}`,
      original: headerBytes === null ? null : parseHeader(headerBytes, 0),
      opened: toOutside,
      recipients: report.recipients.map((entry) => dsnRecipient(report, entry, toOutside)),
    });
  };
}

function dsnRecipient(report: Report, entry: ReportedRecipient, toOutside: boolean): DsnRecipient {
  const { recipient, answer, nextHop } = entry;
  const shown = toOutside ? ownAnswer('later', answer.status, GENERAL_TEXTS[report.kind]) : answer;
  const host = nextHop.replace(/\[.*$/, '') || nextHop.replace(/:\d+$/, '');
  return {
    address: recipient.address,
    orcpt: recipient.orcpt ?? null,
    status: answer.status,
    text: shown.text,
    ...(shown.remote && nextHop !== '' ? { remote: { mta: host, reply: shown.text } } : {}),
    ...(report.retryUntilMs === null ? {} : { retryUntilMs: report.retryUntilMs }),
  };
}
