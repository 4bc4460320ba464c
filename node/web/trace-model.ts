/**
 * What the journals of `receive`, `protect` and `send` say about one mail, folded into its story. Pure.
 *
 * Addresses, rules, reasons and answers of servers; never a subject or a body (features.md A8).
 */
import type { Verdict } from '#domain/mail/verdict.ts';

/** held, returned and sending win over sent: a row shows what is worth a look. */
export const MAIL_STATES = ['in-line', 'held', 'returned', 'sending', 'sent', 'deleted'] as const;
export type MailState = (typeof MAIL_STATES)[number];

export interface DeliveryAttempt {
  readonly atMs: number;
  readonly host: string;
  /** The server's last answer, or why there was none. */
  readonly answer: string;
  readonly outcome: 'delivered' | 'deferred' | 'failed';
  readonly tls: string;
}

export interface CopyTrace {
  readonly queueId: string;
  readonly deliverTo: string;
  /** `S/MIME, encrypted and signed`, as the line wrote it. */
  readonly protection: string;
  readonly attempts: readonly DeliveryAttempt[];
}

export interface RecipientTrace {
  readonly recipient: string;
  readonly rule: string | null;
  readonly reasons: readonly string[];
  readonly end: 'delivered' | 'deleted' | 'hold' | 'back-to-sender';
  readonly why: string;
  readonly copies: readonly CopyTrace[];
}

export interface MailTrace {
  readonly spoolId: string;
  readonly atMs: number;
  readonly sender: string | null;
  readonly recipients: readonly string[];
  readonly messageId: string;
  readonly sizeBytes: number;
  readonly session: {
    readonly zone: 'inside' | 'outside';
    readonly listener: string;
    readonly peerAddress: string;
    readonly helo: string;
    readonly tls: string;
  } | null;
  /** What the line decided; null while the mail waits for it. */
  readonly decision: {
    readonly atMs: number;
    /** Log position of the facts and of the rule book that were used. */
    readonly position: string;
    readonly ruleBookPosition: string;
    readonly verdict: Verdict;
    readonly stages: readonly { readonly stage: string; readonly us: number }[];
    readonly recipients: readonly RecipientTrace[];
  } | null;
  /** Reports about it to its sender (RFC 3464), and how they travelled. */
  readonly reports: readonly {
    readonly queueId: string;
    readonly recipients: readonly string[];
    readonly attempts: readonly DeliveryAttempt[];
  }[];
  readonly state: MailState;
}

/** A line of the list. */
export interface MailRow {
  readonly spoolId: string;
  readonly atMs: number;
  readonly sender: string | null;
  readonly recipients: readonly string[];
  readonly zone: 'inside' | 'outside' | null;
  readonly sizeBytes: number;
  readonly state: MailState;
  /** The different protections its copies left with. */
  readonly protections: readonly string[];
  /** What protected it when it came in; null while the line has not looked. */
  readonly verdict: Pick<Verdict, 'signature' | 'encryption'> | null;
}

function stateOfRecipient(r: RecipientTrace): MailState {
  if (r.end === 'hold') return 'held';
  if (r.end === 'back-to-sender') return 'returned';
  if (r.end === 'deleted') return 'deleted';
  const last = r.copies.map((copy) => copy.attempts.at(-1)?.outcome ?? 'waiting');
  if (last.includes('failed')) return 'returned';
  return last.every((outcome) => outcome === 'delivered') ? 'sent' : 'sending';
}

export function stateOf(decision: MailTrace['decision']): MailState {
  if (decision === null) return 'in-line';
  const states = new Set(decision.recipients.map(stateOfRecipient));
  return MAIL_STATES.find((state) => states.has(state)) ?? 'deleted';
}

export function rowOf(mail: MailTrace): MailRow {
  const copies = mail.decision?.recipients.flatMap((r) => r.copies) ?? [];
  const verdict = mail.decision?.verdict;
  return {
    spoolId: mail.spoolId,
    atMs: mail.atMs,
    sender: mail.sender,
    recipients: mail.recipients,
    zone: mail.session?.zone ?? null,
    sizeBytes: mail.sizeBytes,
    state: mail.state,
    protections: [...new Set(copies.map((copy) => copy.protection))],
    verdict: verdict ? { signature: verdict.signature, encryption: verdict.encryption } : null,
  };
}
