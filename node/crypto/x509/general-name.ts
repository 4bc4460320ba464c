/**
 * GeneralName (RFC 5280 §4.2.1.6) with SmtpUTF8Mailbox (RFC 9598): what alternative names and constraints are made of.
 */
import type { BerCursor, BerElement } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { CONSTRUCTED, contextTag, TAG } from '#node/crypto/asn1/tags.ts';
import { type DistinguishedName, readName } from './distinguished-name.ts';
import { malformed } from './x509-error.ts';

export type GeneralName =
  | { readonly kind: 'rfc822' | 'smtp-utf8' | 'dns' | 'uri'; readonly value: string }
  | { readonly kind: 'ip'; readonly octets: Uint8Array }
  | { readonly kind: 'directory'; readonly name: DistinguishedName }
  /** A form that is not read here; `value` tells which. */
  | { readonly kind: 'other'; readonly value: string };

const NAMES_MAX = 1000; // Certificates for mail bind a handful; a list of this length is an attack on the reader.

export function readGeneralNames(from: BerCursor): GeneralName[] {
  const names: GeneralName[] = [];
  while (!from.atEnd) {
    names.push(readGeneralName(from.next()));
    if (names.length > NAMES_MAX) throw malformed('too many names');
  }
  return names;
}

export function readGeneralName(from: BerElement): GeneralName {
  const text = (): string => from.text(TAG.ia5String);
  switch (from.tag & ~CONSTRUCTED) {
    case contextTag(0, false):
      return readOtherName(from.children());
    case contextTag(1, false):
      return { kind: 'rfc822', value: text() };
    case contextTag(2, false):
      return { kind: 'dns', value: text() };
    case contextTag(4, false):
      return { kind: 'directory', name: readName(from.children().next(TAG.sequence)) };
    case contextTag(6, false):
      return { kind: 'uri', value: text() };
    case contextTag(7, false):
      return { kind: 'ip', octets: from.octets() };
    default:
      return { kind: 'other', value: `[${from.tag & 0x1f}]` };
  }
}

function readOtherName(from: BerCursor): GeneralName {
  const type = from.oid();
  if (type !== OID.smtpUtf8Mailbox) return { kind: 'other', value: type };
  const value = from.next(contextTag(0, true)).children();
  return { kind: 'smtp-utf8', value: value.next(TAG.utf8String).text() };
}
