/**
 * Delivery status notifications (RFC 3464 in RFC 6522's multipart/report), for failure, delay and relaying.
 *
 * Facts in, octets out. A report quotes nothing but a few fields of the header, and of a mail that was opened here only
 * its id and date: whoever had the ciphertext sent here must learn nothing from it (threats 3, 4). The caller sends it
 * from the null sender and never answers a mail that came from it (RFC 3834 §2, RFC 5321 §6.1).
 */
import { Buffer } from 'node:buffer';
import { dateText } from '#domain/mail/date-text.ts';
import { REPORT_TEXTS, type ReportKind, reportLanguages } from '#domain/mail/report-texts.ts';
import { multipart } from '#domain/mime/compose.ts';
import { addressField, firstValue, type Header, structuredField, textField } from '#domain/mime/header.ts';
import { encodeQuotedPrintable } from '#domain/mime/quoted-printable.ts';
import { entityPieces } from '#domain/mime/split-header.ts';
import { asciiBytes, isAscii, utf8Bytes } from '#domain/mime/text.ts';
import type { Language } from '#domain/people/mail-domain.ts';

export interface DsnRecipient {
  readonly address: string;
  /** RFC 3461 §4.2, xtext undone: `rfc822;user@host`. */
  readonly orcpt: string | null;
  /** RFC 3463, e.g. `5.1.1`. */
  readonly status: string;
  /** For people; one line. */
  readonly text: string;
  /** What the next server said, for `failed` and `delayed` after a dialogue. */
  readonly remote?: { readonly mta: string; readonly reply: string };
  /** `delayed`: until when it is tried. */
  readonly retryUntilMs?: number;
}

interface DsnFacts {
  readonly kind: ReportKind;
  /** The gateway's own name. */
  readonly reportingMta: string;
  /** Whom the report goes to: the envelope sender, canonical. */
  readonly sender: string;
  readonly envid: string | null;
  readonly arrivalMs: number;
  readonly nowMs: number;
  /** With its angle brackets. */
  readonly messageId: string;
  readonly boundary: string;
  readonly recipients: readonly DsnRecipient[];
  /** The header of the mail; null when it is not at hand. */
  readonly original: Header | null;
  /** The mail was decrypted here, so even its fields may be the secret of others. */
  readonly opened?: boolean;
  /** One text after the other; the first gives the subject. */
  readonly languages?: readonly Language[];
}

/** The whole report; small, so one piece after the other is made at once. */
export function buildDsn(facts: DsnFacts): Uint8Array[] {
  const languages = facts.languages ?? reportLanguages(undefined);
  const fields: Uint8Array[] = [
    structuredField('Date', dateText(facts.nowMs)),
    structuredField('From', `Mail Delivery System <MAILER-DAEMON@${facts.reportingMta}>`),
    addressField('To', facts.sender),
    textField('Subject', REPORT_TEXTS[languages[0] ?? 'en'][facts.kind].subject),
    structuredField('Message-ID', facts.messageId),
    structuredField('Auto-Submitted', 'auto-replied'), // RFC 3834 §5
    ...referenceFields(facts.original),
    structuredField('MIME-Version', '1.0'),
  ];
  const parts = [peoplePart(facts, languages), statusPart(facts)];
  if (facts.original !== null) parts.push(originalPart(facts.original, facts.opened === true));
  const type = 'multipart/report; report-type=delivery-status';
  return [...multipart(Buffer.concat(fields), type, facts.boundary, parts)];
}

/** RFC 5322 §3.6.4; nothing when the id is not a plain one. */
export function referenceFields(original: Header | null): Uint8Array[] {
  const id = original === null ? null : firstValue(original, 'message-id');
  if (id === null || !/^<[\x21-\x3b\x3d\x3f-\x7e]{3,900}>$/.test(id)) return [];
  return [structuredField('In-Reply-To', id), structuredField('References', id)];
}

