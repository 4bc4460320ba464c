/**
 * Writes a report as a mail: multipart/report with text for people and message/delivery-status for programs.
 *
 * RFC 3461 §6.3, RFC 3462, RFC 3464. It quotes nothing of the mail, not even its header fields: what came to us
 * encrypted must not go back in clear (threat 3), and what was protected is named by its envelope id alone.
 */
import { randomBytes } from 'node:crypto';
import type { ComposeReport, Report, ReportedRecipient, ReportKind } from './reports.ts';

const ACTIONS = { failed: 'failed', delayed: 'delayed', relayed: 'relayed' } as const;
const SUBJECTS = {
  failed: 'Mail could not be delivered',
  delayed: 'Mail is delayed',
  relayed: 'Mail was passed on',
};
const TEXTS: Record<ReportKind, string> = {
  failed: 'The mail that you sent could not be delivered to:',
  delayed:
    'The mail that you sent could not be delivered yet. It will be tried again; nothing need be done. Recipients:',
  relayed: 'The mail that you sent was passed on to a server that gives no further reports. Recipients:',
};

export function reportMailBy(hostname: string): ComposeReport {
  return (report) => {
    const boundary = `=_report_${randomBytes(12).toString('hex')}`;
    const date = new Date(report.nowMs).toUTCString().replace('GMT', '+0000');
    const lines = [
      `Date: ${date}`,
      `From: Mail Delivery System <MAILER-DAEMON@${clean(hostname)}>`,
      `To: <${clean(report.about.envelope.sender ?? '')}>`,
      `Subject: ${SUBJECTS[report.kind]}`,
      `Message-ID: <${report.about.queueId}.${report.kind}.${report.nowMs}@${clean(hostname)}>`,
      'Auto-Submitted: auto-replied', // RFC 3834 §5
      'MIME-Version: 1.0',
      `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
      '',
      `--${boundary}`,
      'Content-Type: text/plain; charset=us-ascii',
      '',
      TEXTS[report.kind],
      '',
      ...report.recipients.map(textOf),
      '',
      `--${boundary}`,
      'Content-Type: message/delivery-status',
      '',
      `Reporting-MTA: dns; ${clean(hostname)}`,
      ...(report.about.envelope.dsn.envid
        ? [`Original-Envelope-Id: ${clean(report.about.envelope.dsn.envid)}`]
        : []),
      `Arrival-Date: ${new Date(report.about.createdAtMs).toUTCString().replace('GMT', '+0000')}`,
      ...report.recipients.flatMap((entry) => ['', ...statusOf(report, entry)]),
      '',
      `--${boundary}--`,
      '',
    ];
    return Buffer.from(lines.join('\r\n'));
  };
}

function textOf(entry: ReportedRecipient): string {
  return `  <${clean(entry.recipient.address)}>: ${clean(entry.answer.text)}`;
}

function statusOf(report: Report, entry: ReportedRecipient): string[] {
  const { recipient, answer, nextHop } = entry;
  return [
    ...(recipient.orcpt ? [`Original-Recipient: ${clean(recipient.orcpt)}`] : []),
    `Final-Recipient: rfc822; ${clean(recipient.address)}`,
    `Action: ${ACTIONS[report.kind]}`,
    `Status: ${answer.status}`,
    ...(answer.remote && nextHop !== '' ? [`Remote-MTA: dns; ${clean(nextHop.replace(/\[.*$/, ''))}`] : []),
    ...(answer.remote ? [`Diagnostic-Code: smtp; ${clean(answer.text)}`] : []),
    ...(report.retryUntilMs === null
      ? []
      : [`Will-Retry-Until: ${new Date(report.retryUntilMs).toUTCString().replace('GMT', '+0000')}`]),
  ];
}

/** One line of printable ASCII (threat 31). */
function clean(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ');
}
