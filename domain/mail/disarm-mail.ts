/**
 * Disarms every HTML part of an opened mail whose encryption did not protect against changes (threats 1, 2).
 *
 * All other parts keep their octets. What cannot be disarmed (SVG, very large HTML) becomes an attachment that no
 * reader opens by itself.
 */
import { Buffer } from 'node:buffer';
import { disarmHtml } from '#domain/mail/html-disarm.ts';
import type { Octets } from '#domain/mail/octets.ts';
import { encodeBase64 } from '#domain/mime/base64.ts';
import { decodeCharset } from '#domain/mime/encoded-word.ts';
import { structuredField } from '#domain/mime/header.ts';
import { endedField } from '#domain/mime/split-header.ts';
import { asciiBytes, gather, latin1Text, utf8Bytes } from '#domain/mime/text.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { entitiesOf, type MimeEntity } from '#domain/mime/tree.ts';

/** HTML is held as text while it is disarmed; a page of a newsletter has 100 KiB, a thread of years one MiB. */
const HTML_OCTETS_MAX = 4 * 1024 * 1024;

const isHtml = (type: string): boolean => type === 'text/html' || type === 'application/xhtml+xml';
/** XML that readers may show: references load from it too. */
const isActive = (type: string): boolean =>
  isHtml(type) || type === 'image/svg+xml' || type === 'text/xml' || type === 'application/xml';

/** The mail in pieces, or null when it has no such part. */
export function disarmMail(octets: Octets, root: MimeEntity): Iterable<Uint8Array> | null {
  const parts = [...entitiesOf(root)].filter(
    (entity) => entity.children.length === 0 && isActive(entity.contentType.value),
  );
  return parts.length === 0 ? null : rewrite(octets, root, parts);
}

function* rewrite(octets: Octets, root: MimeEntity, parts: readonly MimeEntity[]): Generator<Uint8Array> {
  let at = root.start;
  for (const part of parts) {
    yield* octets.chunks(at, part.start);
    yield* disarmedPart(octets, part);
    at = part.end;
  }
  yield* octets.chunks(at, octets.sizeBytes);
}

function* disarmedPart(octets: Octets, part: MimeEntity): Generator<Uint8Array> {
  const html = isHtml(part.contentType.value) && part.end - part.bodyStart <= HTML_OCTETS_MAX;
  const replaced = ['content-type', 'content-transfer-encoding', ...(html ? [] : ['content-disposition'])];
  const kept = part.header.fields.filter((field) => !replaced.includes(field.key)).map(endedField);
  const type = html
    ? [structuredField('Content-Type', 'text/html; charset=utf-8')]
    : [
        structuredField('Content-Type', 'application/octet-stream'),
        structuredField('Content-Disposition', 'attachment'),
      ];
  yield Buffer.concat([
    ...kept,
    ...type,
    structuredField('Content-Transfer-Encoding', 'base64'),
    asciiBytes('\r\n'),
  ]);
  const content = decodedBody(octets, part);
  yield* encodeBase64(html ? [utf8Bytes(disarmHtml(textOf(gather(content), part)))] : content);
}

/** In an unknown charset as Latin-1: what matters is that nothing of the markup passes. */
function textOf(bytes: Uint8Array, part: MimeEntity): string {
  const charset = part.contentType.parameters.get('charset') ?? 'utf-8';
  return decodeCharset(charset, bytes) ?? latin1Text(bytes);
}
