/**
 * What a CMS message is, by the object identifier in front of it: the name on the MIME part is only a hint.
 */
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { readBer } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { BerStream } from './ber-stream.ts';

export type CmsType = 'signed' | 'enveloped' | 'auth-enveloped' | 'compressed' | 'other';

/** Object identifiers in use have fewer octets. */
const OID_ELEMENT_BYTES_MAX = 64;

const TYPES: Readonly<Record<string, CmsType>> = {
  [OID.signedData]: 'signed',
  [OID.envelopedData]: 'enveloped',
  [OID.authEnvelopedData]: 'auth-enveloped',
  [OID.compressedData]: 'compressed',
};

/** Reads no more than the first octets. `other` for what is no CMS, too. */
export function cmsTypeOf(cms: Iterable<Uint8Array>): CmsType {
  const stream = new BerStream(cms);
  try {
    return TYPES[enterContentInfo(stream)] ?? 'other';
  } catch (error) {
    if (error instanceof Asn1Error) return 'other';
    throw error;
  } finally {
    stream.close();
  }
}

/** ContentInfo (RFC 5652 §3) up to its content; gives the content type. Throws Asn1Error. */
export function enterContentInfo(stream: BerStream): string {
  stream.enter(TAG.sequence);
  return readType(stream);
}

export function readType(stream: BerStream): string {
  return readBer(stream.element(OID_ELEMENT_BYTES_MAX), TAG.oid).oid();
}
