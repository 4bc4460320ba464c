/**
 * Reports to a mail's sender: failure, delay, and `relayed` where the next hop knows no DSN; put into the queue like
 * any mail, from the null reverse-path.
 *
 * Who is told: RFC 3461 §5.2 (NOTIFY), RFC 3464; never a report about a report (RFC 3461 §6).
 */
import type { EnvelopeRecipient } from '#domain/mail/envelope.ts';
import type { QueueHeader } from '#node/queue/queue-header.ts';
import type { QueueWriter } from '#node/queue/queue-writer.ts';
import type { Answer } from './answer.ts';

export type ReportKind = 'failed' | 'delayed' | 'relayed';

export interface ReportedRecipient {
  readonly recipient: EnvelopeRecipient;
  readonly answer: Answer;
  /** As in the trace; empty when no connection was made. */
  readonly nextHop: string;
}

export interface Report {
  readonly kind: ReportKind;
  /** Of the mail that is reported on. */
  readonly about: QueueHeader;
  readonly recipients: readonly ReportedRecipient[];
  readonly nowMs: number;
  /** Of a delayed mail: how long it will be tried. */
  readonly retryUntilMs: number | null;
}

/**
 * The report as a mail: CRLF line ends, 7bit. `serial` makes its Message-ID; `headerBytes` is the header section of
 * the mail, null when it cannot be read any more.
 */
export type ComposeReport = (
  report: Report,
  serial: string,
  headerBytes: Uint8Array | null,
) => Iterable<Uint8Array>;

/** The header section of a queued mail, without its empty line; null when it cannot be read. */
export type HeaderOf = (queueId: string) => Promise<Uint8Array | null>;

export interface Reports {
  /**
   * Queues the report for those recipients whose sender wants it; durable when it resolves. `serial` tells reports of
   * one mail apart, and is the same when the same step is done again after a crash.
   * Gives its queue id, null when nobody wants it. Rejects with `QueueWriteError`.
   */
  report(report: Report, serial: string): Promise<string | null>;
}

const WORDS = { failed: 'FAILURE', delayed: 'DELAY', relayed: 'SUCCESS' } as const;

/** RFC 3461 §4.1: without NOTIFY a failure is told, and a delay may be. */
function isWanted(kind: ReportKind, recipient: EnvelopeRecipient): boolean {
  if (recipient.notify === undefined || recipient.notify.length === 0) return kind !== 'relayed';
  return recipient.notify.includes(WORDS[kind]);
}

export function reportsInto(writer: QueueWriter, compose: ComposeReport, headerOf: HeaderOf): Reports {
  return {
    async report(report, serial) {
      const { about } = report;
      const { sender } = about.envelope;
      if (sender === null || about.kind !== 'mail') return null;
      const recipients = report.recipients.filter((entry) => isWanted(report.kind, entry.recipient));
      if (recipients.length === 0) return null;
      const header: QueueHeader = {
        v: 1,
        queueId: `${about.queueId}.${serial}`,
        spoolId: about.spoolId,
        envelope: {
          sender: null,
          recipients: [{ address: sender, notify: ['NEVER'] }], // RFC 3464 §2: no report about this one
          body: '7BIT',
          smtpUtf8: false,
          requireTls: false,
          dsn: {},
        },
        createdAtMs: report.nowMs,
        zone: about.zone === 'outside' ? 'inside' : 'outside', // Back to where the mail came from.
        kind: 'dsn',
        traceId: about.traceId,
      };
      const pieces = compose({ ...report, recipients }, serial, await headerOf(about.queueId));
      await writer.write([{ header, pieces }]);
      return header.queueId;
    },
  };
}
