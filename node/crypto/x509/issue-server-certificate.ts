/**
 * Issues a certificate for a TLS server of the gateway itself: its host name, and nothing else.
 *
 * It never leaves the own network's trust: mail servers take any certificate for opportunistic TLS, and who verifies has
 * the own root.
 */
import { ia5String, implicit, octetString, oid, sequence } from '#node/crypto/asn1/der-writer.ts';
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
import { writeName } from './distinguished-name.ts';
import { schemeFor } from './issuer-scheme.ts';
import { X509Error } from './x509-error.ts';

const DAY_MS = 86_400_000;
const VALIDITY_DAYS_MAX = 398; // What mail servers and browsers take of public authorities.
const COMMON_NAME_CHARACTERS_MAX = 64; // ub-common-name, RFC 5280 appendix A.1

export interface ServerCertificateRequest {
  readonly issuer: X509Certificate;
  /** Fully qualified, ASCII. */
  readonly hostname: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly validityDays: number;
  readonly atMs: number;
  readonly crlUrl: string;
}

/** RFC 1123 §2.1; no wildcard, no address. */
export function isHostName(text: string): boolean {
  return (
    text.length <= 253 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z][a-z0-9-]{0,61}[a-z0-9]$/i.test(text)
  );
}

/** Rejects with X509Error `profile-violation`. */
export async function issueServerCertificate(
  request: ServerCertificateRequest,
  sign: Signer,
): Promise<X509Certificate> {
  const { issuer, hostname, publicKey, validityDays, atMs, crlUrl } = request;
  const authorityKeyId = issuer.extensions.subjectKeyId;
  if (!authorityKeyId) throw new X509Error('profile-violation', 'the authority has no key identifier');
  if (!isHostName(hostname)) throw new X509Error('profile-violation', 'not a host name');
  const scheme = schemeFor(issuer);
  const extensions = [
    extension(OID.authorityKeyIdentifier, sequence(implicit(0, octetString(authorityKeyId)))),
    extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    extension(OID.basicConstraints, sequence(), 'critical'),
    extension(OID.keyUsage, usageBits('digitalSignature'), 'critical'),
    extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
    extension(OID.subjectAltName, sequence(implicit(2, ia5String(hostname)))),
    extension(OID.crlDistributionPoints, sequence(distributionPoint(crlUrl))),
  ];
  const named =
    hostname.length <= COMMON_NAME_CHARACTERS_MAX ? [{ oid: OID.commonName, value: hostname }] : [];
  const tbs = certificateContent({
    issuer: issuer.subject.der,
    subject: writeName(named),
    validity: validityFrom(atMs, validityDays, issuer.notAfterMs),
    publicKey,
    extensions,
    scheme,
  });
  return verified(await signChecked(tbs, scheme, sign, breachesOfServerProfile), issuer);
}

function breachesOfServerProfile({ notBeforeMs, notAfterMs, extensions }: X509Certificate): string[] {
  const rules: [boolean, string][] = [
    [notAfterMs - notBeforeMs <= VALIDITY_DAYS_MAX * DAY_MS, 'valid for too long'],
    [extensions.basicConstraints?.ca !== true, 'a server must not be a CA'],
    [extensions.extendedKeyUsage?.join() === OID.serverAuth, 'for more than a server'],
    [extensions.keyUsage?.size === 1 && extensions.keyUsage.has('digitalSignature'), 'another key usage'],
    [extensions.unknownCritical.length === 0, 'an unknown critical extension'],
  ];
  return rules.filter(([holds]) => !holds).map(([, text]) => text);
}
