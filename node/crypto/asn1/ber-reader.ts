/**
 * BER reader over one array, strict about bounds: a cursor walks over elements, an element knows its own range.
 *
 * Reads definite and indefinite lengths and constructed strings (X.690 §8), which real mail contains. Nothing is copied
 * but constructed strings. Depth is limited, and no step costs more than the octets it covers times that depth.
 * Everything here throws Asn1Error on bad input, and nothing else.
 */
import { Asn1Error } from './asn1-error.ts';
import { bitsOf, integerOf, numberOf, textOf, timeOf } from './ber-values.ts';
import { decodedOid } from './oid.ts';
import { CONSTRUCTED, contextTag, TAG } from './tags.ts';

/** Certificates and CMS need about 12 levels; constructed strings some more. */
const DEPTH_MAX = 32;

/** No element is larger than what offsets can count safely. */
const LENGTH_BYTES_MAX = 6;

export interface BitString {
  readonly unusedBits: number;
  readonly bytes: Uint8Array;
}

/** One element: identifier, length and content as offsets into the array it was read from. */
export class BerElement {
  readonly bytes: Uint8Array;
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly end: number;
  readonly depth: number;

  constructor(
    bytes: Uint8Array,
    start: number,
    range: { contentStart: number; contentEnd: number; end: number },
    depth: number,
  ) {
    this.bytes = bytes;
    this.tag = bytes[start] as number;
    this.start = start;
    this.contentStart = range.contentStart;
    this.contentEnd = range.contentEnd;
    this.end = range.end;
    this.depth = depth;
  }

  /** The whole element, header included; aliases the array. */
  get raw(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  get content(): Uint8Array {
    return this.bytes.subarray(this.contentStart, this.contentEnd);
  }

  get constructed(): boolean {
    return (this.tag & CONSTRUCTED) !== 0;
  }

  /** True for [number] of the context-specific class, primitive or constructed. */
  isContext(number: number): boolean {
    return (this.tag | CONSTRUCTED) === contextTag(number, true);
  }

  /** A cursor over the elements inside. */
  children(): BerCursor {
    if (!this.constructed) throw new Asn1Error('malformed', 'element has no parts');
    return new BerCursor(this.bytes, this.contentStart, this.contentEnd, this.depth + 1);
  }

  /** Content as an OCTET STRING of whatever tag (IMPLICIT), segments of a constructed one joined. */
  octets(): Uint8Array {
    if (!this.constructed) return this.content;
    const segments: Uint8Array[] = [];
    const inside = this.children();
    while (!inside.atEnd) segments.push(inside.next(TAG.octetString).octets());
    return Buffer.concat(segments);
  }

  bits(): BitString {
    if (this.constructed) throw new Asn1Error('unsupported', 'constructed BIT STRING');
    return bitsOf(this.content);
  }

  oid(): string {
    return decodedOid(this.primitive());
  }

  /** INTEGER of any size. */
  integer(): bigint {
    return integerOf(this.primitive());
  }

  /** INTEGER or ENUMERATED that must fit a safe number. */
  number(): number {
    return numberOf(this.primitive());
  }

  boolean(): boolean {
    const content = this.primitive();
    if (content.length !== 1) throw new Asn1Error('malformed', 'BOOLEAN is one octet');
    return content[0] !== 0;
  }

  /** UTCTime or GeneralizedTime in milliseconds since 1970. */
  time(): number {
    return timeOf(this.tag, this.primitive());
  }

  /** A character string of any of the usual types. Not cleaned: control characters stay. */
  text(tag: number = this.tag & ~CONSTRUCTED): string {
    return textOf(tag, this.octets());
  }

  private primitive(): Uint8Array {
    if (this.constructed) throw new Asn1Error('malformed', 'a primitive value is constructed');
    return this.content;
  }
}

/** Walks over the elements of a range. */
export class BerCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly depth: number;
  position: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length, depth = 0) {
    if (depth > DEPTH_MAX) throw new Asn1Error('too-deep', `more than ${DEPTH_MAX} levels`);
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.depth = depth;
  }

  get atEnd(): boolean {
    return this.position >= this.end;
  }

  /** The next identifier octet; null at the end. */
  get peek(): number | null {
    return this.atEnd ? null : (this.bytes[this.position] as number);
  }

  /** The next element; with `tag`, it must have it (a string may be constructed). */
  next(tag?: number): BerElement {
    const found = this.peek;
    if (found === null) throw new Asn1Error('truncated', 'an element is missing');
    if (tag !== undefined && found !== tag && !(isString(tag) && found === (tag | CONSTRUCTED))) {
      throw new Asn1Error('malformed', `expected tag 0x${tag.toString(16)}, found 0x${found.toString(16)}`);
    }
    const range = rangeAt(this.bytes, this.position, this.end);
    const element = new BerElement(this.bytes, this.position, range, this.depth);
    this.position = range.end;
    return element;
  }

  /** The next element if it has this tag (or its constructed form), else null. */
  optional(tag: number): BerElement | null {
    const found = this.peek;
    return found === tag || (found !== null && isString(tag) && found === (tag | CONSTRUCTED))
      ? this.next()
      : null;
  }

  /** The next element if it is [number] of the context-specific class, else null. */
  optionalContext(number: number): BerElement | null {
    const found = this.peek;
    return found !== null && (found | CONSTRUCTED) === contextTag(number, true) ? this.next() : null;
  }

  sequence(): BerCursor {
    return this.next(TAG.sequence).children();
  }

  set(): BerCursor {
    return this.next(TAG.set).children();
  }

  oid(): string {
    return this.next(TAG.oid).oid();
  }

  integer(): bigint {
    return this.next(TAG.integer).integer();
  }

  number(): number {
    return this.next(TAG.integer).number();
  }

  octets(): Uint8Array {
    return this.next(TAG.octetString).octets();
  }

  bits(): BitString {
    return this.next(TAG.bitString).bits();
  }

  /** Nothing may follow. */
  finish(): void {
    if (!this.atEnd) throw new Asn1Error('malformed', 'octets after the last element');
  }
}

