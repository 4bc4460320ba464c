/**
 * The rules our own authority keeps (CA/Browser Forum S/MIME Baseline Requirements 1.0, mailbox-validated), as a check
 * of a finished certificate: it is run before anything is signed (features.md K12), whoever built it.
 *
 * Deliberate difference: the root issues directly. The requirements ask public CAs for an issuing CA below it.
 */
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { X509Certificate } from './certificate.ts';
import { attributeValues } from './distinguished-name.ts';
import type { KeyUsageBit } from './extensions.ts';
import { addressesOf } from './mail-usage.ts';

const DAY_MS = 86_400_000;
const MAIL_VALIDITY_DAYS_MAX = 825; // §6.3.2, strict and multipurpose
const ROOT_VALIDITY_DAYS_MAX = 9132; // §6.1.7.1
const ROOT_VALIDITY_DAYS_MIN = 2922;
const SERIAL_BYTES_MIN = 8; // §7.1.1: 64 bits from a generator; the first octet keeps it positive.
const SERIAL_BYTES_MAX = 20; // RFC 5280 §4.1.2.2
const BACKDATE_MS_MAX = 48 * 3_600_000; // §7.1.2.3
const RSA_BITS_MIN = 2048; // §6.1.5
const CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** §7.1.6.1 mailbox-validated. */
export const MAIL_POLICY = { multipurpose: '2.23.140.1.5.1.2', strict: '2.23.140.1.5.1.3' } as const;

