/**
 * Reads what people bring as "the certificates": PEM with any number of them, DER, P7B; a report for each entry.
 */
import { readBer } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { readCertificate, reading, type X509Certificate } from './certificate.ts';
import { X509Error } from './x509-error.ts';

/** A CA bundle of a whole country has some hundred certificates, below 1 MB. */
const BUNDLE_BYTES_MAX = 16 * 1024 * 1024;
const ENTRIES_MAX = 10_000;

export type BundleEntry =
  | { readonly ok: true; readonly certificate: X509Certificate }
  /** `entry` counts from 1 as the file gives them. */
  | { readonly ok: false; readonly entry: number; readonly reason: string };

/** Throws X509Error when the whole is none of these; a bad entry among good ones is only reported. */
export function readCertificateBundle(octets: Uint8Array): BundleEntry[] {
  if (octets.length > BUNDLE_BYTES_MAX) throw new X509Error('too-large', 'a bundle too large');
  const ders = octets[0] === TAG.sequence ? binaryEntries(octets) : pemEntries(octets);
  if (ders.length === 0) throw new X509Error('malformed', 'no certificate in it');
  if (ders.length > ENTRIES_MAX) throw new X509Error('too-large', 'too many certificates');
  return ders.map((der, index) => readEntry(der, index + 1));
}

function readEntry(der: Uint8Array, entry: number): BundleEntry {
  try {
    return { ok: true, certificate: readCertificate(der) };
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    return { ok: false, entry, reason: error.message };
  }
}

function pemEntries(octets: Uint8Array): Uint8Array[] {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/g);
  return [...blocks].flatMap(([, label, body]) => {
    const der = Buffer.from((body ?? '').replace(/[^\n]*:[^\n]*\n/g, ''), 'base64');
    if (label === 'CERTIFICATE' || label === 'X509 CERTIFICATE') return [der];
    return label === 'PKCS7' || label === 'CMS' ? p7bEntries(der) : [];
  });
}

/** A certificate begins with a SEQUENCE, a P7B with the object identifier of SignedData. */
function binaryEntries(octets: Uint8Array): Uint8Array[] {
  const first = reading('file', () => readBer(octets, TAG.sequence).children().peek);
  return first === TAG.oid ? p7bEntries(octets) : [octets];
}

/** RFC 5652 §5.1: the certificates of a SignedData, signers or not. */
function p7bEntries(octets: Uint8Array): Uint8Array[] {
  return reading('P7B', () => {
    const contentInfo = readBer(octets, TAG.sequence).children();
    if (contentInfo.oid() !== OID.signedData) throw new X509Error('malformed', 'P7B without certificates');
    const signedData = contentInfo.next().children().sequence();
    signedData.next(TAG.integer);
    signedData.next(TAG.set);
    signedData.next(TAG.sequence);
    const certificates = signedData.optionalContext(0)?.children();
    const found: Uint8Array[] = [];
    while (certificates && !certificates.atEnd) {
      const entry = certificates.next();
      if (entry.tag === TAG.sequence) found.push(entry.raw); // Other kinds (attribute certificates) are no use here.
    }
    return found;
  });
}