/** The one element that the array consists of. */
export function readBer(bytes: Uint8Array, tag?: number): BerElement {
  const cursor = new BerCursor(bytes);
  const element = cursor.next(tag);
  cursor.finish();
  return element;
}

function isString(tag: number): boolean {
  return tag === TAG.octetString || tag === TAG.bitString || (tag >= TAG.utf8String && tag <= TAG.bmpString);
}

function rangeAt(bytes: Uint8Array, start: number, end: number) {
  const { contentStart, length } = headerAt(bytes, start, end);
  if (length !== null) {
    const contentEnd = contentStart + length;
    return { contentStart, contentEnd, end: contentEnd };
  }
  const contentEnd = endOfIndefinite(bytes, contentStart, end);
  return { contentStart, contentEnd, end: contentEnd + 2 };
}

/** X.690 §8.1.2, §8.1.3. `length` is null for the indefinite form; otherwise the content fits before `end`. */
function headerAt(bytes: Uint8Array, start: number, end: number) {
  if (start + 2 > end) throw new Asn1Error('truncated', 'the header of an element is cut off');
  const tag = bytes[start] as number;
  if ((tag & 0x1f) === 0x1f) throw new Asn1Error('unsupported', 'tag number above 30');
  if (tag === 0) throw new Asn1Error('malformed', 'end-of-contents where an element should be');
  const first = bytes[start + 1] as number;
  if (first === 0x80) {
    if ((tag & CONSTRUCTED) === 0) throw new Asn1Error('malformed', 'indefinite length of a primitive value');
    return { contentStart: start + 2, length: null };
  }
  let contentStart = start + 2;
  let length = first;
  if (first > 0x80) {
    const lengthBytes = first & 0x7f;
    contentStart += lengthBytes;
    if (contentStart > end) throw new Asn1Error('truncated', 'the length of an element is cut off');
    length = lengthOf(bytes, start + 2, contentStart);
  }
  if (length > end - contentStart)
    throw new Asn1Error('truncated', 'an element reaches beyond its container');
  return { contentStart, length };
}

function lengthOf(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let i = start; i < end; i++) {
    if (end - i > LENGTH_BYTES_MAX && bytes[i] !== 0)
      throw new Asn1Error('too-large', 'length of an element');
    length = length * 256 + (bytes[i] as number);
  }
  return length;
}

/** Offset of the end-of-contents octets that close an indefinite length; a loop, so that nesting costs no stack. */
function endOfIndefinite(bytes: Uint8Array, contentStart: number, end: number): number {
  let position = contentStart;
  let open = 1;
  for (;;) {
    if (position + 2 > end) throw new Asn1Error('truncated', 'end-of-contents is missing');
    if (bytes[position] === 0 && bytes[position + 1] === 0) {
      open -= 1;
      if (open === 0) return position;
      position += 2;
      continue;
    }
    const { contentStart: inside, length } = headerAt(bytes, position, end);
    if (length !== null) {
      position = inside + length;
      continue;
    }
    open += 1;
    if (open > DEPTH_MAX) throw new Asn1Error('too-deep', `more than ${DEPTH_MAX} levels`);
    position = inside;
  }
}
