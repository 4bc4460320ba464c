/**
 * Whether a mail to one recipient can be protected as a PDF, for the rules (features.md P6, P11). Pure.
 *
 * A password is no condition: it is made at the first PDF, or the mail waits until the partner has chosen one.
 */
import type { Instant } from '../decider.ts';
import type { Zone } from '../mail/envelope.ts';
import type { PdfInvitation } from './pdf-invitation.ts';
import { type PdfPair, passwordInForce } from './pdf-pair.ts';

export interface PdfFacts {
  /** A password of the pair is in force. */
  readonly hasPassword: boolean;
  /** Why no PDF can be made; empty when one can. */
  readonly whyNot: string;
}

export interface PdfQuestion {
  readonly sender: string | null;
  readonly senderIsOurs: boolean;
  readonly zone: Zone;
  readonly pair: PdfPair;
  readonly invitation: PdfInvitation;
  /** When the mail came. */
  readonly receivedAt: Instant;
  readonly at: Instant;
}

export function pdfFactsOf(question: PdfQuestion): PdfFacts {
  const hasPassword = passwordInForce(question.pair, question.at) !== null;
  return { hasPassword, whyNot: whyNot(question, hasPassword) };
}

function whyNot(question: PdfQuestion, hasPassword: boolean): string {
  const { sender, senderIsOurs, zone, invitation, receivedAt } = question;
  if (sender === null) return 'the mail has no sender who could know the password';
  // P26: inside is proven by the connection; a password is told to our own people only.
  if (zone !== 'inside' || !senderIsOurs) return 'the sender is not one of ours';
  const ended = invitation.status === 'expired' ? (invitation.endedAt ?? 0) : 0;
  if (!hasPassword && receivedAt <= ended) return 'the partner did not register in time';
  return '';
}
