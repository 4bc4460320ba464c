/**
 * Fields with parameters: Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183), with RFC 2231.
 *
 * Reading is tolerant, since senders are not strict; what was odd is flagged. Of a parameter given twice the first counts.
 */
import { Buffer } from 'node:buffer';
import { decodeCharset } from '#domain/mime/encoded-word.ts';
import { isAscii } from '#domain/mime/text.ts';

export interface Parameterised {
  /** What stands before the first `;`, in lower case, without comments. */
  readonly value: string;
  /** Names in lower case; RFC 2231 continuations joined and decoded. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly malformed: boolean;
}

/** Real fields have at most about ten, or thirty pieces of one long file name. */
const PARAMETERS_MAX = 100;

export function parseParameterised(text: string): Parameterised {
  const parts = splitParts(text);
  let malformed = parts.malformed || parts.list.length > PARAMETERS_MAX + 1;
  const plain = new Map<string, string>();
  const pieces = new Map<string, Map<number, { text: string; extended: boolean }>>();
  for (const part of parts.list.slice(1, PARAMETERS_MAX + 1)) {
    const equals = part.indexOf('=');
    if (equals === -1) {
      malformed ||= part.trim() !== '';
      continue;
    }
    const name = part.slice(0, equals).trim().toLowerCase();
    const value = unquote(part.slice(equals + 1).trim());
    // RFC 2231 §3 and §4: `name*`, `name*0`, `name*0*`
    const match = /^([^*\s]+)\*(?:(\d{1,3})(\*)?)?$/.exec(name);
    if (match === null) {
      if (plain.has(name)) malformed = true;
      else plain.set(name, value);
      continue;
    }
    const base = match[1]!;
    const index = match[2] === undefined ? 0 : Number(match[2]);
    const list = pieces.get(base) ?? new Map<number, { text: string; extended: boolean }>();
    pieces.set(base, list);
    if (list.has(index)) malformed = true;
    else list.set(index, { text: value, extended: match[2] === undefined || match[3] !== undefined });
  }
  const parameters = new Map(plain);
  for (const [name, list] of pieces) {
    const joined = joinPieces(list);
    if (joined === null) malformed = true;
    else parameters.set(name, joined); // The extended form is preferred (RFC 6266 §4.3).
  }
  return { value: parts.list[0]!.trim().toLowerCase(), parameters, malformed };
}

/** RFC 2231 §4.1: the charset stands in the first piece; the octets of all are decoded together. */
function joinPieces(list: ReadonlyMap<number, { text: string; extended: boolean }>): string | null {
  const first = list.get(0);
  if (first === undefined) return null;
  let charset = 'utf-8';
  const bytes: Buffer[] = [];
  for (let i = 0; i < list.size; i += 1) {
    const piece = list.get(i);
    if (piece === undefined) return null;
    let text = piece.text;
    if (i === 0 && piece.extended) {
      const quotes = /^([^']*)'[^']*'/.exec(text);
      if (quotes !== null) {
        if (quotes[1] !== '') charset = quotes[1]!;
        text = text.slice(quotes[0].length);
      }
    }
    bytes.push(piece.extended ? percentDecode(text) : Buffer.from(text, 'utf8'));
  }
  const all = Buffer.concat(bytes);
  return decodeCharset(charset, all) ?? all.toString('latin1');
}

function percentDecode(text: string): Buffer {
  const source = Buffer.from(text, 'utf8');
  const out = Buffer.alloc(source.length);
  let n = 0;
  for (let i = 0; i < source.length; i += 1) {
    const hex = source[i] === 0x25 ? source.toString('latin1', i + 1, i + 3) : '';
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      out[n++] = Number.parseInt(hex, 16);
      i += 2;
    } else out[n++] = source[i]!;
  }
  return out.subarray(0, n);
}

/** Splits at `;` outside quotes and comments; comments are dropped, quotes kept. */
function splitParts(text: string): { list: string[]; malformed: boolean } {
  if (!/["(]/.test(text)) return { list: text.split(';'), malformed: false };
  const list: string[] = [];
  let current = '';
  let malformed = false;
  let inValue = false; // In an unquoted value a parenthesis is a character of it.
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i]!;
    if (c === '=') inValue = true;
    else if (c === ';' || (/\s/.test(c) && text[i - 1] !== '=')) inValue = false;
    if (c === ';') {
      list.push(current);
      current = '';
    } else if (c === '"') {
      const end = endOfQuoted(text, i);
      malformed ||= end === text.length;
      current += text.slice(i, end + 1);
      i = end;
    } else if (c === '(' && !inValue) {
      const end = endOfComment(text, i);
      malformed ||= end === text.length;
      i = end;
    } else current += c;
  }
  list.push(current);
  return { list, malformed };
}

function endOfQuoted(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '"') return i;
  }
  return text.length;
}

function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '(') depth += 1;
    else if (text[i] === ')') {
      depth -= 1;
      if (depth === 0) return i;
    }
  }
  return text.length;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  const end = endOfQuoted(text, 0);
  return text.slice(1, end).replace(/\\(.)/g, '$1');
}

/** `name=value` for a new field: quoted where needed, RFC 2231 for what is not ASCII. No CR or LF (the field refuses). */
export function formatParameter(name: string, value: string): string {
  if (/^[\w!#$%&'*+.^`{|}~-]+$/.test(value)) return `${name}=${value}`;
  if (isAscii(value)) return `${name}="${value.replace(/["\\]/g, '\\$&')}"`;
  let encoded = '';
  for (const octet of Buffer.from(value.toWellFormed(), 'utf8')) {
    const c = String.fromCharCode(octet);
    encoded += /[\w.-]/.test(c) ? c : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (encoded.length <= 60) return `${name}*=UTF-8''${encoded}`;
  // RFC 2231 §4.1: pieces, so that a line stays short; never cut inside `%XX`.
  const pieces = encoded.match(/(?:%[0-9A-F]{2}|[^%]){1,20}/g)!;
  return pieces.map((piece, i) => `${name}*${i}*=${i === 0 ? "UTF-8''" : ''}${piece}`).join('; ');
}

/** A whole value for a new field from what was read, however odd: always ASCII, without controls, of bounded length. */
export function formatParameterised(value: string, parameters: Iterable<readonly [string, string]>): string {
  const token = (text: string): string =>
    text.replace(/[^\w!#$&'*+.^`{|}~/-]/g, '_').slice(0, TOKEN_CHARACTERS_MAX);
  const plain = (text: string): string =>
    text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]/g, ' ').slice(0, VALUE_CHARACTERS_MAX);
  const list = Array.from(parameters, ([name, text]) => formatParameter(token(name), plain(text)));
  return [token(value), ...list].join('; ');
}

/** Real names of types have up to 80 characters. */
const TOKEN_CHARACTERS_MAX = 100;
/** A line has 998; each character may need a backslash. File names have at most 255. */
const VALUE_CHARACTERS_MAX = 400;
