/**
 * A kept mail as its recipient's mail program would show it: opened with the demonstration partner's keys when it is for
 * the partner, with no keys otherwise.
 *
 * It runs the gateway's own opening code, as the other side of the wire. The partner trusts the gateway's authority, as
 * partners do who were given its certificate, and asks nobody for revocations: a try-out reaches no network.
 */
import { join } from 'node:path';
import { parseFrom } from '#domain/mail/address-list.ts';
import { octetsOf } from '#domain/mail/octets.ts';
import type { SignatureProblem, Technology, Verdict } from '#domain/mail/verdict.ts';
import { decodeCharset, decodeEncodedWords } from '#domain/mime/encoded-word.ts';
import { firstValue } from '#domain/mime/header.ts';
import { gather } from '#domain/mime/text.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { entitiesOf } from '#domain/mime/tree.ts';
import type { Layout } from '#node/config/layout.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { CertificatePool } from '#node/crypto/x509/certificate-pool.ts';
import { nameText } from '#node/crypto/x509/distinguished-name.ts';
import { addressesOf } from '#node/crypto/x509/mail-usage.ts';
import { findPath } from '#node/crypto/x509/path-builder.ts';
import type {
  Ask,
  OpenPgpSignersAnswer,
  RecipientKeys,
  SignerAnswer,
  SignerQuestion,
} from '#node/protect/facts.ts';
import { entityOf, type OpeningMail } from '#node/protect/layer.ts';
import { verdictOf } from '#node/protect/open.ts';
import { newBudget, openLayers } from '#node/protect/open-layers.ts';
import { DEMO_PARTNER, DEMO_PARTNER_PGP } from './demo-material.ts';
import type { DemoPartner } from './demo-partner.ts';
import { partnerPort } from './partner-port.ts';

const TEXT_CHARS_MAX = 100_000; // More is not read on a page.

/** What the partner has been given by the gateway's people. */
export interface KnownToPartner {
  /** Certificates of the gateway's authorities, DER. */
  readonly authorities: readonly Uint8Array[];
  /** The sender's OpenPGP public keys, binary. */
  readonly openPgpKeys: readonly Uint8Array[];
}

export interface PartnerReading {
  readonly subject: string;
  /** The first plain text in it; empty when there is none, or when it could not be opened. */
  readonly text: string;
  readonly technology: Technology | null;
  readonly encryption: Verdict['encryption'];
  readonly signature: Verdict['signature'];
  readonly problem: SignatureProblem | null;
  readonly signerAddress: string;
  readonly signerIssuer: string;
  readonly algorithms: readonly string[];
}

interface ReadMail {
  readonly reading: PartnerReading;
  /** Certificates that came with an S/MIME signature, DER: where an answer can be encrypted to. */
  readonly certificates: readonly Uint8Array[];
}

export interface MailToRead {
  readonly raw: Uint8Array;
  readonly recipients: readonly string[];
  readonly known: KnownToPartner;
  readonly atMs: number;
}

export async function readAsPartner(
  layout: Layout,
  partner: DemoPartner,
  request: MailToRead,
): Promise<ReadMail> {
  const outer = entityOf(octetsOf(request.raw));
  if (!outer) return { reading: UNREADABLE, certificates: [] };
  const certificates: Uint8Array[] = [];
  const from = parseFrom(outer.entity.header.fields);
  const { layers, content } = await openLayers(outer, {
    recipient: keysFor(partner, request.recipients),
    ports: {
      settings: { layout: { scratch: join(layout.mailbox, 'scratch') } },
      ask: partnersAnswers(request.known, certificates),
      keys: partnerPort(partner),
    },
    from: from.ok ? from.address.text : null,
    atMs: request.atMs,
    budget: newBudget(),
    position: null,
    weakCiphers: [],
  });
  const verdict = verdictOf(layers);
  const shown = content ?? outer;
  const reading: PartnerReading = {
    subject: decodeEncodedWords(subjectOf(shown) ?? subjectOf(outer) ?? ''),
    text: verdict.encryption === 'not-opened' ? '' : textOf(shown),
    technology: layers[0]?.technology ?? null,
    encryption: verdict.encryption,
    signature: verdict.signature,
    problem: verdict.problem,
    signerAddress: verdict.signer?.addresses[0] ?? '',
    signerIssuer: verdict.signer?.issuer ?? '',
    algorithms: [
      ...new Set(layers.flatMap((layer) => (layer.kind === 'compressed' ? [] : layer.algorithms))),
    ],
  };
  return { reading, certificates };
}

