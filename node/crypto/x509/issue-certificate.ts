/**
 * Issues certificates of our own authority: the self-signed root, and a person's for signature, encryption or both.
 *
 * Right by construction and checked all the same: the finished content goes through `mail-profile.ts` before it is
 * signed, and the signature is verified before the certificate is given out.
 */
import { createPublicKey } from 'node:crypto';
import {
  boolean,
  type DerNode,
  explicit,
  ia5String,
  implicit,
  octetString,
  oid,
  sequence,
  utf8String,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { Signer } from '#node/keys/port.ts';
import type { X509Certificate } from './certificate.ts';
import {
  certificateContent,
  distributionPoint,
  extension,
  keyIdentifier,
  signChecked,
  usageBits,
  validityFrom,
  verified,
} from './certificate-content.ts';
import { type NameAttribute, writeName } from './distinguished-name.ts';
import type { KeyUsageBit } from './extensions.ts';
import { schemeFor, schemeForKey } from './issuer-scheme.ts';
import { breachesOfMailProfile, breachesOfRootProfile, MAIL_POLICY } from './mail-profile.ts';
import { X509Error } from './x509-error.ts';

export interface RootRequest {
  readonly commonName: string;
  readonly organization: string;
  /** ISO 3166-1, or `XX` where none is set (S/MIME BR §7.1.4.2.2 n). */
  readonly country: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly validityDays: number;
  readonly atMs: number;
}

export interface MailCertificateRequest {
  readonly issuer: X509Certificate;
  /** Canonical. */
  readonly address: string;
  readonly publicKey: Uint8Array;
  readonly usage: 'sign' | 'encrypt' | 'both';
  readonly validityDays: number;
  readonly atMs: number;
  readonly crlUrl: string;
}

/** Rejects with X509Error `profile-violation`. */
export async function issueRoot(request: RootRequest, sign: Signer): Promise<X509Certificate> {
  const { commonName, organization, country, publicKey, validityDays, atMs } = request;
  const name = writeName([
    { oid: OID.countryName, value: country },
    { oid: OID.organizationName, value: organization },
    { oid: OID.commonName, value: commonName },
  ]);
  const scheme = schemeForKey(createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' }));
  const validity = validityFrom(atMs, validityDays, Number.POSITIVE_INFINITY);
  const extensions = [
    extension(OID.basicConstraints, sequence(boolean(true)), 'critical'),
    extension(OID.keyUsage, usageBits('keyCertSign', 'cRLSign'), 'critical'),
    extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
  ];
  const tbs = certificateContent({ issuer: name, subject: name, validity, publicKey, extensions, scheme });
  const root = await signChecked(tbs, scheme, sign, breachesOfRootProfile);
  return verified(root, root);
}

/** Rejects with X509Error `profile-violation`. */
export async function issueMailCertificate(
  request: MailCertificateRequest,
  sign: Signer,
): Promise<X509Certificate> {
  const { issuer, address, publicKey, usage, validityDays, atMs, crlUrl } = request;
  const authorityKeyId = issuer.extensions.subjectKeyId;
  if (!authorityKeyId) throw new X509Error('profile-violation', 'the authority has no key identifier');
  const scheme = schemeFor(issuer);
  const extensions = [
    extension(OID.authorityKeyIdentifier, sequence(implicit(0, octetString(authorityKeyId)))),
    extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    extension(OID.keyUsage, usageBits(...bitsFor(usage, publicKey)), 'critical'),
    extension(OID.certificatePolicies, sequence(sequence(oid(MAIL_POLICY.strict)))),
    extension(OID.subjectAltName, sequence(mailboxName(address))),
    extension(OID.extendedKeyUsage, sequence(oid(OID.emailProtection))),
    extension(OID.crlDistributionPoints, sequence(distributionPoint(crlUrl))),
  ];
  const tbs = certificateContent({
    issuer: issuer.subject.der,
    // The mailbox and nothing else (S/MIME BR §7.1.4.2.3); too long a name for the field is left out.
    subject: writeName(commonNameOf(address)),
    validity: validityFrom(atMs, validityDays, issuer.notAfterMs),
    publicKey,
    extensions,
    scheme,
  });
  const breaches = (draft: X509Certificate): string[] => breachesOfMailProfile(draft, issuer, atMs);
  return verified(await signChecked(tbs, scheme, sign, breaches), issuer);
}

/** Key separation (features.md S4): each certificate allows what it is for, and nothing else. */
function bitsFor(usage: 'sign' | 'encrypt' | 'both', publicKey: Uint8Array): KeyUsageBit[] {
  const { asymmetricKeyType } = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  const exchange: KeyUsageBit = asymmetricKeyType === 'rsa' ? 'keyEncipherment' : 'keyAgreement';
  if (usage === 'sign') return ['digitalSignature'];
  return usage === 'encrypt' ? [exchange] : ['digitalSignature', exchange];
}

const COMMON_NAME_CHARACTERS_MAX = 64; // ub-common-name, RFC 5280 appendix A.1

function commonNameOf(address: string): NameAttribute[] {
  return address.length <= COMMON_NAME_CHARACTERS_MAX ? [{ oid: OID.commonName, value: address }] : [];
}

/** rfc822Name, or SmtpUTF8Mailbox where the local part needs it (RFC 9598). */
function mailboxName(address: string): DerNode {
  if (!/[^\x00-\x7f]/.test(address)) return implicit(1, ia5String(address));
  return implicit(0, sequence(oid(OID.smtpUtf8Mailbox), explicit(0, utf8String(address))));
}
