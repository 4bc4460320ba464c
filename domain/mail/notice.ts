/**
 * Short notices of the gateway to a person: "back to sender", acknowledgements, alerts. Plain text, no quotes.
 *
 * RFC 3834: a notice says that a program wrote it, goes out from the null sender, and never answers a program.
 */
import { Buffer } from 'node:buffer';
import { dateText } from '#domain/mail/date-text.ts';
import { referenceFields } from '#domain/mail/dsn.ts';
import { addressField, firstValue, type Header, structuredField, textField } from '#domain/mime/header.ts';
import { encodeQuotedPrintable } from '#domain/mime/quoted-printable.ts';
import { entityPieces } from '#domain/mime/split-header.ts';
import { utf8Bytes } from '#domain/mime/text.ts';

interface NoticeFacts {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** Lines separated by LF or CRLF. */
  readonly text: string;
  readonly nowMs: number;
  readonly messageId: string;
  /** `auto-replied` answers a mail, `auto-generated` comes of itself (RFC 3834 §5). */
  readonly kind: 'auto-replied' | 'auto-generated';
  /** Header of the mail that it is about; only its id is taken. */
  readonly original?: Header;
}

/** Throws `HeaderFieldRefused` when a field holds a line break or a control character (threat 31). */
export function buildNotice(facts: NoticeFacts): Uint8Array[] {
  const fields = Buffer.concat([
    structuredField('Date', dateText(facts.nowMs)),
    addressField('From', facts.from),
    addressField('To', facts.to),
    textField('Subject', facts.subject),
    structuredField('Message-ID', facts.messageId),
    ...referenceFields(facts.original ?? null),
    structuredField('Auto-Submitted', facts.kind),
    structuredField('MIME-Version', '1.0'),
    structuredField('Content-Type', 'text/plain; charset=utf-8'),
    structuredField('Content-Transfer-Encoding', 'quoted-printable'),
  ]);
  const text = utf8Bytes(`${facts.text.replace(/\r?\n|\r/g, '\r\n').trimEnd()}\r\n`);
  return [...entityPieces(fields, encodeQuotedPrintable([text]))];
}

/** Whether a notice may answer this mail (RFC 3834 §2): not a program, not a list, not a bounce. */
export function mayBeAnswered(sender: string | null, header: Header): boolean {
  if (sender === null || isProgramAddress(sender)) return false;
  return !isAutomatic(header) && !isFromList(header);
}

/** RFC 3834 §5: anything but `no` was made by a program. */
export function isAutomatic(header: Header): boolean {
  const submitted = firstValue(header, 'auto-submitted');
  if (submitted !== null && !/^no\b/i.test(submitted)) return true;
  return header.fields.some(
    (field) => field.key === 'x-auto-response-suppress' && !/^none$/i.test(field.value),
  );
}

/** RFC 2919, RFC 2369, and the Precedence field that came before them. */
export function isFromList(header: Header): boolean {
  if (header.fields.some((field) => field.key === 'list-id' || field.key === 'list-unsubscribe')) return true;
  return /^(?:bulk|list|junk)$/i.test(firstValue(header, 'precedence') ?? '');
}

/** RFC 3834 §2 and RFC 2142: names that programs use. */
const isProgramAddress = (address: string): boolean =>
  /^(?:mailer-daemon|no-?reply|do-?not-?reply|owner-[^@]*|[^@]*-(?:request|owner|bounces?))@/i.test(address);
