/**
 * The main thread's answers to what mails ask: facts from the read models, all of one log position.
 */

import { createHash } from 'node:crypto';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { type Candidate, chooseCandidate } from '#domain/certificates/choice.ts';
import { capabilitiesInUse } from '#domain/partners/partner.ts';
import { type PdfFacts, pdfFactsOf } from '#domain/pdf/pdf-facts.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import type { OwnKey } from '#projections/own-keys.ts';
import type { KnownPartnerKey } from '#projections/partner-keys.ts';
import type { ReadModels } from '#projections/read-models.ts';
import type {
  FactsAnswer,
  FactsQuestion,
  OpenPgpSignersAnswer,
  OwnCertificate,
  OwnOpenPgpKey,
  Questions,
  RecipientKeys,
  SignerAnswer,
  SignerQuestion,
  SigningKeys,
} from './facts.ts';
import type { Learn } from './learn.ts';
import type { PdfPasswordAnswer, PdfPasswordQuestion } from './pdf-question.ts';

/** Judges certificates by path, time, usage and revocation; remembers its verdicts for a while. */
export interface CertificateJudge {
  mayEncrypt(certificate: KnownCertificate): Promise<boolean>;
  judgeSigner(question: SignerQuestion): Promise<SignerAnswer>;
}

/** Makes what a person needs to sign, at first need. Resolves when it is in the log and in the read models. */
export type Equip = (address: string, method: 'smime' | 'openpgp') => Promise<void>;

/** Finds or makes the password of a PDF. */
export type AnswerPdfPassword = (question: PdfPasswordQuestion) => Promise<PdfPasswordAnswer>;

export interface AnswerPorts {
  readonly models: ReadModels;
  readonly judge: CertificateJudge;
  readonly equip: Equip;
  readonly learn: Learn;
  readonly pdfPassword: AnswerPdfPassword;
  readonly nowMs: () => number;
}

type Answers = { [Q in keyof Questions]: (params: Questions[Q][0]) => Promise<Questions[Q][1]> };

export function answersTo(ports: AnswerPorts): (question: string, params: unknown) => Promise<unknown> {
  const answers: Answers = {
    facts: (params) => factsOf(ports, params),
    signingKeys: (params) => signingKeys(ports, params.address, params.method),
    signer: (params) => ports.judge.judgeSigner(params),
    announced: async (params) => {
      ports.learn(params);
      return null;
    },
    pdfPassword: (params) => ports.pdfPassword(params),
    openPgpSigners: async (params) => openPgpSigners(ports.models, params),
  };
  return (question, params) => {
    if (!Object.hasOwn(answers, question)) throw new Error(`no answer to ${question}`);
    return answers[question as keyof Answers](params as never);
  };
}

/** Judging a certificate may wait for a CRL; when the log went on meanwhile, the facts are gathered again. */
async function factsOf(ports: AnswerPorts, question: FactsQuestion): Promise<FactsAnswer> {
  const { models } = ports;
  for (;;) {
    const { position } = models;
    const recipients = await Promise.all(
      question.recipients.map((address) => recipientKeys(ports, question, address)),
    );
    if (models.position === position) return { ...policyFacts(models, question), recipients };
  }
}

function policyFacts(models: ReadModels, question: FactsQuestion): Omit<FactsAnswer, 'recipients'> {
  const { published } = models.policy;
  if (!published) throw Object.assign(new Error('no rule book yet'), { code: 'unavailable' });
  const ruleBookPosition = published.position.toString();
  const { sender } = question;
  return {
    position: models.position.toString(),
    ruleBookPosition,
    ruleBook: question.ruleBookPosition === ruleBookPosition ? null : published.book,
    pdfPolicy: models.pdf.policy,
    sender:
      sender === null
        ? null
        : {
            address: sender,
            language: languageOf(models, sender),
            isOurs: models.people.domainOf(sender) !== null,
            enrolled: models.people.person(sender) !== null,
          },
  };
}