function peoplePart(facts: DsnFacts, languages: readonly Language[]): Iterable<Uint8Array> {
  const blocks = languages.map((language) => {
    const texts = REPORT_TEXTS[language][facts.kind];
    const lines = facts.recipients.map((r) => `  ${r.address}\r\n    ${oneLine(r.text, 500)} (${r.status})`);
    return [texts.greeting, '', texts.recipients, ...lines, '', texts.closing, ''].join('\r\n');
  });
  const type = structuredField('Content-Type', 'text/plain; charset=utf-8');
  const encoding = structuredField('Content-Transfer-Encoding', 'quoted-printable');
  const text = utf8Bytes(blocks.join('\r\n'));
  return entityPieces(Buffer.concat([type, encoding]), encodeQuotedPrintable([text]));
}

/** RFC 3464 §2: fields of the mail, then a group for each recipient. */
function statusPart(facts: DsnFacts): Iterable<Uint8Array> {
  const groups: Uint8Array[] = [];
  if (facts.envid !== null) groups.push(statusField('Original-Envelope-Id', facts.envid));
  groups.push(statusField('Reporting-MTA', `dns; ${facts.reportingMta}`));
  groups.push(statusField('Arrival-Date', dateText(facts.arrivalMs)));
  for (const recipient of facts.recipients) {
    groups.push(asciiBytes('\r\n'));
    if (recipient.orcpt !== null)
      groups.push(statusField('Original-Recipient', typedAddress(recipient.orcpt)));
    groups.push(statusField('Final-Recipient', typedAddress(`rfc822;${recipient.address}`)));
    groups.push(statusField('Action', facts.kind));
    groups.push(statusField('Status', recipient.status));
    if (recipient.remote !== undefined) {
      groups.push(statusField('Remote-MTA', `dns; ${recipient.remote.mta}`));
      groups.push(statusField('Diagnostic-Code', `smtp; ${recipient.remote.reply}`));
    }
    if (facts.kind === 'delayed' && recipient.retryUntilMs !== undefined) {
      groups.push(statusField('Will-Retry-Until', dateText(recipient.retryUntilMs)));
    }
  }
  return entityPieces(structuredField('Content-Type', 'message/delivery-status'), groups);
}

/** Foreign text (a reply, an ORCPT) is bent into one printable ASCII line; a report must always come about. */
const statusField = (name: string, value: string): Uint8Array =>
  structuredField(name, oneLine(value, 900).replace(/[^\x20-\x7e]/g, '?'));

function oneLine(text: string, charactersMax: number): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, charactersMax);
}

/** RFC 3464 §2.3.2; a non-ASCII address has the type `utf-8` and an ASCII form (RFC 6533 §3 `utf-8-addr-xtext`). */
function typedAddress(typed: string): string {
  const semicolon = typed.indexOf(';');
  const type = typed.slice(0, semicolon).trim() || 'rfc822';
  const address = typed.slice(semicolon + 1).trim();
  if (isAscii(address)) return `${type}; ${address}`;
  const ascii = Array.from(address, (c) =>
    isAscii(c) && c !== '\\' ? c : `\\x{${c.codePointAt(0)!.toString(16).toUpperCase()}}`,
  );
  return `utf-8; ${ascii.join('')}`;
}

/** Fields by which a sender knows the own mail again; never Bcc, Received or anything a rule added. */
const QUOTED_AS_RECEIVED = ['date', 'from', 'to', 'cc', 'subject', 'message-id', 'in-reply-to', 'references'];
const QUOTED_WHEN_OPENED = ['date', 'message-id'];
/** Long recipient lists are not repeated. */
const QUOTED_FIELD_CHARACTERS_MAX = 2_000;

/** RFC 6522 §4 */
function originalPart(original: Header, opened: boolean): Iterable<Uint8Array> {
  const quoted = opened ? QUOTED_WHEN_OPENED : QUOTED_AS_RECEIVED;
  const fields = original.fields
    .filter((field) => quoted.includes(field.key))
    .map((field) =>
      // Free text for every field: it is a picture of the header, and no line can be too long or end early.
      textField(field.name, oneLine(field.value, QUOTED_FIELD_CHARACTERS_MAX)),
    );
  return entityPieces(structuredField('Content-Type', 'text/rfc822-headers'), fields);
}
