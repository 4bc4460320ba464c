/**
 * The password of one pair of sender and recipient: made at the first PDF, stated, chosen or changed, voided; the
 * earlier ones are kept, so that old PDFs can be helped with (features.md D3, D7).
 *
 * Stream `pdf-pair/<sender>/<recipient>`, or `pdf-pair/*` + `/<recipient>` where one password serves whoever writes;
 * both addresses in lower case. Two gateways that meet a new pair at the same time append with the same expected
 * version: one password is made. Secrets are sealed for their event, so the caller says which version it sealed for.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import type { RecordedSecret } from '../keys/sealed-secret.ts';
import { addressKey } from '../mail/address.ts';
import type { Language } from '../people/mail-domain.ts';

/** Who writes: an address, or `*` for all of our people. */
export const ANY_SENDER = '*';

export const pdfPairStream = (sender: string, recipient: string): string =>
  `pdf-pair/${addressKey(sender)}/${addressKey(recipient)}`;

/** Kind of the events that carry a password. */
export const PDF_PASSWORD_EVENT = 'PdfPasswordSet';

/** `made`: by the gateway; `stated`: by the sender in a subject; `chosen`: by the partner. */
export type PdfPasswordOrigin = 'made' | 'stated' | 'chosen';

export interface PdfPasswordFacts {
  readonly sender: string;
  readonly recipient: string;
  readonly origin: PdfPasswordOrigin;
  readonly secret: RecordedSecret;
  /** Null = never. */
  readonly expiresAt: Instant | null;
  /** The mail that it was made for: its sender is told; empty when no mail was. */
  readonly spoolId: string;
}

export type PdfPairCommand =
  /** At a PDF: nothing happens when there is a password in force. */
  | ({ readonly type: 'MakePdfPassword'; readonly at: Instant } & PdfPasswordFacts)
  /** By a person: replaces what there is. */
  | ({ readonly type: 'SetPdfPassword'; readonly at: Instant } & PdfPasswordFacts)
  | { readonly type: 'VoidPdfPassword'; readonly by: PdfVoidedBy; readonly at: Instant }
  | { readonly type: 'ShowPdfPassword'; readonly password: number; readonly at: Instant }
  | { readonly type: 'RecordPdfHandOver'; readonly password: number; readonly at: Instant }
  | { readonly type: 'AskPdfNotice'; readonly at: Instant }
  | { readonly type: 'RecordPdfNotice'; readonly asked: number; readonly at: Instant }
  | { readonly type: 'SetPdfLanguage'; readonly language: Language; readonly at: Instant };

type PdfVoidedBy = 'sender' | 'operator' | 'partner';

export type PdfPairEvent =
  | ({ readonly type: typeof PDF_PASSWORD_EVENT; readonly at: Instant } & PdfPasswordFacts)
  | { readonly type: 'PdfPasswordVoided'; readonly by: PdfVoidedBy; readonly at: Instant }
  /** An operator saw it; who and why stand in the event's envelope. */
  | { readonly type: 'PdfPasswordShown'; readonly password: number; readonly at: Instant }
  | { readonly type: 'PdfPasswordHandedOver'; readonly password: number; readonly at: Instant }
  | { readonly type: 'PdfNoticeAsked'; readonly at: Instant }
  | { readonly type: 'PdfNoticeSent'; readonly asked: number; readonly at: Instant }
  | { readonly type: 'PdfLanguageSet'; readonly language: Language; readonly at: Instant };

export type PdfPairRefusal = 'unknown' | 'no-password' | 'malformed-address' | 'another-pair' | 'expired';

export interface PdfPassword {
  /** Version of the event that carries it: its number in the stream. */
  readonly version: number;
  readonly origin: PdfPasswordOrigin;
  readonly since: Instant;
  readonly expiresAt: Instant | null;
  readonly spoolId: string;
  /** When it stopped to be in force; null while it is the current one. */
  readonly until: Instant | null;
  readonly handedOver: boolean;
}

export interface PdfPair {
  /** Empty before the first event. */
  readonly sender: string;
  readonly recipient: string;
  /** The partner's choice; null = that of the sender's domain. */
  readonly language: Language | null;
  /** Oldest first. */
  readonly passwords: readonly PdfPassword[];
  /** Version of a request to tell the sender again that was not fulfilled; null = none. */
  readonly noticeAsked: number | null;
  /** Version of the stream. */
  readonly version: number;
}

export const pdfPairDecider: Decider<PdfPairCommand, PdfPairEvent, PdfPair, PdfPairRefusal> = {
  zero: { sender: '', recipient: '', language: null, passwords: [], noticeAsked: null, version: 0 },
  decide,
  evolve,
  schemas: {
    PdfPasswordSet: 1,
    PdfPasswordVoided: 1,
    PdfPasswordShown: 1,
    PdfPasswordHandedOver: 1,
    PdfNoticeAsked: 1,
    PdfNoticeSent: 1,
    PdfLanguageSet: 1,
  },
};

