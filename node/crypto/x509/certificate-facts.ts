/**
 * What the log records of a certificate, read out of it once.
 */
import { toBase64Url } from '#domain/canonical-json.ts';
import type { CertificateFacts, CertificateUsage } from '#domain/certificates/certificate.ts';
import type { X509Certificate } from './certificate.ts';
import { nameText } from './distinguished-name.ts';
import { addressesOf, allowsMailUsage, isCa } from './mail-usage.ts';

/** `keyId`: our key record, when the private key is ours. */
export function factsOfCertificate(certificate: X509Certificate, keyId: string | null): CertificateFacts {
  return {
    sha256: certificate.sha256,
    der: toBase64Url(certificate.der),
    addresses: addressesOf(certificate),
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    serial: certificate.serial,
    notBefore: certificate.notBeforeMs,
    notAfter: certificate.notAfterMs,
    usages: usagesOf(certificate),
    publicKeySha256: certificate.publicKeySha256,
    keyId,
  };
}

function usagesOf(certificate: X509Certificate): CertificateUsage[] {
  if (isCa(certificate)) return ['ca'];
  return (['sign', 'encrypt'] as const).filter((usage) => allowsMailUsage(certificate, usage));
}
