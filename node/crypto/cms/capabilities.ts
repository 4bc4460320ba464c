/**
 * SMIMECapabilities (RFC 8551 §2.5.2): what a sender can read, in the order it likes; ours, and reading a partner's.
 */
import {
  type AlgorithmIdentifier,
  algorithm,
  readAlgorithm,
} from '#node/crypto/asn1/algorithm-identifier.ts';
import type { BerElement } from '#node/crypto/asn1/ber-reader.ts';
import { encodeDer, sequence } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';

/** Real lists have about ten. */
const CAPABILITIES_MAX = 64;

/** What Sealgate reads without any switch; sent with every signature. */
export const OUR_CAPABILITIES: Buffer = encodeDer(
  sequence(
    algorithm(OID.aes256Gcm, 'absent'),
    algorithm(OID.aes128Gcm, 'absent'),
    algorithm(OID.aes256Cbc, 'absent'),
    algorithm(OID.aes192Cbc, 'absent'),
    algorithm(OID.aes128Cbc, 'absent'),
    algorithm(OID.rsaOaep, 'absent'),
    algorithm(OID.rsaPss, 'absent'),
    // RFC 5753 §5, RFC 8418 §4: the scheme, and the key wrap as its parameter.
    algorithm(OID.ecdhStdSha256, algorithm(OID.aes256Wrap, 'absent')),
    algorithm(OID.ecdhHkdfSha256, algorithm(OID.aes256Wrap, 'absent')),
  ),
);

/** Throws Asn1Error. Of a list that is too long the rest is left out. */
export function readCapabilities(attributeValue: BerElement): AlgorithmIdentifier[] {
  const list = attributeValue.children();
  const capabilities: AlgorithmIdentifier[] = [];
  while (!list.atEnd && capabilities.length < CAPABILITIES_MAX) capabilities.push(readAlgorithm(list));
  return capabilities;
}
