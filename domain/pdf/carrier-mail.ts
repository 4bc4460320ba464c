/**
 * The mail that carries a PDF: who writes to whom, a general text, the PDF; nothing of the content (threat 16).
 *
 * Of the header only what is named here stands outside: Outlook's Thread-Topic and the like are the subject once more.
 */
import { Buffer } from 'node:buffer';
import { encodeBase64 } from '#domain/mime/base64.ts';
import { multipart } from '#domain/mime/compose.ts';
import { addressField, type Header, structuredField, textField } from '#domain/mime/header.ts';
import { formatParameter } from '#domain/mime/parameters.ts';
import { encodeQuotedPrintable } from '#domain/mime/quoted-printable.ts';
import { endedField, entityPieces } from '#domain/mime/split-header.ts';
import { utf8Bytes } from '#domain/mime/text.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import { CARRIER_TEXTS } from './carrier-texts.ts';

/** Trace, people, threads, and how urgent it is. */
const OUTSIDE = new Set([
  'received',
  'date',
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'message-id',
  'in-reply-to',
  'references',
  'auto-submitted',
  'importance',
  'priority',
  'x-priority',
  'sensitivity',
]);

/** Who a mail is from and to. */
const PEOPLE = ['from', 'sender', 'reply-to', 'to', 'cc'];

export interface CarrierFacts {
  /** Of the mail, without Bcc and commands. */
  readonly header: Header;
  /** Names, in lower case, of fields that a rule added: they are meant for the outside. */
  readonly added: readonly string[];
  /** Null: a general one. */
  readonly subject: string | null;
  readonly sender: string;
  /** A partner's own copy: we write to the partner, and not in the partner's name as the mail itself does. */
  readonly ownCopyFor: string | null;
  readonly language: Language;
  /** Of the template; before the general text. */
  readonly mailText: string;
  readonly hasReplyButton: boolean;
  readonly boundary: string;
  readonly pdf: Iterable<Uint8Array>;
}

/** The whole mail in pieces, 7bit; the PDF is asked for once. */
export function carrierMail(facts: CarrierFacts): Generator<Uint8Array> {
  const texts = CARRIER_TEXTS[facts.language];
  const outside = new Set([...OUTSIDE, ...facts.added]);
  const people = facts.ownCopyFor === null ? [] : PEOPLE;
  const fields = facts.header.fields
    .filter((field) => outside.has(field.key) && field.key !== 'subject' && !field.key.startsWith('content-'))
    .filter((field) => !people.includes(field.key))
    .map(endedField);
  const subject = facts.subject ?? texts.subject(facts.sender);
  const outer = Buffer.concat([
    ...fields,
    ...(facts.ownCopyFor === null
      ? []
      : [addressField('From', facts.sender), addressField('To', facts.ownCopyFor)]),
    textField('Subject', subject),
    structuredField('MIME-Version', '1.0'),
  ]);
  const parts = [textPart(facts), pdfPart(texts.fileName, facts.pdf)];
  return multipart(outer, 'multipart/mixed', facts.boundary, parts);
}

/** What stands in the mail beside the PDF. */
export function carrierText({
  language,
  sender,
  mailText,
  hasReplyButton,
}: Pick<CarrierFacts, 'language' | 'sender' | 'mailText' | 'hasReplyButton'>): string {
  const texts = CARRIER_TEXTS[language];
  const paragraphs = [mailText, texts.text(sender), hasReplyButton ? texts.reply : texts.noReply];
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
}

function textPart(facts: CarrierFacts): Iterable<Uint8Array> {
  const { language } = facts;
  const text = carrierText(facts);
  const fields = Buffer.concat([
    structuredField('Content-Type', 'text/plain; charset=utf-8'),
    structuredField('Content-Language', language),
    structuredField('Content-Transfer-Encoding', 'quoted-printable'),
  ]);
  const octets = utf8Bytes(`${text.replace(/\r?\n|\r/g, '\r\n')}\r\n`);
  return entityPieces(fields, encodeQuotedPrintable([octets]));
}

function pdfPart(fileName: string, pdf: Iterable<Uint8Array>): Iterable<Uint8Array> {
  const fields = Buffer.concat([
    structuredField('Content-Type', `application/pdf; ${formatParameter('name', fileName)}`),
    structuredField('Content-Disposition', `attachment; ${formatParameter('filename', fileName)}`),
    structuredField('Content-Transfer-Encoding', 'base64'),
  ]);
  return entityPieces(fields, encodeBase64(pdf));
}
