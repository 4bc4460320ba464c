/**
 * Base64 as a content transfer encoding, as a stream in both directions (RFC 2045 §6.8).
 *
 * Pieces of any size in, pieces of about the same size out; no more is kept than the rest of a line.
 */
import { Buffer } from 'node:buffer';
import { bufferOver } from '#domain/mime/text.ts';

/** RFC 2045 §6.8: 76 characters a line. */
const LINE_OCTETS = 57;
/** Encoded at once: 48 KiB in whole lines, so that one large piece does not become one huge text. */
const RUN_OCTETS = LINE_OCTETS * 862;

/** Lines of 76 characters, each ended by CRLF, the last one too. */
export function* encodeBase64(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for (const piece of pieces) {
    let from = 0;
    if (rest.length > 0) {
      from = Math.min(LINE_OCTETS - rest.length, piece.length);
      rest = Buffer.concat([rest, piece.subarray(0, from)]);
      if (rest.length < LINE_OCTETS) continue;
      yield encodeLines(rest);
    }
    const buffer = bufferOver(piece);
    const whole = from + Math.floor((piece.length - from) / LINE_OCTETS) * LINE_OCTETS;
    for (; from < whole; from = Math.min(from + RUN_OCTETS, whole)) {
      yield encodeLines(buffer.subarray(from, Math.min(from + RUN_OCTETS, whole)));
    }
    rest = Buffer.from(buffer.subarray(whole)); // Copied: a piece is only lent.
  }
  if (rest.length > 0) yield encodeLines(rest);
}

function encodeLines(bytes: Buffer): Buffer {
  const text = Buffer.from(bytes.toString('base64'), 'latin1');
  const out = Buffer.allocUnsafe(text.length + 2 * Math.ceil(text.length / 76));
  let to = 0;
  for (let from = 0; from < text.length; from += 76) {
    to += text.copy(out, to, from, from + 76);
    out[to] = 0x0d;
    out[to + 1] = 0x0a;
    to += 2;
  }
  return out;
}

/** What is no base64 is skipped (RFC 2045 §6.8); padding ends a group, so joined encodings decode one by one. */
export function* decodeBase64(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const slow = new Base64Decoder();
  let rest = Buffer.alloc(0);
  for (const piece of pieces) {
    const buffer: Buffer = rest.length === 0 ? bufferOver(piece) : Buffer.concat([rest, piece]);
    let at = 0;
    while (at < buffer.length) {
      const run = slow.isBetweenGroups ? evenLines(buffer, at) : null;
      const decoded = run === null ? null : nativeDecode(buffer, at, run);
      if (decoded !== null) {
        yield decoded;
        at += run!.sizeBytes;
        continue;
      }
      const lf = buffer.indexOf(0x0a, at);
      // A line that may go on in the next piece waits for it, so that the quick way stays open.
      if (lf === -1 && buffer.length - at < LINE_REST_MAX) break;
      const bytes = slow.decode(buffer.subarray(at, lf === -1 ? buffer.length : lf + 1));
      if (bytes.length > 0) yield bytes;
      at = lf === -1 ? buffer.length : lf + 1;
    }
    rest = Buffer.from(buffer.subarray(at));
  }
  const last = Buffer.concat([slow.decode(rest), slow.finish()]);
  if (last.length > 0) yield last;
}

/** RFC 5321 §4.5.3.1.6: 1,000; what is longer is no line worth waiting for. */
const LINE_REST_MAX = 1_000;

interface Run {
  readonly lines: number;
  readonly characters: number;
  readonly sizeBytes: number;
}

/** As many lines from `at` as have the length of the first one, in whole groups of four and with CRLF. */
function evenLines(buffer: Buffer, at: number): Run | null {
  const lf = buffer.indexOf(0x0a, at);
  const characters = lf - 1 - at;
  if (lf === -1 || characters < 4 || characters % 4 !== 0) return null;
  const stride = characters + 2;
  let lines = 0;
  for (let end = lf; buffer[end] === 0x0a && buffer[end - 1] === 0x0d; end += stride) lines += 1;
  return lines === 0 ? null : { lines, characters, sizeBytes: lines * stride };
}

/** Null unless every character of the run was one of the alphabet: then the lengths fit, and only then. */
function nativeDecode(buffer: Buffer, at: number, run: Run): Buffer | null {
  const decoded = Buffer.from(buffer.toString('latin1', at, at + run.sizeBytes), 'base64');
  return decoded.length === (run.lines * run.characters * 3) / 4 ? decoded : null;
}

/** Value of each character (the URL-safe two included); 64 = skipped, 65 = padding. */
const VALUES = ((): Uint8Array => {
  const values = new Uint8Array(256).fill(64);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  for (let i = 0; i < 64; i += 1) values[alphabet.charCodeAt(i)] = i;
  values[0x2d] = 62;
  values[0x5f] = 63;
  values[0x3d] = 65;
  return values;
})();

/** Character by character, for lines that are not even. */
class Base64Decoder {
  #bits = 0;
  #count = 0; // Characters in the open group of four.

  get isBetweenGroups(): boolean {
    return this.#count === 0;
  }

  decode(piece: Uint8Array): Buffer {
    const out = Buffer.allocUnsafe(Math.ceil((piece.length + 3) / 4) * 3 + 3);
    let n = 0;
    for (let i = 0; i < piece.length; i += 1) {
      const value = VALUES[piece[i]!]!;
      if (value < 64) {
        this.#bits = (this.#bits << 6) | value;
        this.#count += 1;
        if (this.#count < 4) continue;
        out[n] = this.#bits >> 16;
        out[n + 1] = this.#bits >> 8;
        out[n + 2] = this.#bits;
        n += 3;
        this.#count = 0;
        this.#bits = 0;
      } else if (value === 65 && this.#count > 0) n += this.#flush(out, n);
    }
    return out.subarray(0, n);
  }

  finish(): Buffer {
    const out = Buffer.allocUnsafe(2);
    return out.subarray(0, this.#flush(out, 0));
  }

  #flush(out: Buffer, at: number): number {
    const bits = this.#bits;
    const count = this.#count;
    this.#bits = 0;
    this.#count = 0;
    if (count < 2) return 0;
    out[at] = count === 2 ? bits >> 4 : bits >> 10;
    if (count === 3) out[at + 1] = bits >> 2;
    return count - 1;
  }
}
