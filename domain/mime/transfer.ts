/**
 * The body of an entity as its content: the transfer encoding undone (RFC 2045 §6).
 */
import type { Octets } from '#domain/mail/octets.ts';
import { decodeBase64 } from '#domain/mime/base64.ts';
import { decodeQuotedPrintable } from '#domain/mime/quoted-printable.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';

/** A stream; may be asked for again. An unknown encoding gives the octets as they stand (RFC 2045 §6.4). */
export function decodedBody(octets: Octets, entity: MimeEntity): Iterable<Uint8Array> {
  const body = octets.chunks(entity.bodyStart, entity.end);
  if (entity.encoding === 'base64') return decodeBase64(body);
  return entity.encoding === 'quoted-printable' ? decodeQuotedPrintable(body) : body;
}
