/**
 * The gateway at one position of the log as an auditor asks for it: everything that decides about mail, as rows for
 * JSON. No secret and no password hash is in it.
 */
import type { Capability } from '#domain/partners/partner.ts';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { ReadModels } from './read-models.ts';

/** Every row has an `id` that names the same thing in every state. */
interface StateRow {
  readonly id: string;
  readonly [field: string]: unknown;
}

export const STATE_SECTIONS = [
  'mailDomains',
  'people',
  'certificates',
  'partnerKeys',
  'partners',
  'keys',
  'authorities',
  'anchors',
  'operators',
  'pdfPairs',
  'pdfSettings',
] as const;
export type StateSection = (typeof STATE_SECTIONS)[number];

export interface GatewayState extends Readonly<Record<StateSection, readonly StateRow[]>> {
  /** Decimal; of the last event that counts. */
  readonly position: string;
  readonly ruleBook: {
    readonly position: string;
    readonly atMs: number;
    readonly by: string;
    readonly reason: string;
    readonly book: RuleBook;
  } | null;
}

export function gatewayState(models: ReadModels): GatewayState {
  const { published } = models.policy;
  return {
    position: String(models.position),
    ruleBook: published && { ...published, position: String(published.position) },
    mailDomains: [...models.people.domains()].map(({ domain, settings, sinceMs }) => {
      return { id: domain, ...settings, sinceMs };
    }),
    people: [...models.people.people()].map(({ address, name, language, smime, openPgp, sinceMs }) => ({
      id: address,
      name,
      language,
      signatureCertificate: smime?.signature.certificate ?? null,
      encryptionCertificate: smime?.encryption.certificate ?? null,
      openPgpKey: openPgp?.fingerprint ?? null,
      sinceMs,
    })),
    certificates: [...models.certificates.all()].map(({ facts, status, trust, origin, revocation }) => ({
      id: `smime/${facts.sha256}`,
      addresses: facts.addresses,
      subject: facts.subject,
      issuer: facts.issuer,
      serial: facts.serial,
      usages: facts.usages,
      notBeforeMs: facts.notBefore,
      notAfterMs: facts.notAfter,
      keyId: facts.keyId,
      origin,
      trust,
      revoked: status === 'revoked',
      revocation,
    })),
    partnerKeys: [...models.partnerKeys.all()].map(({ fingerprint, facts, status, origin }) => ({
      id: `openpgp/${fingerprint}`,
      addresses: facts.addresses,
      userIds: facts.userIds,
      usages: facts.usages,
      expiresAtMs: facts.expiresAt,
      origin,
      trust: status,
    })),
    partners: [...models.partners.all()].map(({ address, announced, profile }) => ({
      id: address ?? '',
      announced: announced ? announced.capabilities.map(capabilityWord) : null,
      announcedWith: announced?.certificate ?? null,
      profile: profile?.name ?? 'automatic',
      profileCapabilities: profile ? profile.capabilities.map(capabilityWord) : null,
    })),
    keys: [...models.ownKeys.all()].map(({ facts, status, since }) => ({
      id: facts.keyId,
      technology: facts.technology,
      usage: facts.usage,
      owner: facts.owner.kind === 'person' ? facts.owner.address : `authority ${facts.owner.id}`,
      fingerprint: facts.fingerprint ?? null,
      state: status,
      sinceMs: since,
    })),
    authorities: authorityRows(models),
    anchors: [...models.authorities.anchors()].map(({ facts }) => {
      return { id: facts.sha256, subject: facts.subject, notAfterMs: facts.notAfter };
    }),
    operators: [...models.operators.all()].map((operator) => ({
      id: operator.operatorId,
      name: operator.name,
      roles: operator.roles,
      state: operator.status,
      mustChange: operator.mustChange,
      createdAtMs: operator.createdAtMs,
    })),
    pdfPairs: [...models.pdf.pairs()].map(({ sender, recipient, language, passwords }) => {
      const last = passwords.at(-1);
      return {
        id: `${sender}/${recipient}`,
        passwords: passwords.length,
        origin: last?.origin ?? null,
        sinceMs: last?.since ?? null,
        expiresAtMs: last?.expiresAt ?? null,
        untilMs: last?.until ?? null,
        language,
      };
    }),
    pdfSettings: [
      { id: 'policy', ...models.pdf.policy },
      ...[...models.pdf.templates()].map(([domain, { logo, ...settings }]) => {
        return { id: `template ${domain}`, ...settings, logo: logo?.type ?? null };
      }),
    ],
  };
}

const capabilityWord = ({ oid, parameters }: Capability): string =>
  parameters === null ? oid : `${oid}:${parameters}`;

function authorityRows(models: ReadModels): StateRow[] {
  return [...models.authorities.authorities()].map(({ facts, revoked, crl, crlIsDue }) => {
    const serials: string[] = [];
    for (let rest = revoked; rest; rest = rest.before) serials.push(rest.line.serial);
    return {
      id: facts.authorityId,
      certificate: facts.sha256,
      subject: facts.subject,
      notAfterMs: facts.notAfter,
      crlUrl: facts.crlUrl,
      crlNumber: crl?.number ?? null,
      crlIsDue,
      revokedSerials: serials.reverse(),
    };
  });
}
