/**
 * The header in front of every sealed mail of the outgoing queue, and how such a mail is named.
 *
 * A storage format (`v`): a field is only ever added. Where a mail goes is its envelope, never its header fields.
 */
import { createHash } from 'node:crypto';
import type { Envelope, Zone } from '#domain/mail/envelope.ts';
import type { Language } from '#domain/people/mail-domain.ts';

/** `dsn` and `notice` never lead to another report (RFC 3461 §6, RFC 3834 §2). */
export type QueuedKind = 'mail' | 'dsn' | 'notice';

export interface QueueHeader {
  readonly v: 1;
  readonly queueId: string;
  /** The received mail this one comes from. */
  readonly spoolId: string;
  readonly envelope: Envelope;
  readonly createdAtMs: number;
  /** Absent = `createdAtMs` and the lifetime of the settings. */
  readonly expiresAtMs?: number;
  /** Which side the mail is for; a fact for the trace, the mailer table decides the way. */
  readonly zone: Zone;
  readonly kind: QueuedKind;
  readonly traceId: string;
  /** Of reports to the sender; absent = not known. */
  readonly language?: Language;
}

const RECIPIENTS_DIGEST_CHARS = 12; // 48 bits tell the groups of one mail apart; they are at most some thousand.
const QUEUE_FILE_SUFFIX = '.sgf';
const QUEUE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/;

/**
 * Name of one copy of a mail: the same mail run again after a crash gives the same names, so nothing is queued twice.
 *
 * The recipients are part of it: when a newer policy groups them differently in the second run, a copy of the first
 * run must not pass for one with other recipients. That run can then send a copy twice, but never lose one.
 */
export function queueIdOf(spoolId: string, group: number, recipients: readonly string[]): string {
  const digest = createHash('sha256').update(recipients.join('\n')).digest('hex');
  return `${spoolId}.${group}.${digest.slice(0, RECIPIENTS_DIGEST_CHARS)}`;
}

/** True for what may be a file name in the queue: no path, no hidden file. */
export function isQueueId(text: string): boolean {
  return QUEUE_ID.test(text);
}

export function queueFileOf(queueId: string): string {
  return `${queueId}${QUEUE_FILE_SUFFIX}`;
}

/** The id in a file name of the queue folder, or null when it is no queue file. */
export function queueIdOfFile(name: string): string | null {
  if (!name.endsWith(QUEUE_FILE_SUFFIX)) return null;
  const id = name.slice(0, -QUEUE_FILE_SUFFIX.length);
  return isQueueId(id) ? id : null;
}
