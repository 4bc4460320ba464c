/**
 * DER writer (X.690 §10, §11): values are described as a tree of known sizes and copied once, into one array.
 *
 * A `Der` is either octets taken as they are (an encoded element, or content inside `tlv`) or a node. Sizes are known
 * when a node is made, so a header can be written before its content is there (`headerOf`): large content streams.
 */
import { encodedOid } from './oid.ts';
import { CONSTRUCTED, contextTag, TAG } from './tags.ts';

export interface DerNode {
  readonly tag: number;
  readonly contentBytes: number;
  readonly sizeBytes: number;
  readonly parts: readonly Der[];
}

export type Der = Uint8Array | DerNode;

/** UTCTime reaches from 1950 to 2049 (RFC 5280 §4.1.2.5). */
const UTC_TIME_FROM_YEAR = 1950;
const UTC_TIME_TO_YEAR = 2049;

export function sizeOf(der: Der): number {
  return der instanceof Uint8Array ? der.length : der.sizeBytes;
}

/** An element of any tag around its content. */
export function tlv(tag: number, ...parts: readonly Der[]): DerNode {
  let contentBytes = 0;
  for (const part of parts) contentBytes += sizeOf(part);
  return { tag, contentBytes, sizeBytes: headerBytes(contentBytes) + contentBytes, parts };
}

export const sequence = (...parts: readonly Der[]): DerNode => tlv(TAG.sequence, ...parts);

/** SET of distinct types, in the order given. */
export const set = (...parts: readonly Der[]): DerNode => tlv(TAG.set, ...parts);

/** SET OF: the elements' encodings in ascending order (X.690 §11.6). */
export function setOf(elements: readonly Der[], tag: number = TAG.set): DerNode {
  return tlv(tag, ...elements.map(encodeDer).sort(Buffer.compare));
}

export const explicit = (number: number, der: Der): DerNode => tlv(contextTag(number, true), der);

/** The node under another tag: [number] IMPLICIT; a constructed node stays constructed. */
export function implicit(number: number, node: DerNode): DerNode {
  return { ...node, tag: contextTag(number, (node.tag & CONSTRUCTED) !== 0) };
}

/** An object identifier given as dotted text. */
export const oid = (dotted: string): DerNode => tlv(TAG.oid, encodedOid(dotted));

export const nothing = (): DerNode => tlv(TAG.null);

export const boolean = (value: boolean): DerNode => tlv(TAG.boolean, Uint8Array.of(value ? 0xff : 0));

/** INTEGER from a number, a bigint, or unsigned big-endian octets. */
export function integer(value: number | bigint | Uint8Array): DerNode {
  if (value instanceof Uint8Array) return tlv(TAG.integer, unsignedContent(value));
  if (typeof value === 'number' && value >= 0 && value < 0x80) return tlv(TAG.integer, Uint8Array.of(value));
  return tlv(TAG.integer, signedContent(BigInt(value)));
}

export const enumerated = (value: number): DerNode => tlv(TAG.enumerated, signedContent(BigInt(value)));

export const octetString = (...parts: readonly Der[]): DerNode => tlv(TAG.octetString, ...parts);

export const bitString = (bytes: Uint8Array, unusedBits = 0): DerNode =>
  tlv(TAG.bitString, Uint8Array.of(unusedBits), bytes);

/** BIT STRING with named bits: trailing zero bits are dropped (X.690 §11.2.2). Bit 0 is the first. */
export function namedBits(...bits: readonly number[]): DerNode {
  if (bits.length === 0) return bitString(new Uint8Array(0));
  const highest = Math.max(...bits);
  const bytes = new Uint8Array((highest >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] as number) | (0x80 >> (bit & 7));
  return bitString(bytes, 7 - (highest & 7));
}

export const utf8String = (text: string): DerNode => tlv(TAG.utf8String, Buffer.from(text, 'utf8'));

export const printableString = (text: string): DerNode =>
  tlv(TAG.printableString, Buffer.from(text, 'latin1'));

export const ia5String = (text: string): DerNode => tlv(TAG.ia5String, Buffer.from(text, 'latin1'));

/** Time as RFC 5280 and RFC 5652 want it: UTCTime from 1950 to 2049, GeneralizedTime otherwise, whole seconds, `Z`. */
export function time(atMs: number): DerNode {
  const year = new Date(atMs).getUTCFullYear();
  if (year < UTC_TIME_FROM_YEAR || year > UTC_TIME_TO_YEAR) return generalizedTime(atMs);
  return tlv(TAG.utcTime, Buffer.from(timeDigits(atMs).slice(2), 'latin1'));
}

export const generalizedTime = (atMs: number): DerNode =>
  tlv(TAG.generalizedTime, Buffer.from(timeDigits(atMs), 'latin1'));

/** Identifier and length octets of an element whose content follows separately. */
export function headerOf(tag: number, contentBytes: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytes(contentBytes));
  writeHeader(header, 0, tag, contentBytes);
  return header;
}

export function encodeDer(der: Der): Buffer {
  if (der instanceof Uint8Array) return Buffer.from(der.buffer, der.byteOffset, der.length);
  const target = Buffer.allocUnsafe(der.sizeBytes);
  writeDer(der, target, 0);
  return target;
}

/** Writes at `offset`; returns the offset after it. */
function writeDer(der: Der, target: Uint8Array, offset: number): number {
  if (der instanceof Uint8Array) {
    target.set(der, offset);
    return offset + der.length;
  }
  let position = writeHeader(target, offset, der.tag, der.contentBytes);
  for (const part of der.parts) position = writeDer(part, target, position);
  return position;
}

/** Octets of the identifier and the length before content of this size. */
function headerBytes(contentBytes: number): number {
  let size = 2;
  if (contentBytes >= 0x80) for (let rest = contentBytes; rest > 0; rest = Math.floor(rest / 256)) size += 1;
  return size;
}

function writeHeader(target: Uint8Array, offset: number, tag: number, contentBytes: number): number {
  target[offset] = tag;
  if (contentBytes < 0x80) {
    target[offset + 1] = contentBytes;
    return offset + 2;
  }
  const lengthBytes = headerBytes(contentBytes) - 2;
  target[offset + 1] = 0x80 | lengthBytes;
  let rest = contentBytes;
  for (let i = lengthBytes; i > 0; i--) {
    target[offset + 1 + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return offset + 2 + lengthBytes;
}

function unsignedContent(value: Uint8Array): Uint8Array {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start += 1;
  const digits = value.subarray(start);
  if (digits.length === 0) return Uint8Array.of(0);
  return (digits[0] as number) >= 0x80 ? Buffer.concat([Uint8Array.of(0), digits]) : digits;
}

function signedContent(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (!((rest === 0n && bytes[0]! < 0x80) || (rest === -1n && bytes[0]! >= 0x80)));
  return Uint8Array.from(bytes);
}

/** `YYYYMMDDHHMMSSZ`. */
function timeDigits(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`;
}
