/**
 * Header protection for outgoing mail (RFC 9788 §5): the header's fields are copied into the protected part, marked by
 * `hp` on its Content-Type; what stands outside is said inside by HP-Outer, and may be less.
 *
 * The legacy display element (RFC 9788 §5.2.2, optional) is not made: a gateway does not write into the text.
 */
import { Buffer } from 'node:buffer';
import { isNeverProtected, isTrace } from '#domain/mail/field-classes.ts';
import { inspect, isSevenBit } from '#domain/mime/findings.ts';
import { type HeaderField, structuredField, textField } from '#domain/mime/header.ts';
import { formatParameterised } from '#domain/mime/parameters.ts';
import { contentFields, endedField, isContentField } from '#domain/mime/split-header.ts';
import { asciiBytes, bufferOver, isAscii, latin1Text } from '#domain/mime/text.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';

/**
 * `copied` = hcp_no_confidentiality (RFC 9788 §3.2.3): outside stands what stands inside.
 * `hidden` = hcp_baseline (§3.2.1), and Outlook's Thread-Topic, which is the Subject once more.
 */
export type HeaderPolicy = 'copied' | 'hidden';

interface ProtectedHeader {
  /** Fields of the mail outside, MIME-Version included, Content fields not. */
  readonly outer: Uint8Array;
  /** Fields of the protected part: copies, HP-Outer, Content fields with `hp`. */
  readonly inner: Uint8Array;
  /** The inner fields are 7-bit. */
  readonly sevenBit: boolean;
}

/** `encoding` replaces the Content-Transfer-Encoding, see `prepareForSigning`; null keeps it. */
export function protectHeader(
  entity: MimeEntity,
  encoding: string | null,
  encrypts: boolean,
  policy: HeaderPolicy,
): ProtectedHeader {
  const outer: Uint8Array[] = [];
  const copies: Uint8Array[] = [];
  const statements: Uint8Array[] = [];
  let hasVersion = false;
  for (const field of entity.header.fields) {
    // Bcc names who must not be known (P23).
    if (isContentField(field) || field.key === 'hp-outer' || field.key === 'bcc') continue;
    hasVersion ||= field.key === 'mime-version';
    const outside = encrypts && policy === 'hidden' ? hiddenForm(field) : endedField(field);
    if (outside !== null) outer.push(outside);
    if (isNeverProtected(field.key)) continue;
    copies.push(copyOf(field));
    // RFC 9788 §2.2.1: only for encrypted mail; a field that is left out has no statement.
    if (encrypts && outside !== null) statements.push(asciiBytes('HP-Outer: '), outside);
  }
  if (!hasVersion) outer.push(structuredField('MIME-Version', '1.0'));
  const content = withProtectionMark(contentFields(entity, encoding), entity, encrypts ? 'cipher' : 'clear');
  const inner = Buffer.concat([...copies, ...statements, content]);
  return { outer: Buffer.concat(outer), inner, sevenBit: isSevenBit(inspect([inner])) };
}

/** RFC 9788 §3.2.1 */
function hiddenForm(field: HeaderField): Uint8Array | null {
  if (isTrace(field.key)) return endedField(field);
  if (field.key === 'subject') return structuredField(field.name, '[...]');
  const leftOut = field.key === 'comments' || field.key === 'keywords' || field.key === 'thread-topic';
  return leftOut ? null : endedField(field);
}

/** Free text with raw UTF-8 is encoded, so that the part is 7-bit; addresses in UTF-8 have no other form. */
function copyOf(field: HeaderField): Uint8Array {
  const isText = field.key === 'subject' || field.key === 'comments' || field.key === 'keywords';
  if (!isText || isAscii(latin1Text(field.raw))) return endedField(field);
  return textField(field.name, field.value.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]/g, ' '));
}

/** RFC 9788 §2.1.1: `hp` on the Content-Type, which a part without one gets (RFC 2045 §5.2). */
function withProtectionMark(fields: Uint8Array, entity: MimeEntity, mark: 'clear' | 'cipher'): Uint8Array {
  const text = latin1Text(fields);
  const given = /^content-type[ \t]*:(?:[^\n]*\r\n)(?:[ \t][^\n]*\r\n)*/im.exec(text);
  if (given === null) {
    return Buffer.concat([
      structuredField('Content-Type', `text/plain; charset=us-ascii; hp="${mark}"`),
      fields,
    ]);
  }
  const { value, parameters, malformed } = entity.contentType;
  const buffer = bufferOver(fields);
  const before = buffer.subarray(0, given.index);
  const after = buffer.subarray(given.index + given[0].length);
  if (malformed || parameters.has('hp') || parameters.has('protected-headers') || /;\s*$/.test(given[0])) {
    const kept = [...parameters].filter(([name]) => name !== 'hp' && name !== 'protected-headers');
    const anew = structuredField('Content-Type', `${formatParameterised(value, kept)}; hp="${mark}"`);
    return Buffer.concat([before, anew, after]);
  }
  const marked = `${given[0].slice(0, -2)};\r\n hp="${mark}"\r\n`;
  return Buffer.concat([before, Buffer.from(marked, 'latin1'), after]);
}
