/**
 * Version 2 encrypted data (SEIPDv2, RFC 9580 §5.13.2) by OpenSSL's OCB and GCM: a hundred times the speed of the
 * library's OCB in JavaScript, which needs half a minute for 50 MB.
 *
 * Chunks of plaintext, each with a tag under its index, then a tag over the total length: no octet is returned before
 * all of them are authentic, so a cut-off or reordered message is found.
 */
import {
  type CipherGCMTypes,
  type CipherOCBTypes,
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { enums } from 'openpgp';

const VERSION = 2;
const SALT_BYTES = 32;
const TAG_BYTES = 16;
const HEAD_BYTES = 4; // version, cipher, mode, chunk size
const CHUNK_OCTET = 12; // 256 KiB; all programs take up to 4 MiB (§5.13.2).
const CHUNK_OCTET_MAX = 16;

interface Mode {
  readonly name: 'ocb' | 'gcm';
  readonly nonceBytes: number;
}

/** EAX is not in OpenSSL; the library does it. */
const MODES: Readonly<Record<number, Mode>> = {
  [enums.aead.ocb]: { name: 'ocb', nonceBytes: 15 },
  [enums.aead.gcm]: { name: 'gcm', nonceBytes: 12 },
};

const KEY_BITS: Readonly<Record<number, 128 | 192 | 256>> = {
  [enums.symmetric.aes128]: 128,
  [enums.symmetric.aes192]: 192,
  [enums.symmetric.aes256]: 256,
};

export const hasNativeAead = (cipher: number, aead: number): boolean => cipher in KEY_BITS && aead in MODES;

interface Stream {
  readonly cipher: CipherOCBTypes | CipherGCMTypes;
  readonly key: Buffer;
  /** Of chunk `index`, the octets counted so far for the last one. */
  nonce(index: number): Buffer;
  readonly info: Buffer;
}

/** §5.13.2: message key and initialization vector from the session key and the packet's salt. */
function streamOf(head: Uint8Array, salt: Uint8Array, sessionKey: Uint8Array): Stream {
  const bits = KEY_BITS[head[1] as number];
  const mode = MODES[head[2] as number];
  if (!bits || !mode || sessionKey.length !== bits / 8)
    throw new Error('session key does not fit the cipher');
  const info = Buffer.concat([Buffer.from([0xc0 | enums.packet.symEncryptedIntegrityProtectedData]), head]);
  const ivBytes = mode.nonceBytes - 8;
  const derived = Buffer.from(hkdfSync('sha256', sessionKey, salt, info, bits / 8 + ivBytes));
  return {
    cipher: `aes-${bits}-${mode.name}`,
    key: derived.subarray(0, bits / 8),
    nonce(index) {
      const nonce = Buffer.alloc(mode.nonceBytes);
      derived.copy(nonce, 0, bits / 8);
      nonce.writeBigUInt64BE(BigInt(index), ivBytes);
      return nonce;
    },
    info,
  };
}

/** Additional data of the last tag: the total of plaintext octets too. */
function lastInfo({ info }: Stream, plainBytes: number): Buffer {
  const total = Buffer.alloc(8);
  total.writeBigUInt64BE(BigInt(plainBytes));
  return Buffer.concat([info, total]);
}

/** Body of the packet, in pieces. */
export function encryptAead(
  plain: Uint8Array,
  cipher: number,
  aead: number,
  sessionKey: Uint8Array,
): Buffer[] {
  const head = Buffer.from([VERSION, cipher, aead, CHUNK_OCTET]);
  const salt = randomBytes(SALT_BYTES);
  const stream = streamOf(head, salt, sessionKey);
  const pieces: Buffer[] = [head, salt];
  const seal = (index: number, chunk: Uint8Array, info: Buffer): void => {
    const options = { authTagLength: TAG_BYTES };
    const sealing = createCipheriv(stream.cipher as 'aes-256-ocb', stream.key, stream.nonce(index), options);
    sealing.setAAD(info, { plaintextLength: chunk.length });
    pieces.push(sealing.update(chunk), sealing.final(), sealing.getAuthTag());
  };
  const chunkBytes = 2 ** (CHUNK_OCTET + 6);
  let index = 0;
  for (let at = 0; at < plain.length; at += chunkBytes) {
    seal(index, plain.subarray(at, at + chunkBytes), stream.info);
    index += 1;
  }
  seal(index, new Uint8Array(0), lastInfo(stream, plain.length));
  return pieces;
}

/** Throws on anything that is not authentic or not as the packet says. */
export function decryptAead(body: Uint8Array, sessionKey: Uint8Array): Buffer {
  const head = body.subarray(0, HEAD_BYTES);
  const chunkOctet = head[3] as number;
  const dataAt = HEAD_BYTES + SALT_BYTES;
  if (head[0] !== VERSION || chunkOctet > CHUNK_OCTET_MAX || body.length < dataAt + TAG_BYTES) {
    throw new Error('malformed encrypted data');
  }
  const stream = streamOf(head, body.subarray(HEAD_BYTES, dataAt), sessionKey);
  const open = (index: number, sealed: Uint8Array, info: Buffer): Buffer => {
    const split = sealed.length - TAG_BYTES;
    if (split < 0) throw new Error('chunk cut off');
    const options = { authTagLength: TAG_BYTES };
    const opening = createDecipheriv(
      stream.cipher as 'aes-256-ocb',
      stream.key,
      stream.nonce(index),
      options,
    );
    opening.setAAD(info, { plaintextLength: split }).setAuthTag(sealed.subarray(split));
    return Buffer.concat([opening.update(sealed.subarray(0, split)), opening.final()]);
  };
  const end = body.length - TAG_BYTES;
  const sealedBytes = 2 ** (chunkOctet + 6) + TAG_BYTES;
  const chunks: Buffer[] = [];
  for (let at = dataAt; at < end; at += sealedBytes) {
    chunks.push(open(chunks.length, body.subarray(at, Math.min(at + sealedBytes, end)), stream.info));
  }
  const plain = Buffer.concat(chunks);
  open(chunks.length, body.subarray(end), lastInfo(stream, plain.length));
  return plain;
}
