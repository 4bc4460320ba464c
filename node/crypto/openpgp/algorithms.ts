/**
 * Names of OpenPGP's algorithms as the reader is told them, which are weak, and what the library may read.
 *
 * Policy of targets.md, "Algorithms today": old ones are read, each named; SHA-1 never makes a signature valid; what
 * has no integrity protection is never opened. The lenient settings are given per call, only on the reading path.
 */
import { type AlgorithmInfo, type Config, config, enums } from 'openpgp';

const RSA_BITS_MIN = 1024;
const RSA_BITS_STRONG = 2048;

/**
 * Reading old mail. For sending, the library's defaults hold, which refuse DSA, ElGamal and RSA below 2048. SHA-1 is left
 * to our own judgement: such a signature is computed, but never 'valid'.
 */
export const READING: Config = {
  ...config,
  rejectPublicKeyAlgorithms: new Set(),
  rejectMessageHashAlgorithms: new Set([enums.hash.md5, enums.hash.ripemd]),
  minRSABits: RSA_BITS_MIN,
  allowUnauthenticatedMessages: false,
  allowInsecureVerificationWithReformattedKeys: false,
};

export interface NamedAlgorithm {
  readonly name: string;
  readonly weak: boolean;
}

const HASHES: Readonly<Record<number, string>> = {
  [enums.hash.md5]: 'MD5',
  [enums.hash.sha1]: 'SHA-1',
  [enums.hash.ripemd]: 'RIPEMD-160',
  [enums.hash.sha256]: 'SHA-256',
  [enums.hash.sha384]: 'SHA-384',
  [enums.hash.sha512]: 'SHA-512',
  [enums.hash.sha224]: 'SHA-224',
  [enums.hash.sha3_256]: 'SHA3-256',
  [enums.hash.sha3_512]: 'SHA3-512',
};

type HashStrength = 'strong' | 'weak' | 'forbidden';

export function hashStrength(hash: number): HashStrength {
  if (hash === enums.hash.md5 || hash === enums.hash.ripemd) return 'forbidden';
  return hash === enums.hash.sha1 ? 'weak' : 'strong';
}

export const hashName = (hash: number): string => HASHES[hash] ?? `hash ${hash}`;

const CURVES: Readonly<Record<string, string>> = {
  nistP256: 'P-256',
  nistP384: 'P-384',
  nistP521: 'P-521',
  ed25519Legacy: 'Ed25519',
  curve25519Legacy: 'X25519',
  brainpoolP256r1: 'brainpoolP256r1',
  brainpoolP384r1: 'brainpoolP384r1',
  brainpoolP512r1: 'brainpoolP512r1',
  secp256k1: 'secp256k1',
};

/** `RSA-3072`, `ECDSA P-256`, `Ed25519`, `ECDH X25519` … */
export function publicKeyName(info: AlgorithmInfo): NamedAlgorithm {
  const curve = CURVES[info.curve ?? ''] ?? info.curve ?? '';
  switch (info.algorithm) {
    case 'rsaEncryptSign':
    case 'rsaEncrypt':
    case 'rsaSign':
      return { name: `RSA-${info.bits}`, weak: (info.bits ?? 0) < RSA_BITS_STRONG };
    case 'dsa':
      return { name: `DSA-${info.bits}`, weak: true };
    case 'elgamal':
      return { name: `ElGamal-${info.bits}`, weak: true };
    case 'eddsaLegacy':
    case 'ed25519':
      return { name: 'Ed25519', weak: false };
    case 'ed448':
      return { name: 'Ed448', weak: false };
    case 'x25519':
      return { name: 'X25519', weak: false };
    case 'x448':
      return { name: 'X448', weak: false };
    case 'ecdh':
      return { name: `ECDH ${curve}`, weak: false };
    case 'ecdsa':
      return { name: `ECDSA ${curve}`, weak: false };
    default:
      return { name: info.algorithm, weak: false };
  }
}

const CIPHERS: Readonly<Record<string, string>> = {
  idea: 'IDEA',
  tripledes: '3DES',
  cast5: 'CAST5',
  blowfish: 'Blowfish',
  aes128: 'AES-128',
  aes192: 'AES-192',
  aes256: 'AES-256',
  twofish: 'Twofish',
};
const CIPHERS_WEAK = new Set(['idea', 'tripledes', 'cast5', 'blowfish']); // RFC 9580 §9.3: blocks of 64 bits
const AEADS: Readonly<Record<number, string>> = { 1: 'EAX', 2: 'OCB', 3: 'GCM' };

/** `cipher` is openpgp.js's name; `aead` the number in the packet, null for SEIPDv1 (CFB with a SHA-1 of the plaintext). */
export function contentName(cipher: string, aead: number | null): NamedAlgorithm {
  const name = CIPHERS[cipher] ?? cipher;
  const mode = aead === null ? 'CFB-MDC' : (AEADS[aead] ?? `AEAD ${aead}`);
  return { name: `${name}-${mode}`, weak: CIPHERS_WEAK.has(cipher) };
}

export function cipherOfNumber(number: number): string {
  return Object.entries(enums.symmetric).find(([, value]) => value === number)?.[0] ?? `cipher ${number}`;
}
