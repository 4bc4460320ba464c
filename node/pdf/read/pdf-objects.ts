/**
 * The objects of a PDF that Chromium printed: by a cross-reference table, each object outside of object streams, not
 * encrypted. Any other PDF is refused (SyntaxError): no PDF of a stranger comes here.
 */
import { Buffer } from 'node:buffer';
import type { ForeignValue } from '#node/pdf/foreign-pages.ts';
import { Syntax } from './syntax.ts';

/** A thousand pages with their tags have some hundred thousand. */
const OBJECTS_MAX = 500_000;
const TAIL_CHARS = 2_048;

export interface ReadObject {
  readonly value: ForeignValue;
  readonly stream: Uint8Array | null;
}

export class PdfObjects {
  readonly trailer: ForeignValue;
  readonly #octets: Uint8Array;
  readonly #text: string;
  readonly #offsets = new Map<number, number>();
  readonly #known = new Map<number, ReadObject>();

  constructor(octets: Uint8Array) {
    this.#octets = octets;
    this.#text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
    this.trailer = this.#readTable();
    if (entryOf(this.trailer, 'Encrypt') !== null || entryOf(this.trailer, 'Prev') !== null) {
      throw new SyntaxError('not as Chromium writes');
    }
  }

  object(number: number): ReadObject {
    let object = this.#known.get(number);
    if (object === undefined) {
      object = this.#read(number);
      this.#known.set(number, object);
    }
    return object;
  }

  /** What a value stands for: itself, or the object it refers to. */
  resolved(value: ForeignValue): ForeignValue {
    let now = value;
    for (let steps = 0; now !== null && typeof now === 'object' && 'ref' in now; steps += 1) {
      if (steps > 5) throw new SyntaxError('references in a circle');
      now = this.object(now.ref).value;
    }
    return now;
  }

  entry(value: ForeignValue, key: string): ForeignValue {
    return this.resolved(entryOf(this.resolved(value), key));
  }

  /** §7.5.4 */
  #readTable(): ForeignValue {
    const tail = this.#text.length - Math.min(TAIL_CHARS, this.#text.length);
    const start = this.#text.lastIndexOf('startxref');
    if (start < tail) throw new SyntaxError('no end');
    const syntax = new Syntax(this.#text, start + 'startxref'.length);
    syntax.at = syntax.integer();
    syntax.expect('xref');
    for (;;) {
      const word = syntax.word();
      if (word === 'trailer') return syntax.value();
      const first = Number(word);
      const count = syntax.integer();
      if (!/^\d{1,9}$/.test(word) || first + count > OBJECTS_MAX) throw new SyntaxError('too many objects');
      for (let i = 0; i < count; i += 1) {
        const offset = syntax.integer();
        syntax.integer();
        if (syntax.word() === 'n') this.#offsets.set(first + i, offset);
      }
    }
  }

  #read(number: number): ReadObject {
    const offset = this.#offsets.get(number);
    if (offset === undefined) return { value: null, stream: null }; // §7.3.10: as if it were null.
    const syntax = new Syntax(this.#text, offset);
    if (syntax.integer() !== number) throw new SyntaxError('another object');
    syntax.integer();
    syntax.expect('obj');
    const value = syntax.value();
    if (syntax.word() !== 'stream') return { value, stream: null };
    if (this.#text[syntax.at] === '\r') syntax.at += 1;
    if (this.#text[syntax.at] === '\n') syntax.at += 1;
    const length = numberOf(this.resolved(entryOf(value, 'Length')));
    const end = syntax.at + length;
    if (!Number.isSafeInteger(length) || length < 0 || end > this.#octets.length) {
      throw new SyntaxError('a stream without its length');
    }
    return { value, stream: this.#octets.subarray(syntax.at, end) };
  }
}

/** Null where there is none. */
export function entryOf(value: ForeignValue, key: string): ForeignValue {
  if (value === null || typeof value !== 'object' || !('entries' in value)) return null;
  return value.entries.find(([name]) => name === key)?.[1] ?? null;
}

export function numberOf(value: ForeignValue): number {
  if (value === null || typeof value !== 'object' || !('numeral' in value))
    throw new SyntaxError('no number');
  return Number(value.numeral);
}

export function nameOf(value: ForeignValue): string {
  return value !== null && typeof value === 'object' && 'name' in value ? value.name : '';
}

export function listOf(value: ForeignValue): readonly ForeignValue[] {
  if (value === null) return [];
  return typeof value === 'object' && 'list' in value ? value.list : [value];
}
