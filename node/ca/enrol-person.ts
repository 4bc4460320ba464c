/**
 * Enrols a person and equips them: keys, certificates, and the record of both, in one batch of events.
 *
 * The batch expects the person's stream at the version that was read, so whoever comes second (a mail on another
 * gateway, an operator's click) finds what the first one made. What was made in vain was never recorded and is gone.
 */
import type { Draft } from '#consensus/event-log.ts';
import { certificateDecider, certificateStream } from '#domain/certificates/certificate.ts';
import { foldStream } from '#domain/decider.ts';
import { keyRecordDecider, keyStream } from '#domain/keys/key-record.ts';
import { addressKey } from '#domain/mail/address.ts';
import { mailDomainDecider, mailDomainStream } from '#domain/people/mail-domain.ts';
import {
  type CertifiedKey,
  type Person,
  type PersonCommand,
  type PersonEvent,
  type PersonRefusal,
  personDecider,
  personStream,
  type SmimeEquipment,
} from '#domain/people/person.ts';
import { factsOfCertificate } from '#node/crypto/x509/certificate-facts.ts';
import { issueMailCertificate } from '#node/crypto/x509/issue-certificate.ts';
import { appendSurely, type CommandMeta, draftOf, errorCode, RETRIES_MAX } from '#node/ledger/execute.ts';
import { type CaPorts, type CaSettings, OWN_AUTHORITY_ID } from './ca-ports.ts';
import { isStillGood } from './equipment.ts';
import { generateKey } from './generate-key.ts';
import { authoritySigner, type OwnAuthority } from './own-authority.ts';

/** Two years: below the 825 days that the profile allows, with time for renewal. */
const CERTIFICATE_VALIDITY_DAYS = 730;

export interface EnrolRequest {
  /** Canonical; upper case in it is lowered. */
  readonly address: string;
  /** For display; empty where it is not known. */
  readonly name: string;
  /** A mail asks, not an operator: refused with `withdrawn` for a person whose seat was taken. */
  readonly atFirstNeed?: boolean;
}

export type EnrolResult =
  | { readonly kind: 'done'; readonly smime: SmimeEquipment }
  | { readonly kind: 'refused'; readonly refusal: PersonRefusal | 'not-our-domain' };

export async function enrolPerson(
  ports: CaPorts,
  settings: CaSettings,
  authority: OwnAuthority,
  { address: spelled, name, atFirstNeed = false }: EnrolRequest,
  meta: CommandMeta,
): Promise<EnrolResult> {
  const address = addressKey(spelled);
  const domain = foldStream(
    mailDomainDecider,
    await ports.ledger.readStream(mailDomainStream(domainOf(address))),
  );
  if (domain.status !== 'ours') return { kind: 'refused', refusal: 'not-our-domain' };
  const { certificatesPerPerson, language } = domain.settings;
  const enrol: PersonCommand = { type: 'EnrolPerson', address, name, language, atFirstNeed, at: meta.atMs };
  let made: Made | null = null;
  for (let attempt = 0; ; attempt++) {
    const { person, version } = await readPerson(ports, address);
    const smime = person.status === 'enrolled' ? person.smime : null;
    if (smime && (await isStillGood(ports, smime, meta.atMs))) return { kind: 'done', smime };
    const enrolled = personDecider.decide(enrol, person);
    if (enrolled.kind === 'refused') return enrolled;
    // One request may come again at the next renewal: its events of then are others.
    const batchMeta = { ...meta, requestId: `${meta.requestId}|${version}` };
    made ??= await makeEquipment(ports, settings, authority, address, certificatesPerPerson, batchMeta);
    const drafts = await draftsFor(ports, made, person, enrolled.events, address, batchMeta);
    try {
      await appendSurely(ports.ledger, drafts, { stream: personStream(address), version });
    } catch (error) {
      if (errorCode(error) !== 'version-conflict' || attempt >= RETRIES_MAX) throw error;
      continue;
    }
    // Read again: the same request on another gateway may have recorded its own keys under the same ids.
    const after = (await readPerson(ports, address)).person;
    if (after.status === 'enrolled' && after.smime) return { kind: 'done', smime: after.smime };
  }
}

