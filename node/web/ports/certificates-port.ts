/** Keys and certificates of the management: find, import, export, decide about trust, revoke, make. */
import { randomUUID } from 'node:crypto';
import { certificateDecider, certificateStream } from '#domain/certificates/certificate.ts';
import { anchorStream, trustAnchorDecider } from '#domain/certificates/trust-anchor.ts';
import { keyRecordDecider, keyStream } from '#domain/keys/key-record.ts';
import { partnerKeyDecider, partnerKeyStream } from '#domain/keys/partner-key.ts';
import type { CertificateAuthority } from '#node/ca/certificate-authority.ts';
import type { CertificateJudge } from '#node/protect/answer.ts';
import { type Actor, AdminRefusal } from '#node/web/admin-request.ts';
import type {
  CertificateDetail,
  CertificateRow,
  CertificatesPort,
} from '#node/web/certificates-admin-port.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import { exportFile } from './certificate-export.ts';
import { importFile } from './certificate-import.ts';
import {
  certificateRow,
  chainOf,
  ownKeyRow,
  partnerKeyRow,
  type RowParts,
  serialAndSubject,
} from './certificate-rows.ts';
import { findCertificate, ownAuthorities } from './known-certificates.ts';
import { openPgpEquipment } from './openpgp-at-need.ts';
import { abilitiesOf, chooseProfile } from './partner-profiles.ts';
import { matches, metaOf, type PortParts, page, perform, refusal, seen, unavailable } from './parts.ts';
import { addressOf } from './people-port.ts';

export interface CertificatesParts extends PortParts {
  readonly judge: CertificateJudge;
  readonly authority: CertificateAuthority;
}

export function certificatesPort(parts: CertificatesParts): CertificatesPort {
  const { models } = parts;
  const rowParts = (): RowParts => ({ judge: parts.judge, nowMs: Date.now() });
  return {
    async list(request) {
      const rows = (await allRows(parts, rowParts()))
        .filter((row) => request.kind === null || row.kind === request.kind)
        .filter((row) => request.technology === null || row.technology === request.technology)
        .filter((row) => matches(request.search, row.name, row.fingerprint, row.issuer, ...row.addresses));
      return page(rows, request);
    },
    get: (id) => detailOf(parts, id, rowParts()),
    import: (request, by) => importFile(parts, request, by),
    export: (request, by) => exportFile(parts, request, by),
    async setTrust({ id, trust }, by) {
      const known = models.certificates.get(fingerprintOf(id));
      if (known) return trustCertificate(parts, known, trust, by);
      const key = models.partnerKeys.get(fingerprintOf(id));
      if (!key) throw new AdminRefusal('unknown', 'There is no such certificate or key.');
      const type = trust === 'trusted' ? ('TrustPartnerKey' as const) : ('DistrustPartnerKey' as const);
      await perform(parts, partnerKeyDecider, partnerKeyStream(key.fingerprint), { type, at: by.atMs }, by);
    },
    async revoke({ id, reason }, by) {
      if (models.certificates.get(fingerprintOf(id))) {
        const done = await parts.authority
          .revoke(fingerprintOf(id), reason, metaOf(by))
          .catch((error: Error) => {
            throw unavailable(error);
          });
        if (done.kind === 'refused') throw refusal(done.refusal);
        return seen(parts);
      }
      return revokeOpenPgp(parts, fingerprintOf(id), by);
    },
    chooseProfile: (request, by) => chooseProfile(parts, request, by),
    createKeys: (request, by) => createKeys(parts, request, by),
  };
}

const fingerprintOf = (id: string): string => id.slice(id.indexOf('/') + 1);

async function allRows({ models }: PortParts, rowParts: RowParts): Promise<CertificateRow[]> {
  const rows: CertificateRow[] = [];
  for (const known of ownAuthorities(models)) rows.push(await certificateRow(known, rowParts));
  for (const known of models.certificates.all()) rows.push(await certificateRow(known, rowParts));
  for (const key of models.partnerKeys.all()) rows.push(await partnerKeyRow(key, rowParts));
  for (const key of models.ownKeys.all()) {
    if (key.facts.technology === 'openpgp') rows.push(await ownKeyRow(key, rowParts));
  }
  return rows.reverse(); // The newest first.
}

