/**
 * Header blocks: raw fields with their offsets, read; new fields, written.
 *
 * Reading never changes a byte and never fails on odd lines: what is not a field is listed as malformed.
 * RFC 5322 §2.2 and §3.6.8 (with white space before the colon, §4.5), RFC 6532.
 */

import { encodeWords } from '#domain/mime/encoded-word.ts';
import { bufferOver, fieldText, isAscii, latin1Text, utf8Bytes } from '#domain/mime/text.ts';

/** Postfix cuts at 100 KiB, Exchange refuses at 256 KiB; long `To` and `Received` lists stay far below. */
export const HEADER_BYTES_MAX = 262_144;
/** The longest real headers (lists, many hops, ARC sets) have about 200 fields. */
export const HEADER_FIELDS_MAX = 1_000;

/** One field. `start` and `end` are offsets in the mail; `end` is behind the line end of its last line. */
export class HeaderField {
  readonly start: number;
  readonly end: number;
  readonly #raw: Uint8Array;
  readonly #colon: number;
  #name: string | null = null;
  #key: string | null = null;
  #value: string | null = null;

  constructor(raw: Uint8Array, colon: number, start: number) {
    this.#raw = raw;
    this.#colon = colon;
    this.start = start;
    this.end = start + raw.length;
  }

  /** The octets as they stand, name, folding and last line end included. */
  get raw(): Uint8Array {
    return this.#raw;
  }

  get name(): string {
    this.#name ??= latin1Text(this.#raw.subarray(0, this.#colon)).trimEnd();
    return this.#name;
  }

  /** The name in lower case, to compare with. */
  get key(): string {
    this.#key ??= this.name.toLowerCase();
    return this.#key;
  }

  /** Unfolded (RFC 5322 §2.2.3: only the line ends vanish), white space at both ends removed, encoded words kept. */
  get value(): string {
    this.#value ??= fieldText(this.#raw.subarray(this.#colon + 1))
      .replace(/\r?\n/g, '')
      .replace(/^[ \t]+|[ \t]+$/g, '');
    return this.#value;
  }
}

export interface Header {
  readonly start: number;
  /** Behind the line end of the last field; the empty line is not in it. */
  readonly end: number;
  readonly fields: readonly HeaderField[];
  /** Lines that are no field and continue none. */
  readonly malformed: readonly { readonly start: number; readonly end: number; readonly raw: Uint8Array }[];
}

/** A block of lines without its empty line; null when it is beyond the limits. `bytes` is kept. */
export function parseHeader(bytes: Uint8Array, start: number): Header | null {
  if (bytes.length > HEADER_BYTES_MAX) return null;
  const buffer = bufferOver(bytes);
  const fields: HeaderField[] = [];
  const malformed: { start: number; end: number; raw: Uint8Array }[] = [];
  let at = 0;
  while (at < buffer.length) {
    let end = endOfLine(buffer, at);
    while (end < buffer.length && isBlank(buffer[end]!)) end = endOfLine(buffer, end);
    const colon = colonOf(buffer, at, end);
    if (colon === -1) malformed.push({ start: start + at, end: start + end, raw: bytes.subarray(at, end) });
    else fields.push(new HeaderField(bytes.subarray(at, end), colon - at, start + at));
    if (fields.length + malformed.length > HEADER_FIELDS_MAX) return null;
    at = end;
  }
  return { start, end: start + bytes.length, fields, malformed };
}

/** All fields of that name (lower case), in order. */
export function fieldsNamed(header: Header, key: string): HeaderField[] {
  return header.fields.filter((field) => field.key === key);
}

/** Value of the first field of that name (lower case); null when there is none. */
export function firstValue(header: Header, key: string): string | null {
  return header.fields.find((field) => field.key === key)?.value ?? null;
}

function endOfLine(buffer: Uint8Array, from: number): number {
  const lf = buffer.indexOf(0x0a, from);
  return lf === -1 ? buffer.length : lf + 1;
}

const isBlank = (octet: number): boolean => octet === 0x20 || octet === 0x09;

/** Position of the colon when a field name (RFC 5322 §3.6.8 `ftext`) stands before it, else -1. */
function colonOf(buffer: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && buffer[at]! > 0x20 && buffer[at]! < 0x7f && buffer[at] !== 0x3a) at += 1;
  if (at === start) return -1;
  while (at < end && isBlank(buffer[at]!)) at += 1; // RFC 5322 §4.5
  return at < end && buffer[at] === 0x3a ? at : -1;
}

/** A field that must not be written; `code` says why. Whoever gives foreign text to a field expects it (threat 31). */
class HeaderFieldRefused extends Error {
  readonly code: 'field-name' | 'line-break' | 'control-character' | 'not-ascii' | 'line-too-long';
  constructor(code: HeaderFieldRefused['code']) {
    super(`header field refused: ${code}`);
    this.name = 'HeaderFieldRefused';
    this.code = code;
  }
}

/** RFC 5322 §2.1.1: should and must, without CRLF. */
const LINE_SHOULD = 78;
const LINE_MUST = 998;

/**
 * A field of free text (Subject, Comments): folded at 78, encoded (RFC 2047) as soon as it is not plain ASCII.
 * Parsed and decoded it is the same text again.
 */
export function textField(name: string, text: string): Uint8Array {
  refuseControls(text);
  const plain =
    isAscii(text) && !text.includes('=?') && text.trim() === text && !/ {2}|[^ ]{900}|\t/.test(text);
  return writeField(name, plain ? text : encodeWords(text));
}

/** A field with a syntax of its own (addresses, parameters): ASCII already, folded at its spaces, else unchanged. */
export function structuredField(name: string, value: string): Uint8Array {
  refuseControls(value);
  if (!isAscii(value)) throw new HeaderFieldRefused('not-ascii');
  return writeField(name, value);
}

/** A field with one canonical address; UTF-8 stays UTF-8 (RFC 6532), for mails that go by SMTPUTF8. */
export function addressField(name: string, address: string): Uint8Array {
  refuseControls(address);
  return writeField(name, `<${address}>`);
}

function refuseControls(text: string): void {
  if (/[\r\n\u2028\u2029\u0085]/.test(text)) throw new HeaderFieldRefused('line-break');
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) throw new HeaderFieldRefused('control-character');
}

function writeField(name: string, value: string): Uint8Array {
  if (!/^[\x21-\x39\x3b-\x7e]{1,100}$/.test(name)) throw new HeaderFieldRefused('field-name');
  const lines: string[] = [];
  let line = `${name}:`;
  // A word keeps the white space before it, so that unfolding gives the value again.
  for (const word of ` ${value}`.match(/[ \t]+[^ \t]*/g)!) {
    if (line.length + word.length > LINE_SHOULD && lines.length + line.length > 0 && word.trim() !== '') {
      if (line.length > name.length + 1 || lines.length > 0) {
        lines.push(line);
        line = word;
        continue;
      }
    }
    line += word;
  }
  lines.push(line);
  if (lines.some((l) => l.length > LINE_MUST)) throw new HeaderFieldRefused('line-too-long');
  return utf8Bytes(`${lines.join('\r\n')}\r\n`);
}
