/**
 * Certificates as the management shows them: those of the log's certificate streams, and those of our own authorities,
 * which stand in the authorities' streams.
 */
import { fromBase64Url } from '#domain/canonical-json.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { factsOfCertificate } from '#node/crypto/x509/certificate-facts.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import type { ReadModels } from '#projections/read-models.ts';

export function ownAuthorities(models: ReadModels): KnownCertificate[] {
  return [...models.authorities.authorities()].map(({ facts }) => ({
    status: 'known',
    facts: factsOfCertificate(readCertificate(fromBase64Url(facts.der)), facts.keyId),
    origin: 'own-ca',
    authorityId: facts.authorityId,
    trust: 'trusted',
    trustSince: 0,
    revocation: null,
    firstPosition: 0n,
    importedBy: 'system',
  }));
}

export function findCertificate(models: ReadModels, sha256: string): KnownCertificate | null {
  return (
    models.certificates.get(sha256) ?? ownAuthorities(models).find((a) => a.facts.sha256 === sha256) ?? null
  );
}
