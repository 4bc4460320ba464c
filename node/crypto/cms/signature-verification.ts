/**
 * The signature value of one SignerInfo: which algorithm it is, what policy says of it, and whether it is right.
 */
import { type KeyObject, verify } from 'node:crypto';
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { readSignatureAlgorithm, verifySignature } from '#node/crypto/x509/signature-algorithm.ts';
import type { HashName, SignatureScheme } from '#node/keys/port.ts';
import { type DigestAlgorithm, digestNamed, digestOf } from './digest-algorithm.ts';
import type { NamedStrength } from './key-strength.ts';

export interface CmsSignature extends NamedStrength {
  readonly isRight: (key: KeyObject, tbs: Uint8Array, value: Uint8Array) => boolean;
}

const never = (): boolean => false;

const DSA: Readonly<Record<string, HashName | null>> = {
  [OID.dsa]: null, // The hash is the digest's.
  [OID.dsaWithSha1]: 'sha1',
  [OID.dsaWithSha224]: 'sha224',
  [OID.dsaWithSha256]: 'sha256',
};

/** RFC 3370 §3, RFC 5754 §3, RFC 4056, RFC 5753 §2.1.1, RFC 8419; DSA to read only. */
export function readCmsSignature(algorithm: AlgorithmIdentifier, digest: DigestAlgorithm): CmsSignature {
  const { oid } = algorithm;
  if (oid === OID.md5WithRsa) return { text: 'RSA with MD5', strength: 'forbidden', isRight: never };
  if (oid in DSA) {
    const hash = DSA[oid] ?? digest.hash;
    if (hash === 'md5') return { text: 'DSA with MD5', strength: 'forbidden', isRight: never };
    return named(`DSA with ${digestNamed(hash).text}`, hash, dsaIsRight(hash));
  }
  const scheme = bareScheme(oid, digest) ?? readSignatureAlgorithm(algorithm).scheme;
  if (scheme === 'forbidden') return { text: 'RSA with MD5', strength: 'forbidden', isRight: never };
  if (scheme === null) return { text: oid, strength: 'unsupported', isRight: never };
  const text = schemeText(scheme);
  const weak = 'hash' in scheme && scheme.hash === 'sha1';
  const isRight = (key: KeyObject, tbs: Uint8Array, value: Uint8Array) =>
    verifySignature({ name: text, scheme, weak }, key, tbs, value);
  return 'hash' in scheme ? named(text, scheme.hash, isRight) : { text, strength: 'fine', isRight };
}

/** Identifiers that name the key only; the hash is that of the digest. */
function bareScheme(oid: string, { hash }: DigestAlgorithm): SignatureScheme | 'forbidden' | null {
  if (oid !== OID.rsaEncryption && oid !== OID.ecPublicKey) return null;
  if (hash === 'md5') return 'forbidden';
  return { scheme: oid === OID.rsaEncryption ? 'rsa-pkcs1' : 'ecdsa', hash };
}

function schemeText(scheme: SignatureScheme): string {
  if (scheme.scheme === 'ed25519') return 'Ed25519';
  const name = { 'rsa-pkcs1': 'RSA', 'rsa-pss': 'RSA-PSS', ecdsa: 'ECDSA' }[scheme.scheme];
  return `${name} with ${digestNamed(scheme.hash).text}`;
}

function named(text: string, hash: HashName, isRight: CmsSignature['isRight']): CmsSignature {
  return { text, strength: digestNamed(hash).strength, isRight };
}

function dsaIsRight(hash: HashName): CmsSignature['isRight'] {
  return (key, tbs, value) => {
    if (key.asymmetricKeyType !== 'dsa') return false;
    try {
      return verify(hash, tbs, { key, dsaEncoding: 'der' }, value);
    } catch {
      return false; // OpenSSL throws for some malformed values.
    }
  };
}

/** A digest by its identifier, with a name and a strength also when it is unknown. */
export function digestStrength(oid: string): NamedStrength {
  return digestOf(oid) ?? { text: oid, strength: 'unsupported' };
}
