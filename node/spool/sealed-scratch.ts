/**
 * A scratch for plaintext: small ones in memory, large ones in a file that nobody can read and that has no name.
 *
 * The file is unlinked as soon as it is open, so a crash leaves nothing; its octets are AES-256-CTR under a key that
 * only this object has. CTR without a tag: whoever can write to an unlinked file of this process is this process.
 * Synchronous, for the worker threads of the mail line. Closed by `close`, or with the object.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Octets, octetsOf } from '#domain/mail/octets.ts';

const MEMORY_BYTES_MAX = 1024 * 1024; // Most mails; eight of them at once are nothing.
const READ_BYTES = 64 * 1024;
const BLOCK_BYTES = 16;

export interface SealedScratch {
  write(piece: Uint8Array): void;
  /** What was written; nothing may be written afterwards. */
  octets(): Octets;
  close(): void;
}

/** Closes the file that neither a scratch nor its octets nor a reader of them holds any more. */
const forgotten = new FinalizationRegistry<number>((fd) => closeSync(fd));

/** `folder` is made when the first large scratch needs it. */
export function sealedScratch(folder: string): SealedScratch {
  let pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  let file: ScratchFile | null = null;
  return {
    write(piece) {
      sizeBytes += piece.length;
      if (file) {
        file.append(piece);
        return;
      }
      pieces.push(Uint8Array.prototype.slice.call(piece));
      if (sizeBytes <= MEMORY_BYTES_MAX) return;
      file = new ScratchFile(folder);
      for (const kept of pieces) file.append(kept);
      pieces = [];
    },
    octets() {
      return file ? file.octets(sizeBytes) : octetsOf(Buffer.concat(pieces));
    },
    close() {
      pieces = [];
      if (file) {
        forgotten.unregister(file);
        closeSync(file.fd);
      }
      file = null;
    },
  };
}

class ScratchFile {
  readonly fd: number;
  readonly #key = randomBytes(32);
  readonly #writer = createCipheriv('aes-256-ctr', this.#key, Buffer.alloc(BLOCK_BYTES));

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, randomBytes(16).toString('hex'));
    this.fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    forgotten.register(this, this.fd, this);
  }

  append(piece: Uint8Array): void {
    let sealed = this.#writer.update(piece);
    while (sealed.length > 0) sealed = sealed.subarray(writeSync(this.fd, sealed));
  }

  octets(sizeBytes: number): Octets {
    const pieces = (start: number, end: number): Iterable<Uint8Array> => this.#pieces(start, end);
    return {
      sizeBytes,
      slice: (start, end) => Buffer.concat([...pieces(start, end)]),
      chunks: (start = 0, end = sizeBytes) => pieces(start, end),
    };
  }

  /** Reading may begin anywhere: the counter is the number of the block. */
  *#pieces(start: number, end: number): Iterable<Uint8Array> {
    const counter = Buffer.alloc(BLOCK_BYTES);
    const firstBlock = Math.floor(start / BLOCK_BYTES);
    counter.writeBigUInt64BE(BigInt(firstBlock), 8);
    const reader = createDecipheriv('aes-256-ctr', this.#key, counter);
    let at = firstBlock * BLOCK_BYTES;
    let skip = start - at;
    while (at < end) {
      const sealed = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at));
      const got = readSync(this.fd, sealed, 0, sealed.length, at);
      if (got === 0) throw new Error('scratch file cut off');
      const plain = reader.update(sealed.subarray(0, got));
      at += got;
      yield skip > 0 ? plain.subarray(skip) : plain;
      skip = 0;
    }
  }
}