async function readPerson(ports: CaPorts, address: string): Promise<{ person: Person; version: number }> {
  const stored = await ports.ledger.readStream(personStream(address));
  return { person: foldStream(personDecider, stored), version: stored.length };
}

interface Made {
  readonly smime: SmimeEquipment;
  /** Numbered from the index given. */
  drafts(from: number): Draft[];
}

async function draftsFor(
  ports: CaPorts,
  made: Made,
  person: Person,
  enrolled: readonly PersonEvent[],
  address: string,
  meta: CommandMeta,
): Promise<Draft[]> {
  const equipped: PersonEvent = { type: 'PersonEquippedWithSmime', smime: made.smime, at: meta.atMs };
  const events = [...enrolled, equipped];
  const drafts = events.map((event, i) => draftOf(personDecider, personStream(address), event, meta, i));
  drafts.push(...made.drafts(drafts.length));
  const old = person.status === 'enrolled' && person.smime;
  const oldKeys = old ? new Set([old.signature.keyId, old.encryption.keyId]) : [];
  for (const keyId of oldKeys) drafts.push(...(await retirement(ports, keyId, meta, drafts.length)));
  return drafts;
}

/** The key that is replaced stays for reading old mail. */
async function retirement(ports: CaPorts, keyId: string, meta: CommandMeta, index: number): Promise<Draft[]> {
  const key = foldStream(keyRecordDecider, await ports.ledger.readStream(keyStream(keyId)));
  const decision = keyRecordDecider.decide({ type: 'RetireKey', at: meta.atMs }, key);
  if (decision.kind === 'refused') return []; // Revoked already.
  return decision.events.map((event, i) =>
    draftOf(keyRecordDecider, keyStream(keyId), event, meta, index + i),
  );
}

async function makeEquipment(
  ports: CaPorts,
  settings: CaSettings,
  authority: OwnAuthority,
  address: string,
  certificates: 'one' | 'two',
  meta: CommandMeta,
): Promise<Made> {
  const certify = (usage: 'sign' | 'encrypt' | 'both') =>
    certifiedKey(ports, settings, authority, address, usage, meta);
  const all = await Promise.all(
    certificates === 'two' ? [certify('sign'), certify('encrypt')] : [certify('both')],
  );
  const signature = all[0]!;
  const encryption = all.at(-1)!;
  return {
    smime: {
      signature: signature.certified,
      encryption: encryption.certified,
      notAfter: Math.min(signature.notAfterMs, encryption.notAfterMs),
    },
    drafts: (from) => all.flatMap((one, i) => one.drafts(from + i * 2)),
  };
}

async function certifiedKey(
  ports: CaPorts,
  settings: CaSettings,
  authority: OwnAuthority,
  address: string,
  usage: 'sign' | 'encrypt' | 'both',
  meta: CommandMeta,
): Promise<{ certified: CertifiedKey; notAfterMs: number; drafts(from: number): Draft[] }> {
  const key = await generateKey(ports, settings.personKey, { kind: 'person', address }, usage, meta);
  const certificate = await issueMailCertificate(
    {
      issuer: authority.certificate,
      address,
      publicKey: key.publicKey,
      usage,
      validityDays: CERTIFICATE_VALIDITY_DAYS,
      atMs: meta.atMs,
      crlUrl: authority.facts.crlUrl,
    },
    authoritySigner(ports, authority),
  );
  const facts = factsOfCertificate(certificate, key.keyId);
  const issued = {
    type: 'CertificateIssued',
    authorityId: OWN_AUTHORITY_ID,
    ...facts,
    at: meta.atMs,
  } as const;
  const stream = certificateStream(certificate.sha256);
  return {
    certified: { keyId: key.keyId, certificate: certificate.sha256 },
    notAfterMs: certificate.notAfterMs,
    drafts: (from) => [key.draft(from), draftOf(certificateDecider, stream, issued, meta, from + 1)],
  };
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);
