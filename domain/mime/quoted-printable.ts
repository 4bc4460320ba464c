/**
 * Quoted-printable as a stream in both directions (RFC 2045 §6.7).
 *
 * The encoder takes text with CRLF line ends: these stay line ends, every other CR or LF is encoded. No line it writes
 * begins with `From `, `.` or `--`, so neither a relay (RFC 8551 §3.1.3) nor a boundary can meet it.
 * The decoder never fails: what is no encoding stands for itself.
 */
import { Buffer } from 'node:buffer';

/** RFC 2045 §6.7 (5): 76 characters a line, one of them the soft break's `=`. */
const LINE_CHARACTERS = 75;

const CR = 0x0d;
const LF = 0x0a;
const EQUALS = 0x3d;
const isSpace = (octet: number): boolean => octet === 0x20 || octet === 0x09;

const HEX_DIGITS = Buffer.from('0123456789ABCDEF');

export function* encodeQuotedPrintable(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const encoder = new Encoder();
  for (const piece of pieces) {
    const bytes = encoder.encode(piece);
    if (bytes.length > 0) yield bytes;
  }
  const last = encoder.finish();
  if (last.length > 0) yield last;
}

class Encoder {
  #out = Buffer.alloc(0);
  #n = 0;
  #column = 0;
  #space = 0; // A space or tab whose fate depends on what follows; 0 = none.
  #cr = false;

  encode(piece: Uint8Array): Buffer {
    // Three characters an octet, a soft break of three in 25 octets, and what was waiting.
    this.#out = Buffer.allocUnsafe(piece.length * 3 + Math.ceil(piece.length / 8) + 32);
    this.#n = 0;
    for (let i = 0; i < piece.length; i += 1) this.#take(piece[i]!);
    return this.#out.subarray(0, this.#n);
  }

  finish(): Buffer {
    this.#out = Buffer.allocUnsafe(32);
    this.#n = 0;
    this.#flushSpace(this.#cr ? 'literal' : 'encoded');
    if (this.#cr) this.#encoded(CR);
    return this.#out.subarray(0, this.#n);
  }

  #take(octet: number): void {
    if (this.#cr) {
      this.#cr = false;
      if (octet === LF) {
        this.#flushSpace('encoded'); // RFC 2045 §6.7 (3): never white space at the end of a line.
        this.#out[this.#n] = CR;
        this.#out[this.#n + 1] = LF;
        this.#n += 2;
        this.#column = 0;
        return;
      }
      this.#flushSpace('literal');
      this.#encoded(CR);
    }
    if (octet === CR) {
      this.#cr = true;
      return;
    }
    this.#flushSpace('literal');
    if (isSpace(octet)) this.#space = octet;
    else if (octet < 0x21 || octet > 0x7e || octet === EQUALS) this.#encoded(octet);
    else this.#literal(octet);
  }

  #flushSpace(how: 'literal' | 'encoded'): void {
    if (this.#space === 0) return;
    const space = this.#space;
    this.#space = 0;
    if (how === 'literal') this.#literal(space);
    else this.#encoded(space);
  }

  #literal(octet: number): void {
    if (this.#column >= LINE_CHARACTERS) this.#softBreak();
    // `F`, `.`, `-` at the start of a line: see the head of this file.
    if (this.#column === 0 && (octet === 0x46 || octet === 0x2e || octet === 0x2d)) {
      this.#encoded(octet);
      return;
    }
    this.#out[this.#n] = octet;
    this.#n += 1;
    this.#column += 1;
  }

  #encoded(octet: number): void {
    if (this.#column + 3 > LINE_CHARACTERS) this.#softBreak();
    this.#out[this.#n] = EQUALS;
    this.#out[this.#n + 1] = HEX_DIGITS[octet >> 4]!;
    this.#out[this.#n + 2] = HEX_DIGITS[octet & 15]!;
    this.#n += 3;
    this.#column += 3;
  }

