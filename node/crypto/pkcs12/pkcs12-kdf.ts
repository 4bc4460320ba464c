/**
 * The key derivation of PKCS#12 itself (RFC 7292 appendix B): for its MAC, and for the ciphers of before PBES2.
 */
import { hash } from 'node:crypto';

export type Pkcs12Hash = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** What the derived octets are for (§B.3). */
export const KDF_PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

export interface Pkcs12KdfRequest {
  readonly hash: Pkcs12Hash;
  readonly purpose: (typeof KDF_PURPOSE)[keyof typeof KDF_PURPOSE];
  /** As `bmpPassword` encodes it. */
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly length: number;
}

/** §B.1: UTF-16, big endian, with a terminating zero. */
export function bmpPassword(password: string): Buffer {
  return Buffer.from(`${password}\0`, 'utf16le').swap16();
}

/** §B.2 */
export function pkcs12Kdf(request: Pkcs12KdfRequest): Buffer {
  const { hash: name, purpose, password, salt, iterations, length } = request;
  const blockBytes = name === 'sha384' || name === 'sha512' ? 128 : 64;
  const diversifier = Buffer.alloc(blockBytes, purpose);
  const input = Buffer.concat([repeated(salt, blockBytes), repeated(password, blockBytes)]);
  const made: Buffer[] = [];
  for (let have = 0; have < length; ) {
    let block = hash(name, Buffer.concat([diversifier, input]), 'buffer');
    for (let i = 1; i < iterations; i++) block = hash(name, block, 'buffer');
    made.push(block);
    have += block.length;
    addToEach(input, repeated(block, blockBytes).subarray(0, blockBytes), blockBytes);
  }
  return Buffer.concat(made).subarray(0, length);
}

/** As often as it takes to fill whole blocks; nothing of nothing. */
function repeated(octets: Uint8Array, blockBytes: number): Buffer {
  const length = Math.ceil(octets.length / blockBytes) * blockBytes;
  return octets.length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, octets);
}

/** Each block of the input becomes (block + addend + 1) modulo its size. */
function addToEach(input: Buffer, addend: Uint8Array, blockBytes: number): void {
  for (let start = 0; start < input.length; start += blockBytes) {
    let carry = 1;
    for (let i = blockBytes - 1; i >= 0; i--) {
      const sum = input[start + i]! + addend[i]! + carry;
      input[start + i] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