/** What the certificate of a person breaks; empty when it may be issued. */
export function breachesOfMailProfile(
  certificate: X509Certificate,
  issuer: X509Certificate,
  nowMs: number,
): string[] {
  const { extensions } = certificate;
  const days = (certificate.notAfterMs - certificate.notBeforeMs + 1_000) / DAY_MS;
  const rules: [boolean, string][] = [
    [days <= MAIL_VALIDITY_DAYS_MAX, `valid for more than ${MAIL_VALIDITY_DAYS_MAX} days`],
    [certificate.notBeforeMs >= nowMs - BACKDATE_MS_MAX, 'dated back by more than 48 hours'],
    [certificate.notAfterMs > nowMs, 'expired before it is issued'],
    [certificate.notAfterMs <= issuer.notAfterMs, 'outlives its authority'],
    [certificate.issuer.key === issuer.subject.key, "another issuer than the authority's name"],
    [sameKeyId(certificate, issuer), 'authority key identifier is not that of the authority'],
    [extensions.extendedKeyUsage?.includes(OID.emailProtection) === true, 'not for mail protection'],
    [!extensions.extendedKeyUsage?.some((usage) => !ALLOWED_USAGES.includes(usage)), 'for more than mail'],
    [extensions.basicConstraints?.ca !== true, 'a person must not be a CA'],
    [hasMailPolicy(extensions.policies), 'no policy of the mailbox-validated profile'],
    [isStrictEnough(certificate), 'a strict certificate is for mail protection only'],
    [extensions.crlUrls.some((url) => /^http:\/\//.test(url)), 'no CRL address'],
    [extensions.crlUrls.every((url) => /^http:\/\//.test(url)), 'a CRL address that is not http'],
    [subjectIsMailboxOnly(certificate), 'subject with more than the mailbox'],
    [addressesOf(certificate).length > 0, 'no mail address'],
    [altNamesAreMailboxes(certificate), 'an alternative name that is not a mailbox'],
    [usageFitsKey(certificate), 'key usage does not fit the key'],
  ];
  return [...commonBreaches(certificate), ...violated(rules)];
}

/** What a self-signed authority breaks. */
export function breachesOfRootProfile(certificate: X509Certificate): string[] {
  const { extensions, subject } = certificate;
  const days = (certificate.notAfterMs - certificate.notBeforeMs + 1_000) / DAY_MS;
  const has = (type: string): boolean => attributeValues(subject, type).length === 1;
  const rules: [boolean, string][] = [
    [days <= ROOT_VALIDITY_DAYS_MAX && days >= ROOT_VALIDITY_DAYS_MIN, 'validity of 8 to 25 years'],
    [certificate.isSelfIssued, 'not self-issued'],
    [extensions.basicConstraints?.ca === true, 'not marked as a CA'],
    [extensions.keyUsage?.size === 2, 'key usage other than certificates and CRLs'],
    [extensions.keyUsage?.has('keyCertSign') === true, 'cannot sign certificates'],
    [extensions.keyUsage?.has('cRLSign') === true, 'cannot sign CRLs'],
    [extensions.extendedKeyUsage === null, 'a root has no extended key usage'], // §7.1.2.1
    [extensions.subjectKeyId !== null, 'no key identifier'],
    [has(OID.commonName) && has(OID.organizationName) && has(OID.countryName), 'subject without CN, O and C'],
  ];
  return [...commonBreaches(certificate), ...violated(rules)];
}

const ALLOWED_USAGES: readonly string[] = [OID.emailProtection, OID.clientAuth];

function commonBreaches(certificate: X509Certificate): string[] {
  const { serialOctets } = certificate;
  const bytes = serialOctets[0] === 0 ? serialOctets.length - 1 : serialOctets.length;
  return violated([
    [bytes >= SERIAL_BYTES_MIN && serialOctets.length <= SERIAL_BYTES_MAX, 'serial of 8 to 20 octets'],
    [serialOctets[0]! < 0x80, 'a negative serial'],
    [keyIsStrong(certificate), 'a key that is too weak or of an unusual kind'],
    [!certificate.signatureAlgorithm.weak, 'a weak signature algorithm'],
    [certificate.extensions.keyUsageCritical, 'key usage not critical'],
    [certificate.extensions.unknownCritical.length === 0, 'an unknown critical extension'],
  ]);
}

const violated = (rules: readonly [boolean, string][]): string[] =>
  rules.filter(([holds]) => !holds).map(([, text]) => text);

/** §6.1.5 */
function keyIsStrong({ publicKey }: X509Certificate): boolean {
  const { modulusLength = 0, namedCurve = '' } = publicKey?.asymmetricKeyDetails ?? {};
  switch (publicKey?.asymmetricKeyType) {
    case 'rsa':
      return modulusLength >= RSA_BITS_MIN && modulusLength % 8 === 0;
    case 'ec':
      return CURVES.includes(namedCurve);
    default:
      return publicKey?.asymmetricKeyType === 'ed25519' || publicKey?.asymmetricKeyType === 'x25519';
  }
}

/** §7.1.2.3 e: what each kind of key must and may do. */
function usageFitsKey({ publicKey, extensions }: X509Certificate): boolean {
  const type = publicKey?.asymmetricKeyType;
  const exchange: KeyUsageBit = type === 'rsa' ? 'keyEncipherment' : 'keyAgreement';
  const signs = type !== 'x25519';
  const encrypts = type !== 'ed25519';
  const bits = [...(extensions.keyUsage ?? [])];
  const allowed: readonly KeyUsageBit[] = [
    ...(signs ? (['digitalSignature', 'nonRepudiation'] as const) : []),
    ...(encrypts ? [exchange] : []),
  ];
  const isForSomething = bits.includes('digitalSignature') || bits.includes(exchange);
  return isForSomething && bits.every((bit) => allowed.includes(bit));
}

function sameKeyId(certificate: X509Certificate, issuer: X509Certificate): boolean {
  const wanted = issuer.extensions.subjectKeyId;
  const found = certificate.extensions.authorityKeyId;
  return wanted !== null && found !== null && Buffer.compare(wanted, found) === 0;
}

function hasMailPolicy(policies: readonly string[]): boolean {
  return policies.includes(MAIL_POLICY.strict) !== policies.includes(MAIL_POLICY.multipurpose);
}

function isStrictEnough({ extensions }: X509Certificate): boolean {
  return !extensions.policies.includes(MAIL_POLICY.strict) || extensions.extendedKeyUsage?.length === 1;
}

/** §7.1.4.2.3: common name and emailAddress, if any, are mailboxes of the alternative name; nothing else. */
function subjectIsMailboxOnly(certificate: X509Certificate): boolean {
  const addresses = addressesOf(certificate);
  return certificate.subject.relative.flat().every(({ oid, value }) => {
    if (oid === OID.serialNumber) return true;
    return (oid === OID.commonName || oid === OID.emailAddress) && addresses.includes(value);
  });
}

function altNamesAreMailboxes(certificate: X509Certificate): boolean {
  const names = certificate.extensions.subjectAltName;
  return (
    names.length > 0 &&
    names.length === addressesOf(certificate).length &&
    names.every((name) => name.kind === 'rfc822' || name.kind === 'smtp-utf8')
  );
}
