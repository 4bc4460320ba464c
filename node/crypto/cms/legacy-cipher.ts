/**
 * RC2, RC4 and DES, to read old mail by an explicit switch only; Node's OpenSSL has none of them without its legacy
 * provider. RC2 by node-forge; RC4 is a dozen lines; DES is triple DES with one key three times.
 */
import { createDecipheriv } from 'node:crypto';
import type { WeakCipher } from '#domain/policy/rule-book.ts';
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { readBer } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { rc2Library } from '#node/crypto/rc2-library.ts';

/** The part of node:crypto's deciphers that is used. `final` throws for wrong padding. */
export interface Decipher {
  update(piece: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

interface LegacyCipher {
  readonly text: string;
  readonly weakCipher: WeakCipher;
  readonly keyBytes: number;
  readonly decipher: (key: Uint8Array) => Decipher;
}

const DES_BLOCK_BYTES = 8;
const RC2_BLOCK_BYTES = 8;
/** S/MIME never defined another one; the identifier does not carry the length. */
const RC4_KEY_BYTES = 16;
/** RFC 3370 §5.2: rc2ParameterVersion to effective key bits. */
const RC2_BITS: Readonly<Record<number, number>> = { 160: 40, 120: 64, 58: 128 };
/** RFC 2268 §6: without a version the effective key has 32 bits. */
const RC2_BITS_DEFAULT = 32;

/** Null for what is none of the three. Throws Asn1Error for parameters that do not fit. */
export function legacyCipherOf({ oid, parameters }: AlgorithmIdentifier): LegacyCipher | null {
  switch (oid) {
    case OID.desCbc: {
      const iv = initialisation(parameters === null ? null : readBer(parameters).octets());
      const decipher = (key: Uint8Array) =>
        createDecipheriv('des-ede3-cbc', Buffer.concat([key, key, key]), iv);
      return { text: 'DES', weakCipher: 'des', keyBytes: DES_BLOCK_BYTES, decipher };
    }
    case OID.rc2Cbc:
      return rc2(parameters);
    case OID.rc4:
      return { text: 'RC4', weakCipher: 'rc4', keyBytes: RC4_KEY_BYTES, decipher: rc4 };
    default:
      return null;
  }
}

function initialisation(iv: Uint8Array | null): Uint8Array {
  if (iv === null || iv.length !== DES_BLOCK_BYTES) {
    throw new Asn1Error('malformed', 'initialisation vector of another length');
  }
  return iv;
}

function rc2(parameters: Uint8Array | null): LegacyCipher {
  const element = parameters === null ? null : readBer(parameters);
  const isBare = element !== null && element.tag === TAG.octetString;
  const fields = element === null || isBare ? null : element.children();
  const version = fields?.peek === TAG.integer ? fields.number() : null;
  const bits = version === null ? RC2_BITS_DEFAULT : RC2_BITS[version];
  if (bits === undefined) throw new Asn1Error('unsupported', 'RC2 with another key size');
  const iv = initialisation(isBare ? element.octets() : (fields?.octets() ?? null));
  const decipher = (key: Uint8Array) => rc2Decipher(key, bits, iv);
  return { text: `RC2-${bits}`, weakCipher: 'rc2', keyBytes: bits / 8, decipher };
}

/** node-forge removes padding only when all output was kept; so the last block is held back and unpadded here. */
function rc2Decipher(key: Uint8Array, bits: number, iv: Uint8Array): Decipher {
  const forge = rc2Library();
  const cipher = forge.rc2.createDecryptionCipher(binary(key), bits);
  cipher.start(binary(iv), undefined as never);
  let held: Buffer = Buffer.alloc(0);
  let size = 0;
  return {
    update: (piece) => {
      size += piece.length;
      cipher.update(forge.util.createBuffer(binary(piece)));
      const open = Buffer.concat([held, Buffer.from(cipher.output.getBytes(), 'latin1')]);
      const released = Math.max(0, open.length - RC2_BLOCK_BYTES);
      held = open.subarray(released);
      return open.subarray(0, released);
    },
    final: () => {
      const padding = held.at(-1) ?? 0;
      const isRight = padding >= 1 && padding <= RC2_BLOCK_BYTES && held.length === RC2_BLOCK_BYTES;
      const end = held.length - padding;
      if (!isRight || size % RC2_BLOCK_BYTES !== 0 || held.subarray(end).some((byte) => byte !== padding)) {
        throw new Error('wrong padding');
      }
      return held.subarray(0, end);
    },
  };
}

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function rc4(key: Uint8Array): Decipher {
  const state = Uint8Array.from({ length: 256 }, (_, i) => i);
  const swap = (a: number, b: number) => {
    const kept = state[a] as number;
    state[a] = state[b] as number;
    state[b] = kept;
  };
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + (state[i] as number) + (key[i % key.length] as number)) & 0xff;
    swap(i, j);
  }
  let i = 0;
  let j = 0;
  const update = (piece: Uint8Array) =>
    piece.map((byte) => {
      i = (i + 1) & 0xff;
      j = (j + (state[i] as number)) & 0xff;
      swap(i, j);
      return byte ^ (state[((state[i] as number) + (state[j] as number)) & 0xff] as number);
    });
  return { update, final: () => new Uint8Array(0) };
}