/** The password that a PDF of that time is made with; null when a new one is needed. */
export function passwordInForce(pair: PdfPair, at: Instant): PdfPassword | null {
  const last = pair.passwords.at(-1);
  if (!last || last.until !== null) return null;
  return last.expiresAt !== null && at >= last.expiresAt ? null : last;
}

function decide(command: PdfPairCommand, pair: PdfPair): Decision<PdfPairEvent, PdfPairRefusal> {
  if (command.type === 'MakePdfPassword' || command.type === 'SetPdfPassword')
    return decideSet(command, pair);
  if (pair.version === 0) return refuse('unknown');
  const { at } = command;
  switch (command.type) {
    case 'VoidPdfPassword':
      if (pair.passwords.at(-1)?.until !== null) return accept();
      return accept({ type: 'PdfPasswordVoided', by: command.by, at });
    case 'ShowPdfPassword':
      if (!hasPassword(pair, command.password)) return refuse('no-password');
      return accept({ type: 'PdfPasswordShown', password: command.password, at });
    case 'RecordPdfHandOver': {
      const password = pair.passwords.find((p) => p.version === command.password);
      if (!password) return refuse('no-password');
      return password.handedOver
        ? accept()
        : accept({ type: 'PdfPasswordHandedOver', password: command.password, at });
    }
    case 'AskPdfNotice':
      if (!passwordInForce(pair, at)) return refuse('no-password');
      // A password for all senders has no sender to be told; one that the partner chose is not ours to tell.
      if (pair.sender === ANY_SENDER || pair.passwords.at(-1)?.origin === 'chosen')
        return refuse('another-pair');
      return pair.noticeAsked === null ? accept({ type: 'PdfNoticeAsked', at }) : accept();
    case 'RecordPdfNotice':
      return pair.noticeAsked === command.asked
        ? accept({ type: 'PdfNoticeSent', asked: command.asked, at })
        : accept();
    case 'SetPdfLanguage':
      if (pair.language === command.language) return accept();
      return accept({ type: 'PdfLanguageSet', language: command.language, at });
  }
}

const hasPassword = (pair: PdfPair, version: number): boolean =>
  pair.passwords.some((password) => password.version === version);

function decideSet(
  command: PdfPairCommand & { type: 'MakePdfPassword' | 'SetPdfPassword' },
  pair: PdfPair,
): Decision<PdfPairEvent, PdfPairRefusal> {
  const { sender, recipient, origin, secret, expiresAt, spoolId, at } = command;
  // The strict address parser has been at work before; this keeps what was never parsed out of the log.
  if (!/^[^\s@]+@[^\s@]+$|^".*"@[^\s@]+$/.test(recipient)) return refuse('malformed-address');
  if (pair.version > 0 && (pair.sender !== sender || pair.recipient !== recipient))
    return refuse('another-pair');
  if (expiresAt !== null && expiresAt <= at) return refuse('expired');
  if (command.type === 'MakePdfPassword' && passwordInForce(pair, at)) return accept();
  return accept({ type: PDF_PASSWORD_EVENT, sender, recipient, origin, secret, expiresAt, spoolId, at });
}

function evolve(before: PdfPair, event: PdfPairEvent): PdfPair {
  const pair = { ...before, version: before.version + 1 };
  switch (event.type) {
    case 'PdfPasswordSet': {
      const { sender, recipient, origin, expiresAt, spoolId, at } = event;
      const password = {
        version: pair.version,
        origin,
        since: at,
        expiresAt,
        spoolId,
        until: null,
        handedOver: false,
      };
      return {
        ...pair,
        sender,
        recipient,
        passwords: [...ended(pair.passwords, at), password],
        noticeAsked: null,
      };
    }
    case 'PdfPasswordVoided':
      return { ...pair, passwords: ended(pair.passwords, event.at), noticeAsked: null };
    case 'PdfPasswordHandedOver':
      return {
        ...pair,
        passwords: pair.passwords.map((p) => (p.version === event.password ? { ...p, handedOver: true } : p)),
      };
    case 'PdfPasswordShown':
      return pair;
    case 'PdfNoticeAsked':
      return { ...pair, noticeAsked: pair.version };
    case 'PdfNoticeSent':
      return { ...pair, noticeAsked: null };
    case 'PdfLanguageSet':
      return { ...pair, language: event.language };
  }
}

function ended(passwords: readonly PdfPassword[], at: Instant): PdfPassword[] {
  return passwords.map((password) => (password.until === null ? { ...password, until: at } : password));
}