async function recipientKeys(
  ports: AnswerPorts,
  question: FactsQuestion,
  address: string,
): Promise<RecipientKeys> {
  const { models } = ports;
  const nowMs = ports.nowMs();
  const certificate = await encryptionCertificate(ports, address, nowMs);
  const openPgp = encryptionKey(models.partnerKeys.ofAddress(address), nowMs);
  return {
    address,
    language: languageOf(models, address),
    isOurs: models.people.domainOf(address) !== null,
    enrolled: models.people.person(address) !== null,
    certificate: certificate.found,
    whyNoCertificate: certificate.why,
    capabilities: capabilitiesOf(models, address),
    openPgpKey: openPgp.found,
    whyNoOpenPgpKey: openPgp.why,
    decryptCertificates: decryptCertificates(models, address),
    decryptOpenPgp: ownOpenPgpKeys(models, address),
    pdf: pdfFacts(models, question, address, nowMs),
  };
}

function capabilitiesOf(models: ReadModels, address: string): AlgorithmIdentifier[] | null {
  const known = capabilitiesInUse(models.partners.ofAddress(address));
  return (
    known?.map(({ oid, parameters }) => ({
      oid,
      parameters: parameters === null ? null : fromBase64Url(parameters),
    })) ?? null
  );
}

const languageOf = (models: ReadModels, address: string): Language =>
  models.people.domainOf(address)?.settings.language ?? 'en';

function pdfFacts(models: ReadModels, question: FactsQuestion, recipient: string, nowMs: number): PdfFacts {
  const { sender, zone, receivedAtMs } = question;
  const pairSender = models.pdf.senderOfPair(sender ?? '');
  return pdfFactsOf({
    sender,
    senderIsOurs: sender !== null && models.people.domainOf(sender) !== null,
    zone,
    pair: models.pdf.pair(pairSender, recipient),
    invitation: models.pdf.invitation(pairSender, recipient),
    receivedAt: receivedAtMs,
    at: nowMs,
  });
}

interface Found {
  readonly found: Uint8Array | null;
  readonly why: string;
}

