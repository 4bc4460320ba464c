/**
 * How an authority signs: the scheme that its key asks for (CA/Browser Forum S/MIME BR §7.1.3.2).
 */
import type { KeyObject } from 'node:crypto';
import type { SignatureScheme } from '#node/keys/port.ts';
import type { X509Certificate } from './certificate.ts';
import { X509Error } from './x509-error.ts';

const ECDSA_HASH = { prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512' } as const;

export function schemeFor(issuer: X509Certificate): SignatureScheme {
  return schemeForKey(issuer.publicKey);
}

export function schemeForKey(key: KeyObject | null): SignatureScheme {
  const curve = key?.asymmetricKeyDetails?.namedCurve;
  if (key?.asymmetricKeyType === 'rsa') return { scheme: 'rsa-pkcs1', hash: 'sha256' };
  if (key?.asymmetricKeyType === 'ed25519') return { scheme: 'ed25519' };
  if (curve !== undefined && curve in ECDSA_HASH) {
    return { scheme: 'ecdsa', hash: ECDSA_HASH[curve as keyof typeof ECDSA_HASH] };
  }
  throw new X509Error('profile-violation', 'an authority key of a type that does not sign certificates');
}
