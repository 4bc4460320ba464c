/**
 * RSA key transport, unwrapping side: always octets of the expected length, random ones when anything is wrong.
 *
 * Raw RSA and own unpadding, since every padding error must take the same way and time as success (Bleichenbacher,
 * Manger; RFC 3218; threat 32). The content key's length is known beforehand, so each place of the block has one
 * expected meaning, and nothing is searched for.
 */
import { constants, createHash, type KeyObject, privateDecrypt, randomBytes } from 'node:crypto';
import { withPadding } from '#node/crypto/rsa-padding.ts';
import type { HashName, KeyTransport } from '#node/keys/port.ts';

/** RFC 8017 §7.2.1: at least eight octets of padding. */
const PADDING_BYTES_MIN = 8;

const HASH_BYTES: Readonly<Record<HashName, number>> = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** Never throws for what a ciphertext may be; throws when `key` is no RSA private key: a fault of the caller. */
export function unwrapRsa(
  key: KeyObject,
  transport: KeyTransport,
  ciphertext: Uint8Array,
  lengthBytes: number,
): Buffer {
  if (key.type !== 'private' || key.asymmetricKeyType !== 'rsa')
    throw new TypeError('not an RSA private key');
  const random = randomBytes(lengthBytes);
  const block = rawDecrypt(key, ciphertext);
  return block === null ? random : unpadKey(block, transport, random);
}

/** Null for a ciphertext of another length than the modulus, or not below it: both are visible to everybody. */
function rawDecrypt(key: KeyObject, ciphertext: Uint8Array): Buffer | null {
  const modulusBytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  if (ciphertext.length > modulusBytes) return null;
  // Some senders drop leading zeros of the number.
  const padded = Buffer.concat([new Uint8Array(modulusBytes - ciphertext.length), ciphertext]);
  try {
    return withPadding(key, constants.RSA_NO_PADDING, (raw) => privateDecrypt(raw, padded));
  } catch {
    return null;
  }
}

/** The key in a decrypted block, or `otherwise`, whose length is the expected one; no branch depends on the block. */
function unpadKey(block: Buffer, transport: KeyTransport, otherwise: Buffer): Buffer {
  const keyStart = block.length - otherwise.length;
  switch (transport.scheme) {
    case 'rsa-pkcs1':
      if (keyStart < PADDING_BYTES_MIN + 3) return otherwise; // The modulus is too small: visible to everybody.
      return select(pkcs1Fits(block, keyStart), block.subarray(keyStart), otherwise);
    case 'rsa-oaep': {
      const hashBytes = HASH_BYTES[transport.hash];
      if (keyStart < 2 * hashBytes + 2) return otherwise;
      const open = unmask(block, hashBytes, transport.mgfHash);
      const labelHash = createHash(transport.hash)
        .update(transport.label ?? new Uint8Array(0))
        .digest();
      return select(oaepFits(open, keyStart, labelHash), open.subarray(keyStart), otherwise);
    }
  }
}

/** 1 when value is 0, else 0; for 0 ≤ value < 2^31. */
const isZero = (value: number): number => ((value - 1) >>> 31) & 1;

/** RFC 8017 §7.2.2: 00 02, octets that are not zero, 00, key. */
function pkcs1Fits(block: Buffer, keyStart: number): number {
  let zeros = 0;
  for (let i = 2; i < keyStart - 1; i++) zeros |= isZero(block[i] as number);
  const wrong = (block[0] as number) | ((block[1] as number) ^ 2) | (block[keyStart - 1] as number) | zeros;
  return isZero(wrong);
}

/** RFC 8017 §7.1.2 step 3g: 00 (unmasked seed) label hash, zeros, 01, key. */
function oaepFits(open: Buffer, keyStart: number, labelHash: Buffer): number {
  let wrong = open[0] as number;
  const labelStart = 1 + labelHash.length;
  for (let i = 0; i < labelHash.length; i++)
    wrong |= (open[labelStart + i] as number) ^ (labelHash[i] as number);
  for (let i = labelStart + labelHash.length; i < keyStart - 1; i++) wrong |= open[i] as number;
  return isZero(wrong | ((open[keyStart - 1] as number) ^ 1));
}

/** The block with seed and data unmasked, in place (RFC 8017 §7.1.2 steps 3b–3f). */
function unmask(block: Buffer, hashBytes: number, mgfHash: HashName): Buffer {
  const seed = block.subarray(1, 1 + hashBytes);
  const data = block.subarray(1 + hashBytes);
  maskWith(seed, data, mgfHash);
  maskWith(data, seed, mgfHash);
  return block;
}

/** XORs MGF1 of `from` into `target` (RFC 8017 §B.2.1). */
function maskWith(target: Buffer, from: Buffer, hash: HashName): void {
  const counter = Buffer.alloc(4);
  const hashBytes = HASH_BYTES[hash];
  for (let start = 0; start < target.length; start += hashBytes) {
    counter.writeUInt32BE(start / hashBytes);
    const mask = createHash(hash).update(from).update(counter).digest();
    const end = Math.min(start + hashBytes, target.length);
    for (let i = start; i < end; i++) target[i] = (target[i] as number) ^ (mask[i - start] as number);
  }
}

function select(fits: number, key: Buffer, otherwise: Buffer): Buffer {
  const mask = -fits & 0xff;
  const chosen = Buffer.alloc(otherwise.length);
  for (let i = 0; i < chosen.length; i++) {
    chosen[i] = ((key[i] as number) & mask) | ((otherwise[i] as number) & ~mask & 0xff);
  }
  return chosen;
}
