/**
 * A window that slides over octets once: what has been read is dropped, what is needed next is appended.
 */
import { Buffer } from 'node:buffer';
import type { Octets } from '#domain/mail/octets.ts';
import { bufferOver } from '#domain/mime/text.ts';

export class ByteWindow {
  /** The bytes now visible. */
  bytes: Buffer = Buffer.alloc(0);
  /** Offset in the octets of `bytes[0]`. */
  start = 0;
  readonly #pieces: Iterator<Uint8Array>;

  constructor(octets: Octets) {
    this.#pieces = octets.chunks()[Symbol.iterator]();
  }

  /** Offset behind the last visible byte. */
  get end(): number {
    return this.start + this.bytes.length;
  }

  /** Forgets what stands before `keepFrom` and shows more; false when there is no more. */
  more(keepFrom: number): boolean {
    // Copied before the next piece is asked for: a piece is only lent until then.
    const kept = Buffer.from(this.bytes.subarray(Math.max(0, keepFrom - this.start)));
    this.start = this.end - kept.length;
    const next = this.#pieces.next();
    if (next.done === true) this.bytes = kept;
    else this.bytes = kept.length === 0 ? bufferOver(next.value) : Buffer.concat([kept, next.value]);
    return next.done !== true;
  }

  /** A copy of [from, to), which must be visible. */
  copy(from: number, to: number): Uint8Array {
    return Uint8Array.from(this.bytes.subarray(from - this.start, to - this.start));
  }

  /** Lets the source go before its end. */
  close(): void {
    this.#pieces.return?.();
  }
}
