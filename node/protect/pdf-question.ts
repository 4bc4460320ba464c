/**
 * What the line asks of the main thread about one recipient's PDF: the password, and what goes with it. The answer
 * names where the password stands; the worker gets it from `keys` by itself.
 */
import type { PasswordProblem } from '#domain/pdf/password-form.ts';
import type { PdfPasswordOrigin } from '#domain/pdf/pdf-pair.ts';
import type { PdfSubjectCommands } from '#domain/pdf/subject-commands.ts';
import type { TemplateRecord } from '#domain/pdf/template-record.ts';
import type { Language } from '#domain/people/mail-domain.ts';

export interface PdfPasswordQuestion {
  readonly spoolId: string;
  readonly sender: string;
  readonly recipient: string;
  /** Of a pair that is known already: an address, or `*`; null = as the policy says for this sender. */
  readonly pairSender: string | null;
  readonly receivedAtMs: number;
  readonly messageId: string;
  readonly subject: string;
  readonly commands: PdfSubjectCommands;
}

interface PdfLanguages {
  /** Of the sender, for notices. */
  readonly senderLanguage: Language;
  /** Of the partner, for the PDF and the mails around it. */
  readonly partnerLanguage: Language;
  /** What was wrong with the password that the subject stated; it was not used. */
  readonly stated: PasswordProblem | null;
}

export type PdfPasswordAnswer = PdfLanguages &
  (
    | {
        readonly kind: 'ready';
        readonly stream: string;
        /** Version of the event that carries the password. */
        readonly version: number;
        readonly origin: PdfPasswordOrigin;
        /** Made for this mail: its sender is told. */
        readonly isNew: boolean;
        /** How a made password gets to the partner. */
        readonly delivery: 'sender' | 'messenger';
        readonly template: TemplateRecord;
        /** Behind the reply button; null = there is none. */
        readonly reply: { readonly address: string; readonly untilMs: number } | null;
      }
    | {
        /** For the partner to choose one; for the log, or the messenger, to be back. */
        readonly kind: 'waits';
        readonly why: 'registration' | 'quorum' | 'messenger';
        /** Registration: when it ends. */
        readonly untilMs: number;
        /** Registration: where the partner chooses; null when this mail does not send the invitation. */
        readonly invitationLink: string | null;
      }
  );
