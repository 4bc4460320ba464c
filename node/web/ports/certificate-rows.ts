/** How certificates and OpenPGP keys of the read models look in the management. */
import { fromBase64Url } from '#domain/canonical-json.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { nameText } from '#node/crypto/x509/distinguished-name.ts';
import type { CertificateJudge } from '#node/protect/answer.ts';
import type { CertificateRow } from '#node/web/certificates-admin-port.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import type { OwnKey } from '#projections/own-keys.ts';
import type { KnownPartnerKey } from '#projections/partner-keys.ts';
import { openPgpKeys } from './openpgp-at-need.ts';

export interface RowParts {
  readonly judge: CertificateJudge;
  readonly nowMs: number;
}

export async function certificateRow(
  known: KnownCertificate,
  { judge, nowMs }: RowParts,
): Promise<CertificateRow> {
  const { facts, status, trust, origin } = known;
  const isAuthority = facts.usages.includes('ca');
  const revoked = status === 'revoked';
  const inTime = nowMs >= facts.notBefore && nowMs <= facts.notAfter;
  const good =
    trust === 'trusted' || (trust === 'by-path' && (isAuthority || (await judge.mayEncrypt(known))));
  const { publicKey } = readCertificate(fromBase64Url(facts.der));
  return {
    id: `smime/${facts.sha256}`,
    technology: 'smime',
    kind: isAuthority ? 'authority' : facts.keyId || origin === 'own-ca' ? 'own' : 'partner',
    name: facts.subject,
    addresses: facts.addresses,
    issuer: facts.issuer,
    fingerprint: facts.sha256,
    algorithm: algorithmText(publicKey?.asymmetricKeyType, publicKey?.asymmetricKeyDetails),
    usage: facts.usages.map((usage) => (usage === 'ca' ? 'certify' : usage)),
    notBeforeMs: facts.notBefore,
    notAfterMs: facts.notAfter,
    trust: trust === 'by-path' ? 'undecided' : trust,
    revoked,
    usable: !revoked && inTime && good,
    origin:
      origin === 'signed-mail' ? 'mail' : origin === 'own-ca' || origin === 'operator' ? origin : 'other',
  };
}

interface KeyDetails {
  readonly modulusLength?: number;
  readonly namedCurve?: string;
}

function algorithmText(type: string | undefined, details: KeyDetails | undefined): string {
  if (type === 'rsa' || type === 'rsa-pss') return `RSA ${details?.modulusLength ?? ''}`.trim();
  if (type === 'ec') return details?.namedCurve ?? 'EC';
  return type ?? 'unknown';
}

export async function partnerKeyRow(key: KnownPartnerKey, { nowMs }: RowParts): Promise<CertificateRow> {
  const { describeKey } = await openPgpKeys();
  const description = await describeKey(fromBase64Url(key.facts.publicKey), nowMs);
  const revoked = key.status === 'revoked' || description.status === 'revoked';
  return {
    id: `openpgp/${key.fingerprint}`,
    technology: 'openpgp',
    kind: 'partner',
    name: key.facts.userIds[0] ?? key.fingerprint,
    addresses: key.facts.addresses,
    issuer: '',
    fingerprint: key.fingerprint,
    algorithm: description.algorithm,
    usage: key.facts.usages,
    notBeforeMs: key.facts.createdAt,
    notAfterMs: key.facts.expiresAt,
    trust: key.status === 'trusted' || key.status === 'distrusted' ? key.status : 'undecided',
    revoked,
    usable: key.status === 'trusted' && description.status === 'valid',
    origin:
      key.origin === 'operator'
        ? 'operator'
        : key.origin === 'mail' || key.origin === 'autocrypt'
          ? 'mail'
          : 'other',
  };
}

/** One of our OpenPGP keys; our S/MIME keys show by their certificates. */
export async function ownKeyRow(key: OwnKey, { nowMs }: RowParts): Promise<CertificateRow> {
  const { describeKey } = await openPgpKeys();
  const description = await describeKey(fromBase64Url(key.facts.publicKey), nowMs);
  return {
    id: `openpgp/${description.fingerprint}`,
    technology: 'openpgp',
    kind: 'own',
    name: description.userIds[0] ?? description.fingerprint,
    addresses: description.addresses,
    issuer: '',
    fingerprint: description.fingerprint,
    algorithm: description.algorithm,
    usage: description.usages,
    notBeforeMs: description.createdAtMs,
    notAfterMs: description.expiresAtMs,
    trust: 'trusted',
    revoked: key.status === 'revoked',
    usable: key.status === 'active' && description.status === 'valid',
    origin: 'own-key',
  };
}

/** Names from a certificate up to its root, as far as they are known here. */
export function chainOf(
  leaf: KnownCertificate,
  authorities: readonly KnownCertificate[],
): { id: string | null; name: string }[] {
  const chain: { id: string | null; name: string }[] = [];
  let current = leaf;
  for (let depth = 0; depth < CHAIN_MAX && current.facts.issuer !== current.facts.subject; depth++) {
    const issuer = authorities.find((a) => a.facts.subject === current.facts.issuer);
    chain.push({ id: issuer ? `smime/${issuer.facts.sha256}` : null, name: current.facts.issuer });
    if (!issuer) break;
    current = issuer;
  }
  return chain;
}
const CHAIN_MAX = 10; // Longer than any in use; a loop of names must end.

export function serialAndSubject(known: KnownCertificate): { serial: string; subject: string } {
  const certificate = readCertificate(fromBase64Url(known.facts.der));
  return { serial: certificate.serial, subject: nameText(certificate.subject) };
}
