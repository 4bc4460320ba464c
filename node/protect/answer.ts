/** The main thread's answers to what mails ask: facts from the read models, all of one log position. */
import { fromBase64Url } from '#domain/canonical-json.ts';
import { capabilitiesInUse } from '#domain/partners/partner.ts';
import { type PdfFacts, pdfFactsOf } from '#domain/pdf/pdf-facts.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import type { ReadModels } from '#projections/read-models.ts';
import type {
  FactsAnswer,
  FactsQuestion,
  OpenPgpSignersAnswer,
  Questions,
  RecipientKeys,
  SignerAnswer,
  SignerQuestion,
} from './facts.ts';
import type { Learn } from './learn.ts';
import { decryptCertificates, ownOpenPgpKeys } from './own-keys.ts';
import { encryptionCertificate, encryptionKey } from './partner-choice.ts';
import type { PdfPasswordAnswer, PdfPasswordQuestion } from './pdf-question.ts';
import { type Equip, signingKeys } from './signing-keys.ts';

/** Judges certificates by path, time, usage and revocation; remembers its verdicts for a while. */
export interface CertificateJudge {
  mayEncrypt(certificate: KnownCertificate): Promise<boolean>;
  judgeSigner(question: SignerQuestion): Promise<SignerAnswer>;
}

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
  const certificate = await encryptionCertificate(
    models.certificates.ofAddress(address),
    (candidate) => ports.judge.mayEncrypt(candidate),
    nowMs,
  );
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
