/**
 * The entity that is signed or encrypted: content fields, protected copies of the header (RFC 9788), 7-bit body.
 */
import type { Version } from '#domain/mail/line.ts';
import { prepareForSigning, type SigningPurpose } from '#domain/mime/canonical.ts';
import { contentFields, entityPieces, messageFields } from '#domain/mime/split-header.ts';

export interface InnerEntity {
  /** Fields that stand outside, each ended by CRLF. */
  readonly outerFields: Uint8Array;
  readonly sevenBit: boolean;
  /** The octets of the entity; the same at each call. */
  pieces(): Iterable<Uint8Array>;
}

export function innerEntity(
  version: Version,
  purpose: SigningPurpose,
  _headers: 'copied' | 'hidden',
): InnerEntity {
  const prepared = prepareForSigning(version.octets, version.entity, purpose);
  const fields = contentFields(version.entity, prepared.encoding);
  return {
    outerFields: messageFields(version.entity),
    sevenBit: prepared.sevenBit,
    pieces: () => entityPieces(fields, prepared.body()),
  };
}
