/**
 * Name constraints (RFC 5280 §4.2.1.10): may a CA that is so constrained have issued a certificate with these names?
 *
 * Mail, DNS, URI, IP and directory names are understood. A constraint on any other form refuses names of that form.
 */
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { X509Certificate } from './certificate.ts';
import { attributeValues, type DistinguishedName } from './distinguished-name.ts';
import type { NameConstraints } from './extensions.ts';
import type { GeneralName } from './general-name.ts';

/** Comparing every name with every constraint is quadratic; real paths need some hundreds (openssl has 2^20). */
const COMPARISONS_MAX = 100_000;

export function namesArePermitted(certificate: X509Certificate, constraints: NameConstraints): boolean {
  const names = namesOf(certificate);
  const { permitted, excluded } = constraints;
  if (names.length * (permitted.length + excluded.length) > COMPARISONS_MAX) return false;
  return names.every((name) => {
    if (excluded.some((base) => sameForm(name, base) && isWithin(name, base) !== 'no')) return false;
    const bases = permitted.filter((base) => sameForm(name, base));
    return bases.length === 0 || bases.some((base) => isWithin(name, base) === 'yes');
  });
}

/** All names of the certificate; the subject's emailAddress counts as a mail name where there is no other. */
function namesOf(certificate: X509Certificate): GeneralName[] {
  const names: GeneralName[] = [...certificate.extensions.subjectAltName];
  if (certificate.subject.relative.length > 0) names.push({ kind: 'directory', name: certificate.subject });
  if (!names.some((name) => name.kind === 'rfc822' || name.kind === 'smtp-utf8')) {
    for (const value of attributeValues(certificate.subject, OID.emailAddress)) {
      names.push({ kind: 'rfc822', value });
    }
  }
  return names;
}

/** RFC 9598 §6: constraints of rfc822Name govern SmtpUTF8Mailbox too. */
function sameForm(name: GeneralName, base: GeneralName): boolean {
  if (name.kind === 'smtp-utf8') return base.kind === 'rfc822' || base.kind === 'smtp-utf8';
  if (name.kind === 'other' && base.kind === 'other') return name.value === base.value;
  return name.kind === base.kind;
}

type Within = 'yes' | 'no' | 'unknown';

function isWithin(name: GeneralName, base: GeneralName): Within {
  switch (name.kind) {
    case 'rfc822':
    case 'smtp-utf8':
      return 'value' in base ? mailWithin(name.value, base.value) : 'unknown';
    case 'dns':
      return base.kind === 'dns' ? yesNo(dnsWithin(name.value, base.value)) : 'unknown';
    case 'uri':
      return base.kind === 'uri' ? uriWithin(name.value, base.value) : 'unknown';
    case 'ip':
      return base.kind === 'ip' ? ipWithin(name.octets, base.octets) : 'unknown';
    case 'directory':
      return base.kind === 'directory' ? yesNo(directoryWithin(name.name, base.name)) : 'unknown';
    case 'other':
      return 'unknown';
  }
}

const yesNo = (within: boolean): Within => (within ? 'yes' : 'no');

/** A mailbox, a host (`example.org`: exactly it), or a domain (`.example.org`: its subdomains). */
function mailWithin(mailbox: string, base: string): Within {
  const at = mailbox.lastIndexOf('@');
  if (at < 1 || base === '') return 'unknown';
  const host = mailbox.slice(at + 1).toLowerCase();
  const baseAt = base.lastIndexOf('@');
  if (baseAt >= 0) {
    const sameLocal = mailbox.slice(0, at) === base.slice(0, baseAt);
    return yesNo(sameLocal && host === base.slice(baseAt + 1).toLowerCase());
  }
  return yesNo(hostWithin(host, base));
}

function hostWithin(host: string, base: string): boolean {
  const wanted = base.toLowerCase();
  return wanted.startsWith('.') ? host.endsWith(wanted) && host.length > wanted.length : host === wanted;
}

/** The name itself and everything below it; a leading period is tolerated as other implementations do. */
function dnsWithin(dnsName: string, base: string): boolean {
  const name = dnsName.toLowerCase();
  const wanted = base.toLowerCase();
  if (wanted === '') return true;
  return wanted.startsWith('.') ? name.endsWith(wanted) : name === wanted || name.endsWith(`.${wanted}`);
}

function uriWithin(uri: string, base: string): Within {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri)?.[1];
  return host === undefined ? 'unknown' : yesNo(hostWithin(host.toLowerCase(), base));
}

/** Base: address and mask. */
function ipWithin(address: Uint8Array, base: Uint8Array): Within {
  if (base.length !== 8 && base.length !== 32) return 'unknown';
  const half = base.length / 2;
  if (address.length !== half) return address.length === 4 || address.length === 16 ? 'no' : 'unknown';
  return yesNo(address.every((octet, i) => (octet & base[half + i]!) === (base[i]! & base[half + i]!)));
}

/** The base is a prefix of the name, relative name by relative name. */
function directoryWithin(name: DistinguishedName, base: DistinguishedName): boolean {
  return base.keys.every((key, i) => name.keys[i] === key);
}
