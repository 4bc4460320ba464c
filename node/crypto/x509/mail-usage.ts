/**
 * What a certificate is for in mail (RFC 8550 §4.4) and which addresses it binds (§3, RFC 9598).
 */
import { addressKey, parseMailbox } from '#domain/mail/address.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { X509Certificate } from './certificate.ts';
import { attributeValues } from './distinguished-name.ts';
import type { KeyUsageBit } from './extensions.ts';

export type MailUsage = 'sign' | 'encrypt';

const ALLOWING_BITS: Readonly<Record<MailUsage, readonly KeyUsageBit[]>> = {
  sign: ['digitalSignature', 'nonRepudiation'], // RFC 8550 §4.4.2
  encrypt: ['keyEncipherment', 'keyAgreement'],
};

/** An absent extension forbids nothing (RFC 8550 §4.4.2, §4.4.4). */
export function allowsMailUsage(certificate: X509Certificate, usage: MailUsage): boolean {
  const { keyUsage, extendedKeyUsage } = certificate.extensions;
  if (keyUsage && !ALLOWING_BITS[usage].some((bit) => keyUsage.has(bit))) return false;
  return extendedUsageAllowsMail(extendedKeyUsage);
}

export function extendedUsageAllowsMail(extendedKeyUsage: readonly string[] | null): boolean {
  return (
    extendedKeyUsage === null ||
    extendedKeyUsage.includes(OID.emailProtection) ||
    extendedKeyUsage.includes(OID.anyExtendedKeyUsage)
  );
}

export function isCa(certificate: X509Certificate): boolean {
  return certificate.extensions.basicConstraints?.ca === true;
}

/**
 * Canonical addresses the certificate binds. A name that is not exactly an address by its field's rules binds nothing
 * (threat 13): white space, NUL, angle brackets, non-ASCII in an IA5String, ASCII-only in SmtpUTF8Mailbox.
 */
export function addressesOf(certificate: X509Certificate): string[] {
  const bound: string[] = [];
  let hasMailName = false;
  for (const name of certificate.extensions.subjectAltName) {
    if (name.kind !== 'rfc822' && name.kind !== 'smtp-utf8') continue;
    hasMailName = true;
    const address = name.kind === 'rfc822' ? rfc822Address(name.value) : smtpUtf8Address(name.value);
    if (address !== null) bound.push(address);
  }
  // RFC 8550 §3: the subject's emailAddress counts only where there is no alternative name. Name constraints of a CA
  // govern it only then (RFC 5280 §4.2.1.10), so that otherwise it would bind what the CA must not.
  if (!hasMailName) {
    for (const value of attributeValues(certificate.subject, OID.emailAddress)) {
      const address = rfc822Address(value);
      if (address !== null) bound.push(address);
    }
  }
  return [...new Set(bound)];
}

export function bindsAddress(certificate: X509Certificate, canonicalAddress: string): boolean {
  const wanted = addressKey(canonicalAddress);
  return addressesOf(certificate).some((address) => addressKey(address) === wanted);
}

function rfc822Address(value: string): string | null {
  return /^[\x21-\x7e]+$/.test(value) ? exactAddress(value) : null;
}

/** RFC 9598 §3: UTF-8, with at least one non-ASCII character in the local part. */
function smtpUtf8Address(value: string): string | null {
  const local = value.slice(0, value.lastIndexOf('@'));
  return /[^\x00-\x7f]/.test(local) ? exactAddress(value) : null;
}

function exactAddress(value: string): string | null {
  const parsed = parseMailbox(value);
  if (!parsed.ok) return null;
  const { text, local } = parsed.address;
  // The local part must stand in the certificate as it stands in the canonical text; the domain may differ in case.
  return value.startsWith(`${local}@`) ? text : null;
}