const UNREADABLE: PartnerReading = {
  subject: '',
  text: '',
  technology: null,
  encryption: 'none',
  signature: 'none',
  problem: null,
  signerAddress: '',
  signerIssuer: '',
  algorithms: [],
};

/** Each of the partner's addresses has one key; mail for others stays closed. */
function keysFor({ smime, openPgp }: DemoPartner, recipients: readonly string[]): RecipientKeys {
  const certificate = {
    keyId: 'smime',
    certificate: smime.certificate.der,
    chain: [],
    encryptionCertificate: null,
  };
  const key = { keyId: 'openpgp', publicKey: openPgp.publicKey, fingerprint: openPgp.key.getFingerprint() };
  return {
    address: recipients[0] ?? '',
    language: 'en',
    isOurs: true,
    enrolled: true,
    certificate: null,
    whyNoCertificate: '',
    capabilities: null,
    openPgpKey: null,
    whyNoOpenPgpKey: '',
    decryptCertificates: recipients.includes(DEMO_PARTNER) ? [certificate] : [],
    pdf: { hasPassword: false, whyNot: 'a partner' },
    decryptOpenPgp: recipients.includes(DEMO_PARTNER_PGP) ? [key] : [],
  };
}

/** The partner's own judgement of signers; `seen` collects the certificates of the mail. */
function partnersAnswers({ authorities, openPgpKeys }: KnownToPartner, seen: Uint8Array[]): Ask {
  const ask = async (question: string, params: unknown): Promise<unknown> => {
    if (question === 'signer') {
      const signer = params as SignerQuestion;
      seen.push(signer.certificate, ...signer.others);
      return judgeSigner(signer, authorities);
    }
    if (question === 'announced') return null; // The demonstration partner remembers nothing.
    if (question !== 'openPgpSigners') throw new Error(`no answer to ${question}`);
    const keys = openPgpKeys.map((publicKey) => ({ publicKey, fingerprint: '', trusted: true }));
    return { keys } satisfies OpenPgpSignersAnswer;
  };
  return ask as Ask;
}

function judgeSigner(question: SignerQuestion, authorities: readonly Uint8Array[]): SignerAnswer {
  const leaf = readCertificate(question.certificate);
  const result = findPath(leaf, {
    usage: 'sign',
    atMs: question.atMs,
    anchors: new CertificatePool(authorities.map((der) => readCertificate(der))),
    intermediates: new CertificatePool(),
    revocation: () => 'unknown',
  });
  const untimely = !result.ok && ['expired', 'not-yet-valid'].includes(result.problem);
  return {
    problem: result.ok ? null : untimely ? 'expired' : 'not-trusted',
    identity: {
      name: nameText(leaf.subject),
      addresses: addressesOf(leaf),
      fingerprint: leaf.sha256,
      issuer: nameText(leaf.issuer),
      claimedAtMs: null,
    },
  };
}

const subjectOf = ({ entity }: OpeningMail): string | null => firstValue(entity.header, 'subject');

function textOf({ octets, entity }: OpeningMail): string {
  for (const part of entitiesOf(entity)) {
    if (part.contentType.value !== 'text/plain' || part.children.length > 0) continue;
    const bytes = gather(decodedBody(octets, part));
    const charset = part.contentType.parameters.get('charset') ?? 'utf-8';
    return (decodeCharset(charset, bytes) ?? Buffer.from(bytes).toString('latin1'))
      .replace(/\r\n/g, '\n')
      .slice(0, TEXT_CHARS_MAX);
  }
  return '';
}
