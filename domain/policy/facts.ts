/**
 * What a rule may ask about a mail and about one of its recipients, taken from one snapshot at one log position.
 */
import type { Zone } from '#domain/mail/envelope.ts';

export type Direction = 'outgoing' | 'incoming' | 'internal' | 'relay';
/** What a signature is made with. */
export type SignMethod = 'smime' | 'openpgp';
export type Method = SignMethod | 'pdf';

/** Answers about the mail; `header` returns the decoded values of a field, in order. */
export interface MailFacts {
  readonly zone: Zone;
  readonly listener: string;
  readonly peerTls: boolean;
  /** Envelope sender; null for the null reverse-path. */
  readonly sender: string | null;
  readonly senderIsOurs: boolean;
  readonly senderEnrolled: boolean;
  readonly subject: string;
  readonly sizeBytes: number;
  readonly attachments: readonly { readonly name: string; readonly type: string }[];
  readonly priority: 'high' | 'normal' | 'low';
  readonly sensitivity: 'personal' | 'private' | 'company-confidential' | null;
  readonly isEncrypted: boolean;
  readonly isSigned: boolean;
  readonly isCalendar: boolean;
  /** Command words of the rule book that the subject gives and the sender may give (P25). */
  readonly commands: ReadonlySet<string>;
  header(name: string): readonly string[];
}

export interface RecipientFacts {
  readonly address: string;
  /** The address is in one of our mail domains. */
  readonly isOurs: boolean;
  readonly enrolled: boolean;
  /** A usable certificate or key for encryption is known; `pdf`: a PDF can be made, perhaps with a new password. */
  readonly possible: Readonly<Record<Method, boolean>>;
  /** Why a method is not possible, for the trace; empty when it is. */
  readonly impossibleBecause: Readonly<Record<Method, string>>;
  /** The pair of sender and recipient has a PDF password already. */
  readonly hasPdfPassword: boolean;
}

/** `relay` = from outside to outside: never ours to pass on. */
export function directionOf(zone: Zone, recipientIsOurs: boolean): Direction {
  if (zone === 'inside') return recipientIsOurs ? 'internal' : 'outgoing';
  return recipientIsOurs ? 'incoming' : 'relay';
}
