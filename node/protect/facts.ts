/**
 * What a mail asks of the main thread of `protect`: facts of one snapshot at one log position, and the few things
 * that need the log. Types of both sides; the worker's side is `ask.ts`, the main thread's is `answer.ts`.
 */
import type { Zone } from '#domain/mail/envelope.ts';
import type { SignatureProblem, SignerIdentity } from '#domain/mail/verdict.ts';
import type { PdfFacts } from '#domain/pdf/pdf-facts.ts';
import type { PdfPolicy } from '#domain/pdf/pdf-policy.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import type { PdfPasswordAnswer, PdfPasswordQuestion } from './pdf-question.ts';

/** A certificate of ours and the key behind it. */
export interface OwnCertificate {
  readonly keyId: string;
  readonly certificate: Uint8Array;
  /** Issuers above it, without the root. */
  readonly chain: readonly Uint8Array[];
  /** Where answers are to be encrypted to, when that is another certificate (key separation, S4). */
  readonly encryptionCertificate: Uint8Array | null;
}

export interface OwnOpenPgpKey {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
}

/** What one of our people may sign and open with. */
export interface SenderFacts {
  readonly address: string;
  /** Of what is said to that person; only for ours. */
  readonly language: Language;
  readonly isOurs: boolean;
  readonly enrolled: boolean;
}

export interface RecipientKeys {
  readonly address: string;
  /** Of the status and of notices; a stranger's is not known. */
  readonly language: Language;
  readonly isOurs: boolean;
  readonly enrolled: boolean;
  /** The certificate to encrypt to; already valid by path, time, usage and revocation. */
  readonly certificate: Uint8Array | null;
  readonly whyNoCertificate: string;
  /** What the recipient's program reads: announced, or chosen by an operator; null: nothing is known. */
  readonly capabilities: readonly AlgorithmIdentifier[] | null;
  readonly openPgpKey: Uint8Array | null;
  readonly whyNoOpenPgpKey: string;
  /** Keys that may open mail for this recipient, retired ones too (threat 3: never another's). */
  readonly decryptCertificates: readonly OwnCertificate[];
  readonly decryptOpenPgp: readonly OwnOpenPgpKey[];
  readonly pdf: PdfFacts;
}

export interface FactsQuestion {
  readonly sender: string | null;
  readonly zone: Zone;
  readonly receivedAtMs: number;
  readonly recipients: readonly string[];
  /** Position of the rule book the worker has; it is sent again only when it changed. */
  readonly ruleBookPosition: string | null;
}

export interface FactsAnswer {
  /** Head of the log these facts are of. */
  readonly position: string;
  readonly ruleBookPosition: string;
  readonly ruleBook: RuleBook | null;
  readonly pdfPolicy: PdfPolicy;
  readonly sender: SenderFacts | null;
  readonly recipients: readonly RecipientKeys[];
}

/** Keys to sign with, made at first need (features.md K2). */
export interface SigningKeys {
  readonly smime: OwnCertificate | null;
  readonly openpgp: OwnOpenPgpKey | null;
}

/** Is this certificate good for a signature on mail, at that time? */
export interface SignerQuestion {
  readonly certificate: Uint8Array;
  /** Other certificates and CRLs that came with the message: material for the path, never anchors. */
  readonly others: readonly Uint8Array[];
  readonly atMs: number;
}

export interface SignerAnswer {
  readonly problem: SignatureProblem | null;
  readonly identity: SignerIdentity;
}

/** SMIMECapabilities of a mail whose signature is valid and whose signer is its sender. */
export interface AnnouncedCapabilities {
  /** Canonical. */
  readonly address: string;
  readonly capabilities: readonly AlgorithmIdentifier[];
  /** SHA-256 of the signer's certificate, hex. */
  readonly certificate: string;
  readonly signedAtMs: number | null;
}

/** OpenPGP keys that may have made a signature: by key id or fingerprint, and whether an operator trusts them. */
export interface OpenPgpSignersAnswer {
  readonly keys: readonly {
    readonly publicKey: Uint8Array;
    readonly fingerprint: string;
    readonly trusted: boolean;
  }[];
}

export interface Questions {
  facts: [FactsQuestion, FactsAnswer];
  signingKeys: [{ address: string; method: 'smime' | 'openpgp' }, SigningKeys];
  signer: [SignerQuestion, SignerAnswer];
  /** Answered at once; whether it changed anything is nobody's business here. */
  announced: [AnnouncedCapabilities, null];
  pdfPassword: [PdfPasswordQuestion, PdfPasswordAnswer];
  openPgpSigners: [{ addresses: readonly string[] }, OpenPgpSignersAnswer];
}

export type Ask = <Q extends keyof Questions>(
  question: Q,
  params: Questions[Q][0],
) => Promise<Questions[Q][1]>;
