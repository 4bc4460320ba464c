/**
 * Makes and checks X.509-style private keys (PKCS#8): RSA, EC, Ed25519, X25519.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import { KeysError } from './keys-error.ts';
import type { KeyAlgorithm } from './port.ts';

const RSA_BITS_MIN = 1024; // targets.md: below it refused, for reading too.
const RSA_BITS_MAX = 8192; // A larger private key would hold up every other signature of this process.
const CURVES = [
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
];

const makePair = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<{ privateKey: KeyObject; publicKey: KeyObject }>;

/** PKCS#8 DER (zero it after use) and SubjectPublicKeyInfo DER. RSA keys are made in libuv's pool. */
export async function makeKey(algorithm: KeyAlgorithm): Promise<{ pkcs8: Buffer; publicKey: Buffer }> {
  const { privateKey } = await pairFor(algorithm);
  return { pkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }), publicKey: publicPart(privateKey) };
}

function pairFor(algorithm: KeyAlgorithm): Promise<{ privateKey: KeyObject }> {
  switch (algorithm.type) {
    case 'rsa':
      return makePair('rsa', { modulusLength: algorithm.bits, publicExponent: 65537 });
    case 'ec':
      return makePair('ec', { namedCurve: algorithm.curve });
    case 'ed25519':
    case 'x25519':
      return makePair(algorithm.type, {});
  }
}

/** SubjectPublicKeyInfo, DER. */
function publicPart(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}

/** Reads an imported PKCS#8 key: `malformed` unless it is a key we can use whose two halves belong together. */
export function checkedPrivateKey(pkcs8: Uint8Array): { pkcs8: Buffer; publicKey: Buffer } {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  } catch {
    throw new KeysError('malformed', 'not a private key in PKCS#8');
  }
  const unusable = whyUnusable(key);
  if (unusable) throw new KeysError('malformed', unusable);
  return { pkcs8: key.export({ format: 'der', type: 'pkcs8' }), publicKey: publicPart(key) };
}

function whyUnusable(key: KeyObject): string | null {
  const details = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss': {
      const bits = details.modulusLength ?? 0;
      if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) return `RSA with ${bits} bits is not supported`;
      return signsForItself(key, 'sha256');
    }
    case 'ec':
      if (!CURVES.includes(details.namedCurve ?? '')) return `curve ${details.namedCurve} is not supported`;
      return signsForItself(key, 'sha256');
    case 'ed25519':
      return signsForItself(key, null);
    case 'x25519':
      diffieHellman({ privateKey: key, publicKey: createPublicKey(key) });
      return null;
    default:
      return `${key.asymmetricKeyType} keys are not supported`;
  }
}

/** A faulty key must be found before a wrong signature of it gives away the secret (RSA with CRT). */
function signsForItself(key: KeyObject, hash: string | null): string | null {
  const probe = Buffer.from('sealgate import check');
  try {
    return verify(hash, probe, createPublicKey(key), sign(hash, probe, key))
      ? null
      : 'its parts do not belong together';
  } catch {
    return 'its parts do not belong together';
  }
}
