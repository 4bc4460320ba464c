/**
 * The signature value of one SignerInfo: which algorithm it is, what policy says of it, and whether it is right.
 */
import { type KeyObject, verify } from 'node:crypto';
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { readSignatureAlgorithm, verifySignature } from '#node/crypto/x509/signature-algorithm.ts';
import type { HashName, SignatureScheme } from '#node/keys/port.ts';
import { type DigestAlgorithm, digestNamed, digestOf } from './digest-algorithm.ts';

/** targets.md: RSA 2048–4096; 1024–2047 weak, below refused, above capped (a long modulus is an attack on time). */
const RSA_BITS_REFUSED_BELOW = 1024;
const RSA_BITS_WEAK_BELOW = 2048;
const RSA_BITS_MAX = 4096;
/** DSA grew with FIPS 186-3; 1,024 bits before. */
const DSA_BITS_WEAK_BELOW = 2048;
const STRONG_CURVES = new Set([
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
]);

type Strength = 'fine' | 'weak' | 'forbidden' | 'unsupported';

export interface NamedStrength {
  readonly text: string;
  readonly strength: Strength;
}

/** Type and size of a key, as policy sees it. */
export function keyStrength(key: KeyObject): NamedStrength {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return { text: `RSA-${bits}`, strength: rsaStrength(bits) };
    case 'dsa':
      return { text: `DSA-${bits}`, strength: bits < DSA_BITS_WEAK_BELOW ? 'weak' : 'fine' };
    case 'ec': {
      const curve = key.asymmetricKeyDetails?.namedCurve ?? 'unknown curve';
      return { text: `EC ${curve}`, strength: STRONG_CURVES.has(curve) ? 'fine' : 'weak' };
    }
    case 'ed25519':
    case 'x25519':
      return { text: key.asymmetricKeyType === 'ed25519' ? 'Ed25519' : 'X25519', strength: 'fine' };
    default:
      return { text: key.asymmetricKeyType ?? 'unknown key', strength: 'unsupported' };
  }
}

function rsaStrength(bits: number): Strength {
  if (bits < RSA_BITS_REFUSED_BELOW) return 'forbidden';
  if (bits > RSA_BITS_MAX) return 'unsupported';
  return bits < RSA_BITS_WEAK_BELOW ? 'weak' : 'fine';
}

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
