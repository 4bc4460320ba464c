/**
 * Signature algorithms of certificates and CRLs (RFC 3279, 4055, 5758, 8410): reading, verifying, writing.
 */
import { constants, type KeyObject, verify } from 'node:crypto';
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import { algorithm, readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { type DerNode, explicit, integer, sequence } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import type { HashName, SignatureScheme } from '#node/keys/port.ts';

export interface SignatureAlgorithm {
  /** For display: `RSA with SHA-256`. */
  readonly name: string;
  /** Null: not verifiable here. */
  readonly scheme: SignatureScheme | null;
  /** MD5 and older are never accepted, SHA-1 not on a path (RFC 8550 §4.3; collisions are affordable). */
  readonly weak: boolean;
}

const RSA: Readonly<Record<string, HashName>> = {
  [OID.sha1WithRsa]: 'sha1',
  [OID.sha224WithRsa]: 'sha224',
  [OID.sha256WithRsa]: 'sha256',
  [OID.sha384WithRsa]: 'sha384',
  [OID.sha512WithRsa]: 'sha512',
};
const ECDSA: Readonly<Record<string, HashName>> = {
  [OID.ecdsaWithSha1]: 'sha1',
  [OID.ecdsaWithSha224]: 'sha224',
  [OID.ecdsaWithSha256]: 'sha256',
  [OID.ecdsaWithSha384]: 'sha384',
  [OID.ecdsaWithSha512]: 'sha512',
};
const HASHES: Readonly<Record<string, HashName>> = {
  [OID.sha1]: 'sha1',
  [OID.sha224]: 'sha224',
  [OID.sha256]: 'sha256',
  [OID.sha384]: 'sha384',
  [OID.sha512]: 'sha512',
};
const UNSUPPORTED: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'RSA with MD2',
  [OID.md5WithRsa]: 'RSA with MD5',
  [OID.dsaWithSha1]: 'DSA with SHA-1',
};

export function readSignatureAlgorithm({ oid, parameters }: AlgorithmIdentifier): SignatureAlgorithm {
  const rsa = RSA[oid];
  if (rsa) return known(`RSA with ${hashText(rsa)}`, { scheme: 'rsa-pkcs1', hash: rsa });
  const ecdsa = ECDSA[oid];
  if (ecdsa) return known(`ECDSA with ${hashText(ecdsa)}`, { scheme: 'ecdsa', hash: ecdsa });
  if (oid === OID.ed25519) return { name: 'Ed25519', scheme: { scheme: 'ed25519' }, weak: false };
  if (oid === OID.rsaPss) return readPss(parameters);
  return { name: UNSUPPORTED[oid] ?? oid, scheme: null, weak: oid in UNSUPPORTED };
}

function known(name: string, scheme: SignatureScheme & { hash: HashName }): SignatureAlgorithm {
  return { name, scheme, weak: scheme.hash === 'sha1' };
}

/** RFC 4055 §3.1: all four fields have defaults, of SHA-1 times. */
function readPss(parameters: Uint8Array | null): SignatureAlgorithm {
  const fields = parameters ? readBer(parameters, TAG.sequence).children() : new BerCursor(new Uint8Array());
  const hash = readHash(fields.optionalContext(0)?.children());
  const maskHash = readMaskHash(fields.optionalContext(1)?.children());
  const saltBytes = fields.optionalContext(2)?.children().number() ?? 20;
  // OpenSSL takes one hash for message and mask; certificates with two different ones are not seen.
  if (!hash || maskHash !== hash || saltBytes < 0 || saltBytes > SALT_BYTES_MAX) {
    return { name: 'RSA-PSS with unusual parameters', scheme: null, weak: false };
  }
  return known(`RSA-PSS with ${hashText(hash)}`, { scheme: 'rsa-pss', hash, saltBytes });
}

const SALT_BYTES_MAX = 512; // Usually as long as the digest; `openssl cms` takes what the modulus leaves room for.

function readHash(from: BerCursor | undefined): HashName | undefined {
  return from ? HASHES[readAlgorithm(from).oid] : 'sha1';
}

function readMaskHash(from: BerCursor | undefined): HashName | undefined {
  if (!from) return 'sha1';
  const { oid, parameters } = readAlgorithm(from);
  return oid === OID.mgf1 && parameters ? readHash(new BerCursor(parameters)) : undefined;
}

const hashText = (hash: HashName): string => hash.toUpperCase().replace('SHA', 'SHA-');

/** False for a wrong signature and for a key of another type alike. */
export function verifySignature(
  { scheme }: SignatureAlgorithm,
  key: KeyObject,
  tbs: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!scheme || !fits(scheme, key)) return false;
  try {
    switch (scheme.scheme) {
      case 'rsa-pkcs1':
        return verify(scheme.hash, tbs, key, signature);
      case 'rsa-pss': {
        const padding = constants.RSA_PKCS1_PSS_PADDING;
        return verify(scheme.hash, tbs, { key, padding, saltLength: scheme.saltBytes }, signature);
      }
      case 'ecdsa':
        return verify(scheme.hash, tbs, { key, dsaEncoding: 'der' }, signature);
      case 'ed25519':
        return verify(null, tbs, key, signature);
    }
  } catch {
    return false; // OpenSSL throws for some malformed signatures instead of refusing them.
  }
}

function fits(scheme: SignatureScheme, key: KeyObject): boolean {
  const type = key.asymmetricKeyType;
  if (scheme.scheme === 'rsa-pkcs1') return type === 'rsa';
  if (scheme.scheme === 'rsa-pss') return type === 'rsa' || type === 'rsa-pss';
  return type === (scheme.scheme === 'ecdsa' ? 'ec' : 'ed25519');
}

/** AlgorithmIdentifier of what our own authority signs with. */
export function writeSignatureAlgorithm(scheme: SignatureScheme): DerNode {
  const named = (table: Readonly<Record<string, HashName>>, hash: HashName): string =>
    Object.keys(table).find((type) => table[type] === hash)!;
  switch (scheme.scheme) {
    case 'rsa-pkcs1':
      return algorithm(named(RSA, scheme.hash), 'null');
    case 'ecdsa':
      return algorithm(named(ECDSA, scheme.hash), 'absent');
    case 'ed25519':
      return algorithm(OID.ed25519, 'absent');
    case 'rsa-pss': {
      const hash = algorithm(named(HASHES, scheme.hash), 'null');
      const mask = algorithm(OID.mgf1, hash);
      const fields = [explicit(0, hash), explicit(1, mask), explicit(2, integer(scheme.saltBytes))];
      return algorithm(OID.rsaPss, sequence(...fields));
    }
  }
}
