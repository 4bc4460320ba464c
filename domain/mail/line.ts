/**
 * The mail's type from stage to stage. Each stage takes the type that the one before it gives, so a skipped stage does
 * not compile; the verdict is part of the type from `open` on (threat 14).
 */
import type { EnvelopeRecipient, SpoolHeader, Zone } from '#domain/mail/envelope.ts';
import type { Octets } from '#domain/mail/octets.ts';
import type { FailureName } from '#domain/mail/outcome.ts';
import type { Verdict } from '#domain/mail/verdict.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import type { MailFacts, Method, RecipientFacts } from '#domain/policy/facts.ts';
import type { Copy, RecipientPlan } from '#domain/policy/plan.ts';

export interface ReceivedMail {
  readonly header: SpoolHeader;
  readonly octets: Octets;
}

export interface ParsedMail extends ReceivedMail {
  readonly entity: MimeEntity;
}

export interface ClassifiedMail extends ParsedMail {
  readonly facts: MailFacts;
  /** The one From address, canonical; null when there is none or several (threat 6). */
  readonly from: string | null;
  /** By the recipient's address in the envelope. */
  readonly recipientFacts: ReadonlyMap<string, RecipientFacts>;
  /** Recipients who stand in To or Cc; all others are blind copies (P23). Keys by `addressKey`. */
  readonly visible: ReadonlySet<string>;
}

/** The mail as some of its recipients get it: opened with their keys, or as it came. */
export interface Version {
  readonly octets: Octets;
  readonly entity: MimeEntity;
  readonly verdict: Verdict;
  readonly opened: boolean;
}

export interface OpenedMail extends ClassifiedMail {
  /** By recipient; recipients with the same plaintext share one. */
  readonly versions: ReadonlyMap<string, Version>;
}

export interface PlannedMail extends OpenedMail {
  readonly plans: readonly RecipientPlan[];
}

/** One mail to be queued: its recipients and its octets, in pieces that can be asked for once. */
export interface OutgoingMail {
  /** Stable within this mail: the same on a second run. */
  readonly index: number;
  readonly recipients: readonly EnvelopeRecipient[];
  /** The recipients of the received mail that this copy is for. */
  readonly plannedFor: readonly string[];
  readonly copy: Copy;
  readonly zone: 'inside' | 'outside';
  readonly sevenBit: boolean;
  readonly pieces: Iterable<Uint8Array>;
  /** For the trace: made, but not quite as it was asked for. */
  readonly note?: string;
}

export interface ReturnedRecipient {
  readonly recipient: EnvelopeRecipient;
  readonly failure: FailureName;
  readonly text: string;
}

export interface HeldRecipient {
  readonly recipient: EnvelopeRecipient;
  readonly reason: string;
  /** Methods that would free it when they become possible; none: a person has to. */
  readonly waitsFor: readonly Method[];
  /** A PDF that goes on by itself when its password is there. */
  readonly pdfWait?: PdfWait;
}

/** A PDF that waits: for the partner to choose a password, for the log to take one, for the messenger to carry one. */
export interface PdfWait {
  readonly why: 'registration' | 'quorum' | 'messenger';
  /** Of the mail, not of the pair. */
  readonly sender: string;
  readonly recipient: string;
}

/** A mail that the gateway itself writes about this one. */
export interface OutgoingNotice {
  /** Tells the notices of one mail apart; the same on a second run. */
  readonly key: string;
  /** `notice` never leads to a report; `mail` is reported on to its sender. */
  readonly kind: 'notice' | 'mail';
  /** Envelope sender; null for notices. */
  readonly sender: string | null;
  readonly to: string;
  readonly zone: Zone;
  readonly pieces: readonly Uint8Array[];
}

export interface ProtectedMail extends PlannedMail {
  readonly outgoing: readonly OutgoingMail[];
  readonly returned: readonly ReturnedRecipient[];
  readonly held: readonly HeldRecipient[];
  /** Of reports to the sender; absent: not one of ours. */
  readonly senderLanguage?: Language | undefined;
  readonly notices: readonly OutgoingNotice[];
}
