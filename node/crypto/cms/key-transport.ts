/**
 * RSA key transport in CMS: PKCS#1 v1.5 (RFC 3370 §4.2.1) and OAEP (RFC 3560) with their parameters.
 */
import {
  type AlgorithmIdentifier,
  algorithm,
  readAlgorithm,
} from '#node/crypto/asn1/algorithm-identifier.ts';
import { BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { type DerNode, explicit, sequence } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import type { HashName, KeyTransport } from '#node/keys/port.ts';
import { digestNamed, digestOf } from './digest-algorithm.ts';

/** What is sent; OAEP with one hash for label and mask, the only pair that is found in the field. */
export type SendTransport =
  | 'rsa-pkcs1'
  | 'rsa-oaep-sha1'
  | 'rsa-oaep-sha256'
  | 'rsa-oaep-sha384'
  | 'rsa-oaep-sha512';

export function oaepHashOf(transport: SendTransport): HashName | null {
  return transport === 'rsa-pkcs1' ? null : (transport.slice('rsa-oaep-'.length) as HashName);
}

/** RFC 4055 §4.1: SHA-1 is the default and left out. */
export function transportIdentifier(transport: SendTransport): DerNode {
  const hash = oaepHashOf(transport);
  if (hash === null) return algorithm(OID.rsaEncryption, 'null');
  if (hash === 'sha1') return algorithm(OID.rsaOaep, sequence());
  const digest = algorithm(digestNamed(hash).oid, 'null');
  return algorithm(OID.rsaOaep, sequence(explicit(0, digest), explicit(1, algorithm(OID.mgf1, digest))));
}

/** Null when unknown. Throws Asn1Error. */
export function readTransport({ oid, parameters }: AlgorithmIdentifier): KeyTransport | null {
  if (oid === OID.rsaEncryption) return { scheme: 'rsa-pkcs1' };
  if (oid !== OID.rsaOaep) return null;
  const fields =
    parameters === null ? new BerCursor(new Uint8Array(0)) : readBer(parameters, TAG.sequence).children();
  const hash = hashOf(fields.optionalContext(0)?.children());
  const mgfHash = maskHashOf(fields.optionalContext(1)?.children());
  const label = labelOf(fields.optionalContext(2)?.children());
  fields.finish();
  if (hash === null || mgfHash === null || label === null) return null;
  return { scheme: 'rsa-oaep', hash, mgfHash, label };
}

export function transportText(transport: KeyTransport): string {
  return transport.scheme === 'rsa-pkcs1' ? 'RSA' : `RSA-OAEP with ${digestNamed(transport.hash).text}`;
}

function hashOf(from: BerCursor | undefined): HashName | null {
  if (from === undefined) return 'sha1';
  const hash = digestOf(readAlgorithm(from).oid)?.hash ?? 'md5';
  return hash === 'md5' ? null : hash;
}

function maskHashOf(from: BerCursor | undefined): HashName | null {
  if (from === undefined) return 'sha1';
  const { oid, parameters } = readAlgorithm(from);
  return oid === OID.mgf1 && parameters !== null ? hashOf(new BerCursor(parameters)) : null;
}

function labelOf(from: BerCursor | undefined): Uint8Array | null {
  if (from === undefined) return new Uint8Array(0);
  const { oid, parameters } = readAlgorithm(from);
  return oid === OID.pSpecified && parameters !== null ? readBer(parameters, TAG.octetString).octets() : null;
}
