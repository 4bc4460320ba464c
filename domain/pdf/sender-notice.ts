/**
 * What the sender is told: the password of a first PDF, what waits for whom, and what each recipient got. Pure.
 *
 * Goes to the sender's inside address only. It quotes nothing of the mail but its date and its id (threat 4).
 */
import type { Language } from '#domain/people/mail-domain.ts';
import { NOTICE_TEXTS } from './notice-texts.ts';
import type { PasswordProblem } from './password-form.ts';

/** How the mail left for one recipient, or why it did not. */
export type RecipientOutcome =
  | { readonly kind: 'pdf'; readonly password: NoticePassword }
  | { readonly kind: 'smime' | 'openpgp' | 'clear' | 'returned' | 'held' | 'deleted' }
  /** The partner was asked to choose a password; `until` in milliseconds since 1970. */
  | { readonly kind: 'registration'; readonly until: number }
  /** The log takes no new password now, or the messenger does not answer. */
  | { readonly kind: 'waiting' };

export type NoticePassword =
  | { readonly kind: 'told'; readonly text: string }
  /** The partner has it already, or knows it in another way. */
  | { readonly kind: 'known' | 'messenger' | 'chosen' | 'stated' };

export interface SenderNotice {
  readonly language: Language;
  /** The mail's, as it was received. */
  readonly receivedAtMs: number;
  readonly recipients: readonly { readonly address: string; readonly outcome: RecipientOutcome }[];
  /** What was wrong with the password that the subject stated. */
  readonly stated: PasswordProblem | null;
}

export function senderNotice(notice: SenderNotice): { subject: string; text: string } {
  const texts = NOTICE_TEXTS[notice.language];
  const told = notice.recipients.some(
    ({ outcome }) => outcome.kind === 'pdf' && outcome.password.kind === 'told',
  );
  const date = dayAndTime(notice.receivedAtMs);
  const lines = notice.recipients.map(
    ({ address, outcome }) => `${address}\n    ${outcomeText(texts, outcome)}`,
  );
  const paragraphs = [
    texts.greeting(date),
    lines.join('\n\n'),
    ...(told ? [texts.howToTell] : []),
    ...(notice.stated ? [texts.statedRefused[notice.stated]] : []),
    texts.closing,
  ];
  return { subject: told ? texts.passwordSubject : texts.subject, text: paragraphs.join('\n\n') };
}

function outcomeText(texts: (typeof NOTICE_TEXTS)[Language], outcome: RecipientOutcome): string {
  switch (outcome.kind) {
    case 'pdf':
      return outcome.password.kind === 'told'
        ? `${texts.pdf} ${texts.password(outcome.password.text)}`
        : `${texts.pdf} ${texts.passwordIs[outcome.password.kind]}`;
    case 'registration':
      return texts.registration(new Date(outcome.until).toISOString().slice(0, 10));
    case 'smime':
    case 'openpgp':
    case 'clear':
    case 'returned':
    case 'held':
    case 'deleted':
    case 'waiting':
      return texts.ends[outcome.kind];
  }
}

/** In UTC, as the gateway's other texts: it has no home. */
function dayAndTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
