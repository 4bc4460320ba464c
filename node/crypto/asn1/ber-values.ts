/**
 * Content octets to values: integers, bit strings, times, text. Throws Asn1Error on octets that are none.
 */
import { Asn1Error } from './asn1-error.ts';
import { TAG } from './tags.ts';

/** RSA moduli of 16,384 bits are the largest integers that anybody sends; more is an attack on bigint. */
const INTEGER_BYTES_MAX = 4096;

/** Two-digit years below 50 are in this century (RFC 5280 §4.1.2.5.1). */
const UTC_TIME_PIVOT = 50;

export function integerOf(content: Uint8Array): bigint {
  if (content.length === 0) throw new Asn1Error('malformed', 'INTEGER without octets');
  if (content.length > INTEGER_BYTES_MAX) throw new Asn1Error('too-large', 'INTEGER');
  const hex = Buffer.from(content.buffer, content.byteOffset, content.length).toString('hex');
  return BigInt.asIntN(content.length * 8, BigInt(`0x${hex}`));
}

export function numberOf(content: Uint8Array): number {
  const value = integerOf(content);
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
    throw new Asn1Error('too-large', 'INTEGER that must be small');
  }
  return Number(value);
}

export function bitsOf(content: Uint8Array): { unusedBits: number; bytes: Uint8Array } {
  const unusedBits = content[0];
  if (unusedBits === undefined || unusedBits > 7 || (unusedBits > 0 && content.length === 1)) {
    throw new Asn1Error('malformed', 'BIT STRING with impossible unused bits');
  }
  return { unusedBits, bytes: content.subarray(1) };
}

/** Also with the offsets and missing seconds that old software writes: year, then month to second, then the zone. */
const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:Z|([+-])(\d{2})(\d{2}))$/;
const GENERALIZED_TIME =
  /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:[.,]\d{1,9})?(?:Z|([+-])(\d{2})(\d{2}))$/;
const TIME_BYTES_MAX = 32;

export function timeOf(tag: number, content: Uint8Array): number {
  const pattern = tag === TAG.utcTime ? UTC_TIME : tag === TAG.generalizedTime ? GENERALIZED_TIME : null;
  if (pattern === null || content.length > TIME_BYTES_MAX) throw new Asn1Error('malformed', 'not a time');
  const match = pattern.exec(Buffer.from(content).toString('latin1'));
  if (match === null) throw new Asn1Error('malformed', 'not a time');
  const [written, month, day, hour, minute] = match.slice(1, 6).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const second = Number(match[6] ?? 0);
  const year = tag === TAG.utcTime ? written + (written < UTC_TIME_PIVOT ? 2000 : 1900) : written;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    throw new Asn1Error('malformed', 'no such day');
  }
  if (hour > 23 || minute > 59 || second > 60) throw new Asn1Error('malformed', 'no such time of day');
  date.setUTCHours(hour, minute, second);
  const offsetMinutes = Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0);
  return date.getTime() - (match[7] === '-' ? -offsetMinutes : offsetMinutes) * 60_000;
}

export function textOf(tag: number, content: Uint8Array): string {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.length);
  switch (tag) {
    case TAG.utf8String:
      return utf8(buffer);
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.visibleString:
    case TAG.t61String: // In practice always Latin-1.
      return buffer.toString('latin1');
    case TAG.bmpString:
      return bigEndian(buffer, 2);
    case TAG.universalString:
      return bigEndian(buffer, 4);
    default:
      throw new Asn1Error('malformed', 'not a character string');
  }
}

function utf8(content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw new Asn1Error('malformed', 'UTF8String is not UTF-8');
  }
}

function bigEndian(content: Buffer, unitBytes: 2 | 4): string {
  if (content.length % unitBytes !== 0) throw new Asn1Error('malformed', 'half a character');
  const characters: string[] = [];
  for (let i = 0; i < content.length; i += unitBytes) {
    const code = content.readUIntBE(i, unitBytes);
    if (code > 0x10ffff) throw new Asn1Error('malformed', 'no such character');
    characters.push(unitBytes === 2 ? String.fromCharCode(code) : String.fromCodePoint(code));
  }
  return characters.join('');
}
