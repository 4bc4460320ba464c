/**
 * Sealed files: how a mail lies on disk, readable by nobody but the process that holds the opening key.
 *
 * Layout: magic `SGF1` | box length u16 | box | chunks. The box is the file key sealed to an X25519 public key
 * (sealed-box.ts). The plaintext is `u32 headerLength | header JSON | mail`; it is cut into chunks of CHUNK_BYTES,
 * each AES-256-GCM with nonce = 7 zero octets | u32 index | last flag (the STREAM construction, so truncation,
 * reordering and extension are found). Fixed chunk sizes allow reading any range without the rest.
 *
 * Errors: `SealedFileError` on anything that does not authenticate; never partial plaintext of a chunk.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Octets } from '#domain/mail/octets.ts';
import { BOX_OVERHEAD_BYTES, sealToPublicKey } from './sealed-box.ts';
import { leftBehind } from './young-garbage.ts';

const MAGIC = Buffer.from('SGF1');
export const CHUNK_BYTES = 64 * 1024; // One GCM call per 64 KiB costs 0.03 % tags and keeps a range read small.
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Where the chunks begin in a file that a `Sealer` makes: behind magic, length and box. */
const BOX_END = 6 + BOX_OVERHEAD_BYTES + KEY_BYTES;
/** Small files are multiples of a block: one fits over another without a change of its size (spare-files.ts). */
export const FILE_STEP_BYTES = 4096;

export class SealedFileError extends Error {
  readonly code = 'sealed-file-damaged';
}

