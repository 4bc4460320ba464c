/**
 * Password-based encryption as PKCS#12 files use it: PBES2 (RFC 8018 §6.2) and the old ciphers of RFC 7292 appendix C.
 */
import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { type AlgorithmIdentifier, readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { type BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { legacyCipherOf } from '#node/crypto/cms/legacy-cipher.ts';
import { rc2Library } from '#node/crypto/rc2-library.ts';
import { Pkcs12Error } from './pkcs12-error.ts';
import { bmpPassword, KDF_PURPOSE, pkcs12Kdf } from './pkcs12-kdf.ts';

/** A file of an attacker must not keep the process busy: half a second for the old derivation, as much for PBKDF2. */
export const OLD_ITERATIONS_MAX = 1_000_000;
const PBKDF2_ITERATIONS_MAX = 10_000_000;

interface OldCipher {
  readonly cipher: 'rc4' | 'rc2' | 'triple-des';
  readonly keyBytes: number;
}

/** RFC 7292 appendix C: pbeWithSHAAnd… */
const OLD: Readonly<Record<string, OldCipher>> = {
  '1.2.840.113549.1.12.1.1': { cipher: 'rc4', keyBytes: 16 },
  '1.2.840.113549.1.12.1.2': { cipher: 'rc4', keyBytes: 5 },
  '1.2.840.113549.1.12.1.3': { cipher: 'triple-des', keyBytes: 24 },
  '1.2.840.113549.1.12.1.4': { cipher: 'triple-des', keyBytes: 16 },
  '1.2.840.113549.1.12.1.5': { cipher: 'rc2', keyBytes: 16 },
  '1.2.840.113549.1.12.1.6': { cipher: 'rc2', keyBytes: 5 },
};

const BLOCK_CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  [OID.aes128Cbc]: { name: 'aes-128-cbc', keyBytes: 16 },
  [OID.aes192Cbc]: { name: 'aes-192-cbc', keyBytes: 24 },
  [OID.aes256Cbc]: { name: 'aes-256-cbc', keyBytes: 32 },
  [OID.tripleDesCbc]: { name: 'des-ede3-cbc', keyBytes: 24 },
};

const PRFS: Readonly<Record<string, string>> = {
  [OID.hmacWithSha1]: 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  [OID.hmacWithSha256]: 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  [OID.hmacWithSha512]: 'sha512',
};

const rc4 = () => legacyCipherOf({ oid: OID.rc4, parameters: null })!;

/** Throws Pkcs12Error: `wrong-password` when the padding does not fit, `unsupported` for other schemes. */
export function decryptWithPassword(
  { oid, parameters }: AlgorithmIdentifier,
  password: string,
  ciphertext: Uint8Array,
): Buffer {
  const fields = readBer(parameters ?? new Uint8Array(), TAG.sequence).children();
  if (oid === OID.pbes2) return decryptPbes2(fields, password, ciphertext);
  const old = OLD[oid];
  if (!old) throw new Pkcs12Error('unsupported', `encryption ${oid}`);
  const salt = fields.octets();
  const iterations = limited(fields.number(), OLD_ITERATIONS_MAX);
  const derive = (purpose: 1 | 2, length: number): Buffer =>
    pkcs12Kdf({ hash: 'sha1', purpose, password: bmpPassword(password), salt, iterations, length });
  const key = derive(KDF_PURPOSE.key, old.keyBytes);
  if (old.cipher === 'rc4') return Buffer.from(rc4().decipher(key).update(ciphertext));
  const iv = derive(KDF_PURPOSE.iv, 8);
  if (old.cipher === 'rc2') return unpadded(() => decryptRc2(key, iv, ciphertext));
  const threeKeys = key.length === 24 ? key : Buffer.concat([key, key.subarray(0, 8)]);
  return unpadded(() => decryptBlocks('des-ede3-cbc', threeKeys, iv, ciphertext));
}

/** RFC 2268 in CBC; the effective key size is that of the key. Throws when the padding is wrong. */
function decryptRc2(key: Buffer, iv: Buffer, ciphertext: Uint8Array): Buffer {
  const binary = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');
  const forge = rc2Library();
  const cipher = forge.rc2.createDecryptionCipher(binary(key), key.length * 8);
  cipher.start(binary(iv), undefined as never);
  cipher.update(forge.util.createBuffer(binary(ciphertext)));
  if (ciphertext.length % 8 !== 0 || !cipher.finish()) throw new Error('RC2 padding');
  return Buffer.from(cipher.output.getBytes(), 'latin1');
}

function decryptPbes2(fields: BerCursor, password: string, ciphertext: Uint8Array): Buffer {
  const derivation = readAlgorithm(fields);
  const scheme = readAlgorithm(fields);
  const cipher = BLOCK_CIPHERS[scheme.oid];
  if (!cipher) throw new Pkcs12Error('unsupported', `encryption ${scheme.oid}`);
  const key = derivePbkdf2(derivation, password, cipher.keyBytes);
  const iv = readBer(scheme.parameters ?? new Uint8Array(), TAG.octetString).octets();
  return unpadded(() => decryptBlocks(cipher.name, key, iv, ciphertext));
}

/** RFC 8018 §5.2, appendix A.2. */
export function derivePbkdf2(derivation: AlgorithmIdentifier, password: string, keyBytes: number): Buffer {
  if (derivation.oid !== OID.pbkdf2) throw new Pkcs12Error('unsupported', `derivation ${derivation.oid}`);
  const fields = readBer(derivation.parameters ?? new Uint8Array(), TAG.sequence).children();
  const salt = fields.octets();
  const iterations = limited(fields.number(), PBKDF2_ITERATIONS_MAX);
  fields.optional(TAG.integer);
  const prf = fields.atEnd ? 'sha1' : PRFS[readAlgorithm(fields).oid];
  if (!prf) throw new Pkcs12Error('unsupported', 'pseudo-random function of PBKDF2');
  return pbkdf2Sync(Buffer.from(password, 'utf8'), salt, iterations, keyBytes, prf);
}

export function limited(iterations: number, max: number): number {
  if (iterations < 1 || iterations > max) throw new Pkcs12Error('malformed', `${iterations} iterations`);
  return iterations;
}

function decryptBlocks(name: string, key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Buffer {
  const decipher = createDecipheriv(name, key, iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function unpadded(decrypt: () => Buffer): Buffer {
  try {
    return decrypt();
  } catch {
    throw new Pkcs12Error('wrong-password', 'does not decrypt under this password');
  }
}
