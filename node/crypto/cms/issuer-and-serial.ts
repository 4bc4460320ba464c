/**
 * Names of a certificate inside CMS: issuer and serial number, or subject key identifier (RFC 5652 §5.3, §6.2.1).
 */
import type { BerCursor, BerElement } from '#node/crypto/asn1/ber-reader.ts';
import { type DerNode, sequence, tlv } from '#node/crypto/asn1/der-writer.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';

export type CertificateName =
  | { readonly form: 'issuer-and-serial'; readonly issuer: Uint8Array; readonly serial: Uint8Array }
  | { readonly form: 'subject-key-id'; readonly keyId: Uint8Array };

export function issuerAndSerial(certificate: X509Certificate): DerNode {
  return sequence(certificate.issuer.der, tlv(TAG.integer, certificate.serialOctets));
}

export function readIssuerAndSerial(fields: BerCursor): CertificateName {
  const issuer = fields.next(TAG.sequence).raw;
  const serial = fields.next(TAG.integer).content;
  return { form: 'issuer-and-serial', issuer, serial };
}

/** SignerIdentifier, RecipientIdentifier: the sequence, or [0] SubjectKeyIdentifier. */
export function readCertificateName(element: BerElement): CertificateName {
  if (element.isContext(0)) return { form: 'subject-key-id', keyId: element.octets() };
  return readIssuerAndSerial(element.children());
}

/** Compared octet by octet: the sender copied both from the certificate. */
export function isNamed(certificate: X509Certificate, name: CertificateName): boolean {
  if (name.form === 'subject-key-id') {
    const own = certificate.extensions.subjectKeyId;
    return own !== null && Buffer.compare(own, name.keyId) === 0;
  }
  return (
    Buffer.compare(certificate.serialOctets, name.serial) === 0 &&
    Buffer.compare(certificate.issuer.der, name.issuer) === 0
  );
}