function nonceOf(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/**
 * Turns plaintext pieces into the octets of a sealed file.
 *
 * `begin(header)`, `push`, `end`; or all of a small mail by `whole`; or, when the header is known only after the mail (its size is in it): `beginLate`,
 * `push`, `end`, and at last `front(header)`, whose octets stand before all others.
 */
export class Sealer {
  readonly #key = randomBytes(KEY_BYTES);
  readonly #recipient: Uint8Array;
  #index = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #lateChunks = 0;

  /** `recipientPublicKey`: raw X25519, 32 octets. */
  constructor(recipientPublicKey: Uint8Array) {
    this.#recipient = recipientPublicKey;
  }

  begin(header: unknown): Buffer[] {
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(json.length);
    return [...this.#box(), ...this.push(length), ...this.push(json)];
  }

  /** The file at once, a multiple of FILE_STEP_BYTES long: white space behind the header's JSON makes it so. */
  whole(header: unknown, pieces: readonly Uint8Array[]): Buffer[] {
    const json = Buffer.from(JSON.stringify(header));
    const mailBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const front = Buffer.alloc(steppedBytes(4 + json.length + mailBytes) - mailBytes, ' ');
    front.writeUInt32BE(front.length - 4);
    json.copy(front, 4);
    const out = [...this.#box(), ...this.push(front)];
    for (const piece of pieces) out.push(...this.push(piece));
    out.push(...this.end());
    return out;
  }

  /**
   * The header fills whole chunks (white space behind its JSON), so that the mail begins with a chunk of its own.
   * Returns where in the file the octets of the first `push` belong.
   */
  beginLate(headerBytesMax: number): number {
    this.#lateChunks = Math.ceil((4 + headerBytesMax) / CHUNK_BYTES);
    this.#index = this.#lateChunks;
    return BOX_END + this.#lateChunks * (CHUNK_BYTES + TAG_BYTES);
  }

  /** After `end`, once. Throws when the header is longer than `beginLate` was told. */
  front(header: unknown): Buffer[] {
    const json = Buffer.from(JSON.stringify(header));
    const plain = Buffer.alloc(this.#lateChunks * CHUNK_BYTES, ' ');
    if (json.length > plain.length - 4) throw new RangeError(`header of ${json.length} octets`);
    plain.writeUInt32BE(plain.length - 4);
    json.copy(plain, 4);
    const out = this.#box();
    this.#index = 0;
    for (let at = 0; at < plain.length; at += CHUNK_BYTES) {
      out.push(...this.#chunk(plain.subarray(at, at + CHUNK_BYTES), false));
    }
    this.#lateChunks = 0; // A second call would use the same nonces for another text: it gets no chunk at all.
    return out;
  }

  #box(): Buffer[] {
    const box = sealToPublicKey(this.#recipient, this.#key);
    const head = Buffer.alloc(6);
    MAGIC.copy(head);
    head.writeUInt16BE(box.length, 4);
    return [head, box];
  }

  /** `bytes` must not be modified afterwards. Returns whole chunks that became ready. */
  push(bytes: Uint8Array): Buffer[] {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes <= CHUNK_BYTES) return []; // The last chunk must stay open: only `end` knows it is the last.
    const all = Buffer.concat(this.#pending);
    const out: Buffer[] = [];
    let at = 0;
    while (all.length - at > CHUNK_BYTES) {
      out.push(...this.#chunk(all.subarray(at, at + CHUNK_BYTES), false));
      at += CHUNK_BYTES;
      leftBehind(CHUNK_BYTES);
    }
    this.#pending = [all.subarray(at)];
    this.#pendingBytes = all.length - at;
    return out;
  }

  end(): Buffer[] {
    const last = this.#chunk(Buffer.concat(this.#pending), true);
    this.#pending = [];
    return last;
  }

  #chunk(plain: Uint8Array, last: boolean): Buffer[] {
    const cipher = createCipheriv('aes-256-gcm', createSecretKey(this.#key), nonceOf(this.#index++, last));
    const sealed = cipher.update(plain);
    cipher.final(); // GCM holds nothing back.
    return [sealed, cipher.getAuthTag()];
  }
}

/** The next length of plaintext whose file is a multiple of FILE_STEP_BYTES. */
function steppedBytes(plainBytes: number): number {
  let stepped = plainBytes;
  for (;;) {
    const over = (BOX_END + stepped + Math.ceil(stepped / CHUNK_BYTES) * TAG_BYTES) % FILE_STEP_BYTES;
    if (over === 0) return stepped;
    stepped += FILE_STEP_BYTES - over;
  }
}

/** An open sealed file. `close` when done; its Octets are unusable afterwards. */
export interface OpenedFile<H> {
  readonly header: H;
  readonly octets: Octets;
  close(): void;
}

/** The box in front of a sealed file, to be opened by whoever holds the private key. */
function readBox(path: string): { fd: number; box: Buffer } {
  const fd = openSync(path, 'r');
  const head = Buffer.alloc(6);
  if (readSync(fd, head, 0, 6, 0) !== 6 || !head.subarray(0, 4).equals(MAGIC)) {
    closeSync(fd);
    throw new SealedFileError('not a sealed file');
  }
  const box = Buffer.alloc(head.readUInt16BE(4));
  if (readSync(fd, box, 0, box.length, 6) !== box.length) {
    closeSync(fd);
    throw new SealedFileError('sealed file cut off');
  }
  return { fd, box };
}

/** Opens a file whose key `openBox` recovers from its box. The header is read and checked at once. */
export async function openSealedFile<H>(
  path: string,
  openBox: (box: Uint8Array) => Promise<Uint8Array>,
): Promise<OpenedFile<H>> {
  const { fd, box } = readBox(path);
  try {
    const reader = new ChunkReader(fd, 6 + box.length, await openBox(box));
    const lengthBytes = reader.range(0, 4);
    const headerLength = Buffer.from(lengthBytes).readUInt32BE(0);
    if (headerLength > reader.plainBytes - 4) throw new SealedFileError('header longer than file');
    const header = JSON.parse(Buffer.from(reader.range(4, 4 + headerLength)).toString('utf8')) as H;
    return { header, octets: mailOctets(reader, 4 + headerLength), close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function mailOctets(reader: ChunkReader, base: number): Octets {
  const sizeBytes = reader.plainBytes - base;
  const within = (start: number, end: number): void => {
    if (start < 0 || end > sizeBytes || start > end) throw new RangeError(`octets [${start}, ${end})`);
  };
  return {
    sizeBytes,
    slice(start, end) {
      within(start, end);
      return reader.range(base + start, base + end);
    },
    chunks(start = 0, end = sizeBytes) {
      within(start, end);
      return reader.pieces(base + start, base + end);
    },
  };
}

class ChunkReader {
  readonly plainBytes: number;
  readonly #fd: number;
  readonly #start: number;
  readonly #key: Uint8Array;
  readonly #chunkCount: number;
  readonly #sealedBytes: number;
  /** Read into again and again: a large mail would leave its size in garbage. */
  #sealed: Buffer | null = null;
  #cachedIndex = -1;
  #cached: Buffer = Buffer.alloc(0);

  constructor(fd: number, start: number, key: Uint8Array) {
    this.#fd = fd;
    this.#start = start;
    this.#key = key;
    this.#sealedBytes = fstatSync(fd).size - start;
    this.#chunkCount = Math.max(1, Math.ceil(this.#sealedBytes / (CHUNK_BYTES + TAG_BYTES)));
    this.plainBytes = this.#sealedBytes - this.#chunkCount * TAG_BYTES;
    const lastChunkBytes = this.#sealedBytes - (this.#chunkCount - 1) * (CHUNK_BYTES + TAG_BYTES);
    if (this.plainBytes < 4 || lastChunkBytes < TAG_BYTES) throw new SealedFileError('sealed file cut off');
    this.#chunk(this.#chunkCount - 1); // Finds a cut-off tail before anything is read.
  }

  #chunk(index: number): Buffer {
    if (index === this.#cachedIndex) return this.#cached;
    const at = index * (CHUNK_BYTES + TAG_BYTES);
    const length = Math.min(CHUNK_BYTES + TAG_BYTES, this.#sealedBytes - at);
    this.#sealed ??= Buffer.allocUnsafe(Math.min(CHUNK_BYTES + TAG_BYTES, this.#sealedBytes));
    const sealed = this.#sealed.subarray(0, length);
    if (readSync(this.#fd, sealed, 0, sealed.length, this.#start + at) !== sealed.length) {
      throw new SealedFileError('sealed file cut off');
    }
    const split = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(
      'aes-256-gcm',
      createSecretKey(this.#key),
      nonceOf(index, index === this.#chunkCount - 1),
      { authTagLength: TAG_BYTES }, // Without it Node takes a tag cut to four octets.
    );
    decipher.setAuthTag(sealed.subarray(split));
    const plain = decipher.update(sealed.subarray(0, split));
    try {
      decipher.final();
    } catch {
      throw new SealedFileError(`chunk ${index} does not authenticate`);
    }
    if (plain.length === CHUNK_BYTES) leftBehind(CHUNK_BYTES);
    this.#cachedIndex = index;
    this.#cached = plain;
    return plain;
  }

  range(start: number, end: number): Uint8Array {
    const pieces = [...this.pieces(start, end)];
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  }

  *pieces(start: number, end: number): Iterable<Uint8Array> {
    let at = start;
    while (at < end) {
      const index = Math.floor(at / CHUNK_BYTES);
      const base = index * CHUNK_BYTES;
      const piece = this.#chunk(index).subarray(at - base, Math.min(end - base, CHUNK_BYTES));
      if (piece.length === 0) throw new SealedFileError('sealed file cut off');
      yield piece;
      at += piece.length;
    }
  }
}
