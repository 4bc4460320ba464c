/**
 * The two halves of a mail's header: what describes the content goes with it into a protected part, the rest stays.
 */
import { Buffer } from 'node:buffer';
import { type HeaderField, structuredField, textField } from '#domain/mime/header.ts';
import { formatParameterised, parseParameterised } from '#domain/mime/parameters.ts';
import { asciiBytes, isAscii, latin1Text } from '#domain/mime/text.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';

/** RFC 2045 §9: all fields that describe content begin with `Content-`. */
export const isContentField = (field: HeaderField): boolean => field.key.startsWith('content-');

/**
 * The fields of the content, as they stand; with `encoding` given, that Content-Transfer-Encoding instead of theirs.
 * Only fields with octets above 127 (RFC 6532) are written anew: what is signed must be 7-bit.
 */
export function contentFields(entity: MimeEntity, encoding: string | null): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const field of entity.header.fields) {
    if (!isContentField(field)) continue;
    if (encoding === null || field.key !== 'content-transfer-encoding') pieces.push(asciiField(field));
  }
  if (encoding !== null) pieces.push(structuredField('Content-Transfer-Encoding', encoding));
  return Buffer.concat(pieces);
}

/** All other fields, as they stand, in their order; MIME-Version is added when it is missing (RFC 2045 §4). */
export function messageFields(entity: MimeEntity): Uint8Array {
  const pieces: Uint8Array[] = [];
  let hasVersion = false;
  for (const field of entity.header.fields) {
    if (isContentField(field)) continue;
    hasVersion ||= field.key === 'mime-version';
    pieces.push(endedField(field));
  }
  if (!hasVersion) pieces.push(structuredField('MIME-Version', '1.0'));
  return Buffer.concat(pieces);
}

/** A field that ended with its mail, or with LF alone, gets whole line ends; a CR alone becomes a space (threat 25). */
export function endedField(field: HeaderField): Uint8Array {
  const text = latin1Text(field.raw);
  const whole = text.replace(/\r*\n/g, '\r\n').replace(/\r(?!\n)/g, ' ');
  if (whole === text && whole.endsWith('\r\n')) return field.raw;
  return Buffer.from(whole.endsWith('\r\n') ? whole : `${whole}\r\n`, 'latin1');
}

/** The same field in ASCII: RFC 2231 for parameters, RFC 2047 for text. */
function asciiField(field: HeaderField): Uint8Array {
  if (isAscii(latin1Text(field.raw))) return endedField(field);
  const value = field.value.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]/g, ' ');
  if (field.key !== 'content-type' && field.key !== 'content-disposition')
    return textField(field.name, value);
  const parsed = parseParameterised(value);
  return structuredField(field.name, formatParameterised(parsed.value, parsed.parameters));
}

/** A whole entity from its fields (each ended by CRLF) and its body. */
export function* entityPieces(fields: Uint8Array, body: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield fields;
  yield asciiBytes('\r\n');
  yield* body;
}
