/**
 * Session key out of a raw RSA block of a PKESK packet, without a data-dependent branch until one answer stands.
 *
 * The block is `00 02 | at least 8 non-zero octets | 00 | [cipher] | key | checksum` (RFC 9580 §12.1.1, §5.1.6). The
 * key's length is not known before, so each possible layout is checked over the whole block, always all of them.
 */

interface UnpaddedSessionKey {
  /** OpenPGP's number of the cipher; null where the packet has none (PKESK version 6). */
  readonly cipher: number | null;
  readonly key: Buffer;
}

const PADDING_MIN = 8;
const KEY_BYTES = [32, 24, 16] as const; // AES-256 and Twofish; AES-192 and 3DES; AES-128, CAST5 and Blowfish

/** RFC 9580 §9.3: ciphers by the length of their keys. IDEA is not supported. */
const CIPHERS: Readonly<Record<(typeof KEY_BYTES)[number], readonly number[]>> = {
  32: [9, 10],
  24: [8, 2],
  16: [7, 3, 4],
};

const zeroMask = (value: number): number => ((value - 1) >>> 31) & 1; // 1 when value is 0, for 0 ≤ value < 2^31

export function unpadSessionKey(block: Uint8Array, withoutCipher: boolean): UnpaddedSessionKey | null {
  let found: UnpaddedSessionKey | null = null;
  for (const keyBytes of KEY_BYTES) {
    const head = withoutCipher ? 0 : 1;
    const start = block.length - head - keyBytes - 2;
    if (start < 3 + PADDING_MIN) continue; // The modulus is too small: public knowledge.
    const ok =
      paddingFits(block, start) &
      cipherFits(block, start, keyBytes, head) &
      checksumFits(block, start + head);
    const key = Buffer.from(block.subarray(start + head, start + head + keyBytes));
    const cipher = head === 1 ? (block[start] as number) : null;
    found = ok === 1 ? { cipher, key } : found;
  }
  return found;
}

/** 1 when everything before `start` is padding. */
function paddingFits(block: Uint8Array, start: number): number {
  let zeros = 0;
  for (let i = 2; i < start - 1; i++) zeros |= zeroMask(block[i] as number);
  const first = zeroMask(block[0] as number) & zeroMask((block[1] as number) ^ 2);
  return first & zeroMask(block[start - 1] as number) & zeroMask(zeros);
}

function cipherFits(
  block: Uint8Array,
  start: number,
  keyBytes: (typeof KEY_BYTES)[number],
  head: number,
): number {
  if (head === 0) return 1;
  let known = 0;
  for (const cipher of CIPHERS[keyBytes]) known |= zeroMask((block[start] as number) ^ cipher);
  return known;
}

/** RFC 9580 §5.1.6: the sum of the key's octets modulo 65536, in the two octets after it. */
function checksumFits(block: Uint8Array, keyStart: number): number {
  const sumAt = block.length - 2;
  let sum = 0;
  for (let i = keyStart; i < sumAt; i++) sum = (sum + (block[i] as number)) & 0xffff;
  const given = ((block[sumAt] as number) << 8) | (block[sumAt + 1] as number);
  return zeroMask(sum ^ given);
}