async function detailOf(
  parts: CertificatesParts,
  id: string,
  rowParts: RowParts,
): Promise<CertificateDetail | null> {
  const { models } = parts;
  const known = findCertificate(models, fingerprintOf(id));
  if (known) {
    const row = await certificateRow(known, rowParts);
    return {
      ...row,
      ...serialAndSubject(known),
      chain: chainOf(known, [...ownAuthorities(models), ...models.certificates.authorities()]),
      problems: problemsOf(row, rowParts.nowMs),
      revokedAtMs: known.revocation?.at ?? null,
      revocationReason: known.revocation?.reason ?? '',
      importedAtMs: known.trustSince,
      importedBy: known.importedBy,
      exports: known.facts.keyId && row.kind === 'own' ? ['pem', 'der', 'p7b', 'p12'] : ['pem', 'der', 'p7b'],
      abilities: abilitiesOf(models, known),
      history: await historyOf(parts, certificateStream(known.facts.sha256)),
    };
  }
  const partner = models.partnerKeys.get(fingerprintOf(id));
  const own = [...models.ownKeys.all()].find((k) => k.facts.fingerprint === fingerprintOf(id));
  if (!partner && !own) return null;
  const row = partner ? await partnerKeyRow(partner, rowParts) : own ? await ownKeyRow(own, rowParts) : null;
  if (!row) return null;
  const stream = partner ? partnerKeyStream(partner.fingerprint) : keyStream(own?.facts.keyId ?? '');
  return {
    ...row,
    serial: '',
    subject: row.name,
    chain: [],
    problems: problemsOf(row, rowParts.nowMs),
    revokedAtMs: null,
    revocationReason: '',
    importedAtMs: partner?.importedAtMs ?? own?.since ?? null,
    importedBy: partner?.importedBy ?? '',
    exports: ['openpgp-armored', 'openpgp-binary'],
    abilities: [],
    history: await historyOf(parts, stream),
  };
}

function problemsOf(row: CertificateRow, nowMs: number): string[] {
  if (row.usable) return [];
  if (row.revoked) return ['revoked'];
  if (row.notAfterMs !== null && nowMs > row.notAfterMs) return ['expired'];
  if (nowMs < row.notBeforeMs) return ['not yet valid'];
  return [
    row.trust === 'distrusted'
      ? 'distrusted by an operator'
      : 'no path to a trusted authority, and not trusted by an operator',
  ];
}

async function historyOf(parts: PortParts, stream: string): Promise<CertificateDetail['history']> {
  const events = await parts.ledger.readStream(stream);
  return events
    .map(({ position, kind, atMs, actor, reason }) => ({
      position: position.toString(),
      kind,
      atMs,
      actor,
      reason,
    }))
    .reverse();
}

/** An authority becomes (or ceases to be) a trust anchor; a leaf is trusted by an operator's word. */
async function trustCertificate(
  parts: PortParts,
  known: KnownCertificate,
  trust: 'trusted' | 'distrusted',
  by: Actor,
): Promise<void> {
  const { facts } = known;
  if (facts.usages.includes('ca')) {
    const stream = anchorStream(facts.sha256);
    const command =
      trust === 'trusted'
        ? {
            type: 'AddTrustAnchor' as const,
            sha256: facts.sha256,
            der: facts.der,
            subject: facts.subject,
            notAfter: facts.notAfter,
            isCa: true,
            at: by.atMs,
          }
        : { type: 'RemoveTrustAnchor' as const, at: by.atMs };
    if (trust === 'trusted' || parts.models.authorities.anchor(facts.sha256)) {
      await perform(parts, trustAnchorDecider, stream, command, {
        ...by,
        requestId: `${by.requestId}|anchor`,
      });
    }
  }
  const type = trust === 'trusted' ? ('TrustCertificate' as const) : ('DistrustCertificate' as const);
  await perform(parts, certificateDecider, certificateStream(facts.sha256), { type, at: by.atMs }, by);
}

async function revokeOpenPgp(parts: PortParts, fingerprint: string, by: Actor): Promise<void> {
  const partner = parts.models.partnerKeys.get(fingerprint);
  const own = [...parts.models.ownKeys.all()].find((k) => k.facts.fingerprint === fingerprint);
  if (partner) {
    const command = { type: 'RevokePartnerKey' as const, at: by.atMs };
    await perform(parts, partnerKeyDecider, partnerKeyStream(fingerprint), command, by);
  } else if (own) {
    const command = { type: 'RevokeKey' as const, reason: 'unspecified' as const, at: by.atMs };
    await perform(parts, keyRecordDecider, keyStream(own.facts.keyId), command, by);
  } else throw new AdminRefusal('unknown', 'There is no such certificate or key.');
}

async function createKeys(
  parts: CertificatesParts,
  request: { address: string; technology: 'smime' | 'openpgp' },
  by: Actor,
): Promise<string[]> {
  const address = addressOf(request.address);
  const domain = parts.models.people.domainOf(address);
  if (!domain) throw new AdminRefusal('not-allowed', 'This address is in none of our mail domains.');
  const name = parts.models.people.person(address)?.name ?? '';
  const meta = { ...metaOf(by), requestId: randomUUID() };
  try {
    if (request.technology === 'openpgp') {
      const { equipOpenPgp } = await openPgpEquipment();
      const { language } = domain.settings;
      const done = await equipOpenPgp(parts, { address, name, language }, meta);
      if (done.kind === 'refused') throw refusal(done.refusal);
      await seen(parts);
      return [`openpgp/${done.fingerprint}`];
    }
    const done = await parts.authority.enrol({ address, name }, meta);
    if (done.kind === 'refused') throw refusal(done.refusal);
    await seen(parts);
    return [...new Set([done.smime.signature.certificate, done.smime.encryption.certificate])].map(
      (id) => `smime/${id}`,
    );
  } catch (error) {
    throw unavailable(error as Error);
  }
}
