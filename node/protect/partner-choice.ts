/** Which of the certificates and keys known of a partner is used to encrypt to it, and why not when none is. */
import { fromBase64Url } from '#domain/canonical-json.ts';
import { type Candidate, chooseCandidate } from '#domain/certificates/choice.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import type { KnownPartnerKey } from '#projections/partner-keys.ts';

export interface Found {
  readonly found: Uint8Array | null;
  readonly why: string;
}

/** `mayEncrypt` judges those that are trusted by their path. */
export async function encryptionCertificate(
  known: readonly KnownCertificate[],
  mayEncrypt: (certificate: KnownCertificate) => Promise<boolean>,
  nowMs: number,
): Promise<Found> {
  if (known.length === 0) return { found: null, why: 'no certificate known' };
  const candidates = known.map((certificate) => ({ ...candidateOf(certificate), certificate }));
  const good = new Set<string>();
  for (const { id, trust, certificate } of candidates) {
    if (trust === 'by-path' && (await mayEncrypt(certificate))) good.add(id);
  }
  const choice = chooseCandidate(candidates, 'encrypt', nowMs, (c) => good.has(c.id));
  if (choice.inUse) return { found: fromBase64Url(choice.inUse.certificate.facts.der), why: '' };
  return { found: null, why: choice.unfit.map((u) => `${u.candidate.id.slice(0, 16)} ${u.why}`).join(', ') };
}

function candidateOf(certificate: KnownCertificate): Candidate {
  const { facts } = certificate;
  return {
    id: facts.sha256,
    publicKeyId: facts.publicKeySha256,
    trust: certificate.trust,
    trustSince: certificate.trustSince,
    firstSeen: Number(certificate.firstPosition),
    notBefore: facts.notBefore,
    notAfter: facts.notAfter,
    revoked: certificate.status === 'revoked',
    usages: facts.usages,
  };
}

export function encryptionKey(keys: readonly KnownPartnerKey[], nowMs: number): Found {
  if (keys.length === 0) return { found: null, why: 'no key known' };
  const candidates = keys.map((key) => ({
    id: key.fingerprint,
    publicKeyId: key.fingerprint,
    trust: key.status === 'revoked' ? ('distrusted' as const) : key.status,
    trustSince: key.importedAtMs,
    firstSeen: Number(key.firstPosition),
    notBefore: key.facts.createdAt,
    notAfter: key.facts.expiresAt,
    revoked: key.status === 'revoked',
    usages: key.facts.usages,
    key,
  }));
  const choice = chooseCandidate(candidates, 'encrypt', nowMs, () => false);
  if (choice.inUse) return { found: fromBase64Url(choice.inUse.key.facts.publicKey), why: '' };
  return { found: null, why: choice.unfit.map((u) => `${u.candidate.id.slice(0, 16)} ${u.why}`).join(', ') };
}
