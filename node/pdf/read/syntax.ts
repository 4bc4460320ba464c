/**
 * Values of a PDF file as they are written (ISO 32000-2 §7.3), one character an octet.
 *
 * Errors: SyntaxError at whatever is not well-formed; nothing is repaired.
 */
import { Buffer } from 'node:buffer';
import { type ForeignValue, NUMERAL } from '#node/pdf/foreign-pages.ts';

/** The deepest real value is a font's widths, four deep. */
const DEPTH_MAX = 40;
const SPACE = /[\0\t\n\f\r ]/;
const ENDS_TOKEN = /[\0\t\n\f\r ()<>[\]{}/%]/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

export class Syntax {
  readonly text: string;
  at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  value(depth = 0): ForeignValue {
    if (depth > DEPTH_MAX) throw new SyntaxError('nested too deep');
    this.space();
    const next = this.text[this.at];
    if (next === '/') return { name: this.#name() };
    if (next === '(') return { text: this.#literal() };
    if (next === '[') return this.#list(depth);
    if (next === '<') return this.text[this.at + 1] === '<' ? this.#dictionary(depth) : { text: this.#hex() };
    const word = this.word();
    if (word === 'null') return null;
    if (word === 'true' || word === 'false') return word === 'true';
    if (!NUMERAL.test(word)) throw new SyntaxError('no value');
    return this.#reference(word) ?? { numeral: word };
  }

  /** Up to the next delimiter; empty before one. */
  word(): string {
    this.space();
    const from = this.at;
    while (this.at < this.text.length && !ENDS_TOKEN.test(this.text[this.at]!)) this.at += 1;
    return this.text.slice(from, this.at);
  }

  expect(word: string): void {
    if (this.word() !== word) throw new SyntaxError(`no ${word}`);
  }

  integer(): number {
    const word = this.word();
    if (!/^\d{1,12}$/.test(word)) throw new SyntaxError('no integer');
    return Number(word);
  }

  space(): void {
    for (;;) {
      const next = this.text[this.at];
      if (next === undefined) return;
      if (next === '%') {
        while (this.at < this.text.length && !/[\r\n]/.test(this.text[this.at]!)) this.at += 1;
      } else if (SPACE.test(next)) this.at += 1;
      else return;
    }
  }

  /** `12 0 R`, where the first number is read already. */
  #reference(first: string): { ref: number } | null {
    const match = /^\d+$/.test(first) ? /[\0\t\n\f\r ]+0[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>[\]{}/%])/y : null;
    if (match === null) return null;
    match.lastIndex = this.at;
    if (!match.test(this.text)) return null;
    this.at = match.lastIndex;
    return { ref: Number(first) };
  }

  #name(): string {
    this.at += 1;
    const from = this.at;
    while (this.at < this.text.length && !ENDS_TOKEN.test(this.text[this.at]!)) this.at += 1;
    const octets = this.text
      .slice(from, this.at)
      .replace(/#([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(octets, 'latin1').toString('utf8');
  }

  #list(depth: number): ForeignValue {
    this.at += 1;
    const list: ForeignValue[] = [];
    for (;;) {
      this.space();
      if (this.text[this.at] === ']') break;
      list.push(this.value(depth + 1));
    }
    this.at += 1;
    return { list };
  }

  #dictionary(depth: number): ForeignValue {
    this.at += 2;
    const entries: [string, ForeignValue][] = [];
    for (;;) {
      this.space();
      if (this.text.startsWith('>>', this.at)) break;
      if (this.text[this.at] !== '/') throw new SyntaxError('no key');
      const key = this.#name();
      entries.push([key, this.value(depth + 1)]);
    }
    this.at += 2;
    return { entries };
  }

  #hex(): Buffer {
    const end = this.text.indexOf('>', this.at);
    if (end < 0) throw new SyntaxError('a text without end');
    const digits = this.text.slice(this.at + 1, end).replace(/[\0\t\n\f\r ]/g, '');
    if (!/^[0-9a-f]*$/i.test(digits)) throw new SyntaxError('no hexadecimal text');
    this.at = end + 1;
    return Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, 'hex');
  }

  /** §7.3.4.2 */
  #literal(): Buffer {
    let out = '';
    let open = 0;
    for (this.at += 1; this.at < this.text.length; this.at += 1) {
      const c = this.text[this.at]!;
      if (c === '\\') out += this.#escaped();
      else if (c === ')' && open === 0) {
        this.at += 1;
        return Buffer.from(out, 'latin1');
      } else {
        if (c === '(') open += 1;
        if (c === ')') open -= 1;
        out += c;
      }
    }
    throw new SyntaxError('a text without end');
  }

  /** Behind a backslash; stays on the last character that belongs to it. */
  #escaped(): string {
    const octal = /[0-7]{1,3}/y;
    octal.lastIndex = this.at + 1;
    const digits = octal.exec(this.text)?.[0];
    if (digits !== undefined) {
      this.at += digits.length;
      return String.fromCharCode(Number.parseInt(digits, 8) & 0xff);
    }
    this.at += 1;
    const c = this.text[this.at] ?? '';
    if (c === '\r' && this.text[this.at + 1] === '\n') this.at += 1;
    return c === '\r' || c === '\n' ? '' : (ESCAPES[c] ?? c);
  }
}
