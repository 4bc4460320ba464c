/**
 * Type and size of a public key, as policy sees it.
 */
import type { KeyObject } from 'node:crypto';

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
