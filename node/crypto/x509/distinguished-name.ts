/**
 * Distinguished names (RFC 5280 §4.1.2.4): reading, a key to compare them by (§7.1), text for people, writing.
 */
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import type { BerCursor, BerElement } from '#node/crypto/asn1/ber-reader.ts';
import {
  type DerNode,
  ia5String,
  oid,
  printableString,
  sequence,
  setOf,
  utf8String,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { malformed } from './x509-error.ts';

export interface NameAttribute {
  readonly oid: string;
  readonly value: string;
}

export interface DistinguishedName {
  readonly der: Uint8Array;
  /** Relative names in order; nearly always of one attribute each. */
  readonly relative: readonly (readonly NameAttribute[])[];
  /** One key per relative name; two names are equal when all keys are. */
  readonly keys: readonly string[];
  /** All keys in one, for maps. */
  readonly key: string;
}

const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
  [OID.emailAddress]: 'emailAddress',
};

const ATTRIBUTES_MAX = 64; // Real names have below 12; each is normalised, which costs.

export function readName(from: BerElement): DistinguishedName {
  const relative: NameAttribute[][] = [];
  const reader = from.children();
  while (!reader.atEnd) {
    const set = reader.set();
    const attributes: NameAttribute[] = [];
    while (!set.atEnd) attributes.push(readAttribute(set.sequence()));
    if (attributes.length === 0) throw malformed('an empty relative name');
    relative.push(attributes);
    if (relative.length > ATTRIBUTES_MAX || attributes.length > ATTRIBUTES_MAX) throw malformed('a name');
  }
  const keys = relative.map((attributes) => attributes.map(attributeKey).sort().join('+'));
  return { der: from.raw, relative, keys, key: keys.join(',') };
}

function readAttribute(reader: BerCursor): NameAttribute {
  const type = reader.oid();
  const value = reader.next();
  reader.finish();
  return { oid: type, value: stringOrHex(value) };
}

/** What is no string becomes hex, which equals only itself. */
function stringOrHex(value: BerElement): string {
  try {
    return value.text();
  } catch (error) {
    if (error instanceof Asn1Error) return `#${Buffer.from(value.raw).toString('hex')}`;
    throw error;
  }
}

/** RFC 5280 §7.1: case and the amount of white space do not matter, nor does the string type. */
function attributeKey({ oid: type, value }: NameAttribute): string {
  const plain = /^[\x21-\x7e]*$/.test(value) ? value : value.normalize('NFKC').replace(/\s+/g, ' ').trim();
  return `${type}=${JSON.stringify(plain.toLowerCase())}`;
}

/** Most specific part first (RFC 4514 §2.1), control characters shown as `?`: for people, never for decisions. */
export function nameText(name: DistinguishedName): string {
  return name.relative
    .map((attributes) => attributes.map(attributeText).join('+'))
    .reverse()
    .join(', ');
}

function attributeText({ oid: type, value }: NameAttribute): string {
  const clean = value.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?').replace(/[",+=\\<>;]/g, '\\$&');
  return `${SHORT_NAMES[type] ?? type}=${clean}`;
}

export function attributeValues(name: DistinguishedName, type: string): string[] {
  return name.relative.flat().flatMap((attribute) => (attribute.oid === type ? [attribute.value] : []));
}

/** What we write: one attribute per relative name; the string type that RFC 5280 appendix A asks for. */
export function writeName(attributes: readonly NameAttribute[]): DerNode {
  return sequence(
    ...attributes.map(({ oid: type, value }) => setOf([sequence(oid(type), attributeString(type, value))])),
  );
}

function attributeString(type: string, value: string): DerNode {
  if (type === OID.emailAddress) return ia5String(value);
  if (type === OID.countryName || type === OID.serialNumber) return printableString(value);
  return utf8String(value);
}
