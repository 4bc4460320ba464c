/**
 * Carries one mail to its recipients at one destination, over one link: as many transactions as it takes.
 */
import type { EnvelopeRecipient } from '#domain/mail/envelope.ts';
import { SealedFileError } from '#node/spool/sealed-file.ts';
import { type Answer, ownAnswer } from './answer.ts';
import type { Link } from './link.ts';
import type { OpenMail } from './open-mail.ts';
import { isSendable, transmissionFor } from './transmission.ts';

const RECIPIENTS_PER_TRANSACTION = 100; // RFC 5321 §4.5.3.1.8: what every server must take.

export interface Carried {
  /** One for each recipient, in their order. */
  readonly answers: readonly Answer[];
  /** `again`: the kept connection was dead, nothing was said; `unreadable`: the sealed mail is damaged. */
  readonly end: 'done' | 'again' | 'unreadable';
}

export async function carryMail(
  link: Link,
  fresh: boolean,
  mail: OpenMail,
  recipients: readonly EnvelopeRecipient[],
): Promise<Carried> {
  const answers: Answer[] = [];
  for (let at = 0; at < recipients.length; at += RECIPIENTS_PER_TRANSACTION) {
    const batch = recipients.slice(at, at + RECIPIENTS_PER_TRANSACTION);
    if (!link.usable) {
      answers.push(...batch.map(() => ownAnswer('later', '4.4.2', 'lost connection')));
      continue;
    }
    const { answers: given, end } = await carryBatch(link, mail, batch);
    if (end === 'unreadable') return { answers: [], end };
    if (end === 'lost-unused' && !fresh && at === 0) return { answers: [], end: 'again' };
    answers.push(...given);
  }
  return { answers, end: 'done' };
}

async function carryBatch(
  link: Link,
  mail: OpenMail,
  batch: readonly EnvelopeRecipient[],
): Promise<{ answers: readonly Answer[]; end: 'replied' | 'lost' | 'lost-unused' | 'unreadable' }> {
  const sendable = batch.filter((recipient) => isSendable(recipient.address));
  const unsendable = ownAnswer('refused', '5.1.3', 'recipient address cannot be sent');
  if (sendable.length === 0) return { answers: batch.map(() => unsendable), end: 'replied' };
  const transmission = readably(() =>
    transmissionFor(mail.header.envelope, sendable, mail.facts, link.offer),
  );
  if (transmission === null) return { answers: [], end: 'unreadable' };
  if ('outcome' in transmission) return { answers: batch.map(() => transmission), end: 'replied' };
  const delivered = await link.deliver(transmission, mail.content(), mail.facts.sizeBytes);
  if (sendable.length === batch.length) return delivered;
  const bySendable = new Map(sendable.map((recipient, index) => [recipient, delivered.answers[index]]));
  return { answers: batch.map((recipient) => bySendable.get(recipient) ?? unsendable), end: delivered.end };
}

/** null: the sealed mail turned out to be damaged while it was looked at. */
function readably<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof SealedFileError) return null;
    throw error;
  }
}