async function encryptionCertificate(ports: AnswerPorts, address: string, nowMs: number): Promise<Found> {
  const known = ports.models.certificates.ofAddress(address);
  if (known.length === 0) return { found: null, why: 'no certificate known' };
  const candidates = known.map((certificate) => ({ ...candidateOf(certificate), certificate }));
  const good = new Set<string>();
  for (const { id, trust, certificate } of candidates) {
    if (trust === 'by-path' && (await ports.judge.mayEncrypt(certificate))) good.add(id);
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

function encryptionKey(keys: readonly KnownPartnerKey[], nowMs: number): Found {
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

/** Every certificate whose private key is here and belongs to this address; old ones still read old mail (K10). */
function decryptCertificates(models: ReadModels, address: string): OwnCertificate[] {
  // By the public key: a certificate may have been known before its private key was imported. Only keys of this
  // person: a certificate that names a key of another must not open mail with it (threat 3).
  const keys = new Map(
    models.ownKeys.ofAddress(address).map((key) => [publicKeySha256(key), key.facts.keyId]),
  );
  return models.certificates.ofAddress(address).flatMap((c) => {
    const keyId = keys.get(c.facts.publicKeySha256);
    return keyId === undefined ? [] : [ownCertificate(models, c, keyId)];
  });
}

const hashes = new WeakMap<OwnKey['facts'], string>();

/** Hex SHA-256 of the SubjectPublicKeyInfo, as certificates record it. */
function publicKeySha256({ facts }: OwnKey): string {
  const known =
    hashes.get(facts) ?? createHash('sha256').update(fromBase64Url(facts.publicKey)).digest('hex');
  hashes.set(facts, known);
  return known;
}

function ownCertificate(models: ReadModels, c: KnownCertificate, keyId: string): OwnCertificate {
  return {
    keyId,
    certificate: fromBase64Url(c.facts.der),
    chain: chainAbove(models, c),
    encryptionCertificate: null,
  };
}

const CHAIN_MAX = 8; // Real chains have two or three issuers; a loop in the store must end.

/** Issuers by name, without self-signed ones: what a partner needs besides the root. */
function chainAbove(models: ReadModels, leaf: KnownCertificate): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let issuer = leaf.facts.issuer;
  for (let i = 0; i < CHAIN_MAX; i++) {
    const next = models.certificates.authorities().find((c) => c.facts.subject === issuer);
    if (!next || next.facts.issuer === next.facts.subject) break;
    chain.push(fromBase64Url(next.facts.der));
    issuer = next.facts.issuer;
  }
  return chain;
}

function ownOpenPgpKeys(models: ReadModels, address: string): OwnOpenPgpKey[] {
  return models.ownKeys
    .ofAddress(address)
    .filter((key) => key.facts.technology === 'openpgp')
    .map((key) => ({
      keyId: key.facts.keyId,
      publicKey: fromBase64Url(key.facts.publicKey),
      fingerprint: key.facts.fingerprint ?? '',
    }));
}

const RENEW_BEFORE_MS = 30 * 86_400_000; // A month: a partner's cached certificate is replaced before it ends.

async function signingKeys(
  ports: AnswerPorts,
  address: string,
  method: 'smime' | 'openpgp',
): Promise<SigningKeys> {
  const ready = signingKeysNow(ports, address, method);
  if (ready) return ready;
  if (ports.models.people.domainOf(address) === null) return { smime: null, openpgp: null };
  await ports.equip(address, method);
  return signingKeysNow(ports, address, method) ?? { smime: null, openpgp: null };
}

function signingKeysNow(
  ports: AnswerPorts,
  address: string,
  method: 'smime' | 'openpgp',
): SigningKeys | null {
  const { models } = ports;
  const person = models.people.person(address);
  const nowMs = ports.nowMs();
  if (method === 'smime') {
    const equipment = person?.smime;
    if (!equipment || equipment.notAfter < nowMs + RENEW_BEFORE_MS) return null;
    const certificate = models.certificates.get(equipment.signature.certificate);
    if (certificate?.status !== 'known' || certificate.trust === 'distrusted') return null;
    const { encryption, signature } = equipment;
    const other =
      encryption.certificate === signature.certificate
        ? null
        : models.certificates.get(encryption.certificate);
    const encryptionCertificate = other ? fromBase64Url(other.facts.der) : null;
    return {
      smime: { ...ownCertificate(models, certificate, signature.keyId), encryptionCertificate },
      openpgp: null,
    };
  }
  const equipment = person?.openPgp;
  const key = equipment ? models.ownKeys.get(equipment.keyId) : null;
  if (key?.status !== 'active' || (equipment?.notAfter ?? Infinity) < nowMs + RENEW_BEFORE_MS) return null;
  const publicKey = fromBase64Url(key.facts.publicKey);
  return {
    smime: null,
    openpgp: { keyId: key.facts.keyId, publicKey, fingerprint: key.facts.fingerprint ?? '' },
  };
}

function openPgpSigners(models: ReadModels, question: Questions['openPgpSigners'][0]): OpenPgpSignersAnswer {
  const keys = question.addresses.flatMap((address) => [
    ...models.partnerKeys
      .ofAddress(address)
      .filter((k) => k.status !== 'revoked')
      .map((k) => ({
        publicKey: fromBase64Url(k.facts.publicKey),
        fingerprint: k.fingerprint,
        trusted: k.status === 'trusted',
      })),
    ...ownOpenPgpKeys(models, address).map((k) => ({
      publicKey: k.publicKey,
      fingerprint: k.fingerprint,
      trusted: true,
    })),
  ]);
  return { keys };
}
