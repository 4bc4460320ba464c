/**
 * Judges one SignerInfo against its certificate and the digest of the content.
 *
 * Order of what is said: what cannot be judged, then whether the octets are right, then whether that means anything.
 */
import { createHash } from 'node:crypto';
import type { SignatureProblem } from '#domain/mail/verdict.ts';
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import { digestOf } from './digest-algorithm.ts';
import { keyStrength, type NamedStrength } from './key-strength.ts';
import { digestStrength, readCmsSignature } from './signature-verification.ts';
import type { SignedAttributes, SignerInfo } from './signer-info.ts';

export interface SignerReport {
  readonly problem: SignatureProblem | null;
  readonly certificate: X509Certificate | null;
  /** Display names: `SHA-256`, `RSA with SHA-256`, `RSA-3072`. */
  readonly algorithms: readonly string[];
  /** Subset that is weak or forbidden by policy. */
  readonly weak: readonly string[];
  /** Claimed by the signer. */
  readonly signingTimeMs: number | null;
  readonly capabilities: readonly AlgorithmIdentifier[] | null;
  /** The one that the signer names for answers, when it was sent along. */
  readonly encryptionCertificate: X509Certificate | null;
}

export interface Judgement {
  readonly signer: SignerInfo;
  readonly certificate: X509Certificate | null;
  readonly encryptionCertificate: X509Certificate | null;
  /** Of the content, by the signer's algorithm; null when that is unknown, forbidden or was not announced. */
  readonly digest: Uint8Array | null;
  readonly contentType: string | null;
  /** False: one of several signers, listed but not judged (threat 7). */
  readonly only: boolean;
}

export function judgeSigner(judgement: Judgement): SignerReport {
  const { signer, certificate, only } = judgement;
  const digest = digestStrength(signer.digestAlgorithm.oid);
  const known = digestOf(signer.digestAlgorithm.oid);
  const signature = known === null ? null : readCmsSignature(signer.signatureAlgorithm, known);
  const key = certificate?.publicKey ?? null;
  const named: NamedStrength[] = [digest];
  if (signature !== null) named.push(signature);
  if (key !== null) named.push(keyStrength(key));
  const problem = only ? problemOf(judgement, named) : 'several-signers';
  return {
    problem,
    certificate,
    algorithms: [...new Set(named.map(({ text }) => text))],
    weak: named
      .filter(({ strength }) => strength === 'weak' || strength === 'forbidden')
      .map(({ text }) => text),
    signingTimeMs: signer.signed?.signingTimeMs ?? null,
    capabilities: signer.signed?.capabilities ?? null,
    encryptionCertificate: judgement.encryptionCertificate,
  };
}

function problemOf(judgement: Judgement, named: readonly NamedStrength[]): SignatureProblem | null {
  const { signer, certificate, digest, contentType } = judgement;
  const known = digestOf(signer.digestAlgorithm.oid);
  if (named.some(({ strength }) => strength === 'forbidden')) return 'forbidden-algorithm';
  if (named.some(({ strength }) => strength === 'unsupported') || known === null) return 'unsupported';
  if (certificate === null) return 'signer-certificate-missing';
  const key = certificate.publicKey;
  // Without signed attributes one signature can be read in two ways; S/MIME always has them (RFC 8551 §2.5).
  if (key === null || signer.signed === null) return 'unsupported';
  if (digest === null) return 'malformed'; // RFC 5652 §5.1: the algorithm was not announced.
  if (signer.signed.contentType !== contentType) return 'bytes-altered';
  if (Buffer.compare(signer.signed.messageDigest, digest) !== 0) return 'bytes-altered';
  const signature = readCmsSignature(signer.signatureAlgorithm, known);
  if (!signature.isRight(key, signer.signed.tbs, signer.signature)) return 'bytes-altered';
  if (!bindsCertificate(signer.signed, certificate)) return 'signer-certificate-missing';
  return DECIDING.some((at) => named[at]?.strength === 'weak') ? 'weak-algorithm' : null;
}

/** Digest and signature hash: a weak one there makes a right signature worthless; a short key is only named. */
const DECIDING = [0, 1] as const;

/** RFC 5035 §4: the certificate must be the one whose hash was signed, not another one of the same key. */
function bindsCertificate({ boundCertificate }: SignedAttributes, certificate: X509Certificate): boolean {
  if (boundCertificate === null) return true;
  const digest = digestOf(boundCertificate.hashOid);
  if (digest === null) return false;
  const hash = createHash(digest.hash).update(certificate.der).digest();
  return Buffer.compare(hash, boundCertificate.hash) === 0;
}
