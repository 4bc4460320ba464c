/**
 * What the line did with one mail: the trace record of `protect` (features.md P17).
 *
 * Holds addresses, names of rules, reasons; never a subject, a body or a key.
 */
import type { Verdict } from '#domain/mail/verdict.ts';

export interface RecipientReport {
  readonly recipient: string;
  readonly rule: string | null;
  readonly reasons: readonly string[];
  readonly end: 'delivered' | 'deleted' | 'hold' | 'back-to-sender';
  /** Failure or hold reason; empty when delivered. */
  readonly why: string;
  /** The copies that were queued for it. */
  readonly copies: readonly {
    readonly queueId: string;
    readonly deliverTo: string;
    readonly protection: string;
  }[];
}

export interface MailReport {
  readonly spoolId: string;
  readonly messageId: string;
  readonly sender: string | null;
  readonly sizeBytes: number;
  /** Log position the decision was made under, and of the rule book; with both it can be replayed. */
  readonly position: string;
  readonly ruleBookPosition: string;
  readonly verdict: Verdict;
  readonly recipients: readonly RecipientReport[];
  /** Queue ids of what was made beside the recipients' copies: reports to the sender. Absent: none. */
  readonly reports?: readonly string[];
  /** Stages in order with the time each took, microseconds. */
  readonly stages: readonly { readonly stage: string; readonly us: number }[];
}
