/**
 * The entity that is signed or encrypted: content fields, protected copies of the header (RFC 9788), 7-bit body.
 */
import { type HeaderPolicy, protectHeader } from '#domain/mail/header-protection.ts';
import type { Version } from '#domain/mail/line.ts';
import { prepareForSigning, type SigningPurpose } from '#domain/mime/canonical.ts';
import { entityPieces } from '#domain/mime/split-header.ts';

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
  encrypts: boolean,
  policy: HeaderPolicy,
): InnerEntity {
  const prepared = prepareForSigning(version.octets, version.entity, purpose);
  const header = protectHeader(version.entity, prepared.encoding, encrypts, policy);
  return {
    outerFields: header.outer,
    sevenBit: prepared.sevenBit && header.sevenBit,
    pieces: () => entityPieces(header.inner, prepared.body()),
  };
}
