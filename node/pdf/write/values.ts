/**
 * Values of a PDF and how they are written (ISO 32000-2 §7.3).
 *
 * A JavaScript string is a text string: what the reader shows or compares. Names and references are their own types,
 * so that text of a mail can never be written as something that a PDF reader obeys.
 */
import { Buffer } from 'node:buffer';

export type PdfValue =
  | number
  | boolean
  | null
  | string
  | Uint8Array
  | PdfName
  | PdfNumeral
  | PdfRef
  | readonly PdfValue[]
  | PdfDictionary;

/** Keys are names; an entry that is undefined is not there. */
export interface PdfDictionary {
  readonly [key: string]: PdfValue | undefined;
}

export class PdfName {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A number exactly as another program wrote it: a matrix of a font is finer than a hundredth. */
export class PdfNumeral {
  readonly digits: string;
  constructor(digits: string) {
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(digits)) throw new RangeError('not a number of a PDF');
    this.digits = digits;
  }
}

/** An indirect object; the generation is always 0. */
export class PdfRef {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

export const name = (text: string): PdfName => new PdfName(text);

/** The value in PDF syntax, one character an octet. */
export function written(value: PdfValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return writtenNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writtenText(value);
  if (value instanceof PdfName) return writtenName(value.text);
  if (value instanceof PdfNumeral) return value.digits;
  if (value instanceof PdfRef) return `${value.number} 0 R`;
  if (value instanceof Uint8Array) return `<${Buffer.from(value).toString('hex')}>`;
  if (isList(value)) return `[${value.map(written).join(' ')}]`;
  let out = '<<';
  for (const [key, entry] of Object.entries(value)) {
    if (entry !== undefined) out += `${writtenName(key)} ${written(entry)}`;
  }
  return `${out}>>`;
}

const isList = (value: PdfValue): value is readonly PdfValue[] => Array.isArray(value);

/** A hundredth of a point is finer than any printer; exponents are not allowed. */
export function writtenNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (!Number.isFinite(value)) throw new RangeError('a number of a PDF is finite');
  const hundredths = Math.round(value * 100);
  const whole = Math.trunc(hundredths / 100);
  const rest = Math.abs(hundredths % 100);
  if (rest === 0) return String(whole);
  const sign = hundredths < 0 && whole === 0 ? '-' : '';
  return `${sign}${whole}.${rest < 10 ? '0' : ''}${rest}`;
}

/** §7.9.2.2: ASCII as it is, all else as UTF-16. */
function writtenText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `(${text.replace(/[\\()]/g, '\\$&')})`;
  return `<feff${Buffer.from(text.toWellFormed(), 'utf16le').swap16().toString('hex')}>`;
}

/** §7.3.5: what is not a regular character is written by its number. */
function writtenName(text: string): string {
  const octets = Buffer.from(text, 'utf8').toString('latin1');
  return `/${octets.replace(/[^\w.+*:@$!?=;,&|~^'"-]/g, (c) => `#${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}`;
}