  #softBreak(): void {
    this.#out[this.#n] = EQUALS;
    this.#out[this.#n + 1] = CR;
    this.#out[this.#n + 2] = LF;
    this.#n += 3;
    this.#column = 0;
  }
}

export function* decodeQuotedPrintable(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const decoder = new Decoder();
  for (const piece of pieces) {
    const bytes = decoder.decode(piece);
    if (bytes.length > 0) yield bytes;
  }
  const last = decoder.finish();
  if (last.length > 0) yield last;
}

/** White space before a line end is deleted (RFC 2045 §6.7 (3)); more than this in a row is content. */
const SPACES_KEPT_MAX = 1_000;

class Decoder {
  #out = Buffer.alloc(0);
  #n = 0;
  #spaces: number[] = [];
  /** Where in `=XX` or in a soft break: behind `=`, behind its first digit, behind white space or CR. */
  #state: 'text' | 'equals' | 'digit' | 'break' = 'text';
  #digit = 0;

  decode(piece: Uint8Array): Buffer {
    this.#out = Buffer.allocUnsafe(piece.length + this.#spaces.length + 4);
    this.#n = 0;
    for (let i = 0; i < piece.length; i += 1) {
      if (this.#state === 'text' && this.#spaces.length === 0) {
        const end = endOfPlainRun(piece, i);
        this.#out.set(piece.subarray(i, end), this.#n);
        this.#n += end - i;
        i = end;
        if (i === piece.length) break;
      }
      const octet = piece[i]!;
      if (this.#state === 'text') this.#takeText(octet);
      else this.#takeEscape(octet);
    }
    return this.#out.subarray(0, this.#n);
  }

  finish(): Buffer {
    this.#out = Buffer.allocUnsafe(4);
    this.#n = 0;
    if (this.#state === 'digit') {
      this.#put(EQUALS);
      this.#put(this.#digit);
    }
    return this.#out.subarray(0, this.#n); // A lone `=` and white space at the end vanish.
  }

  #takeText(octet: number): void {
    if (isSpace(octet) && this.#spaces.length < SPACES_KEPT_MAX) {
      this.#spaces.push(octet);
      return;
    }
    if (this.#spaces.length > 0) {
      if (octet !== CR && octet !== LF) for (const space of this.#spaces) this.#put(space);
      this.#spaces.length = 0;
    }
    if (octet === EQUALS) this.#state = 'equals';
    else this.#put(octet);
  }

  #takeEscape(octet: number): void {
    if (this.#state === 'equals' && hexValue(octet) !== -1) {
      this.#state = 'digit';
      this.#digit = octet;
      return;
    }
    if (this.#state === 'digit') {
      this.#state = 'text';
      if (hexValue(octet) !== -1) {
        this.#put((hexValue(this.#digit) << 4) | hexValue(octet));
        return;
      }
      this.#put(EQUALS);
      this.#put(this.#digit);
    } else if (octet === LF) {
      this.#state = 'text';
      this.#spaces.length = 0;
      return;
    } else if ((octet === CR || isSpace(octet)) && this.#spaces.length < SPACES_KEPT_MAX) {
      this.#state = 'break';
      this.#spaces.push(octet);
      return;
    } else {
      this.#state = 'text';
      this.#put(EQUALS); // No soft break after all: what followed it is text.
    }
    this.#takeText(octet);
  }

  #put(octet: number): void {
    this.#out[this.#n] = octet;
    this.#n += 1;
  }
}

/** Where text that stands for itself ends: before `=`, a line end, or white space that may belong to one. */
function endOfPlainRun(piece: Uint8Array, start: number): number {
  const stop = Math.min(piece.length, start + SPACES_KEPT_MAX); // So that the walk back is paid for by progress.
  let end = start;
  while (end < stop) {
    const octet = piece[end]!;
    if (octet === EQUALS || octet === CR || octet === LF) break;
    end += 1;
  }
  while (end > start && isSpace(piece[end - 1]!)) end -= 1;
  return end;
}

function hexValue(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
