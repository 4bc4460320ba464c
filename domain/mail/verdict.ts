/**
 * The verdict on an incoming mail: what protected it and whether that protection held.
 *
 * It is part of the mail's type from `open` to `settle` (threat 14), so no stage can lose it.
 */

export type Technology = 'smime' | 'openpgp';

/** Why a signature is not shown as valid. The text for people is made from these words elsewhere. */
export type SignatureProblem =
  | 'bytes-altered' // digest or signature value does not match
  | 'no-signer' // SignedData without SignerInfo
  | 'several-signers' // more than one (threat 7)
  | 'embedded-and-detached' // content beside a detached signature (threat 7)
  | 'signer-certificate-missing'
  | 'signer-key-unknown' // OpenPGP: no such key here
  | 'not-trusted' // no path to a trust anchor, or the operator has not trusted the key
  | 'expired'
  | 'revoked'
  | 'revocation-unknown'
  | 'wrong-usage' // key usage / EKU does not allow mail signatures
  | 'address-mismatch' // signer's address is not the one From address (threats 6, 13)
  | 'from-ambiguous' // no From, several, or not parseable
  | 'part-only' // only a part of the message is signed (threat 8)
  | 'weak-algorithm' // e.g. SHA-1: never 'valid'
  | 'forbidden-algorithm' // e.g. MD5
  | 'malformed'
  | 'unsupported';

export interface SignerIdentity {
  /** Distinguished name or OpenPGP user id, for display only; already cleaned of control characters. */
  readonly name: string;
  /** Addresses the certificate or key binds, canonical. */
  readonly addresses: readonly string[];
  /** SHA-256 of the certificate, or the OpenPGP fingerprint; hex, lower case. */
  readonly fingerprint: string;
  readonly issuer: string | null;
  /** Claimed signing time (unauthenticated as a fact, RFC 5652 §11.3), milliseconds since 1970. */
  readonly claimedAtMs: number | null;
}

/** One layer that was found, outermost first. */
export type LayerReport =
  | {
      readonly kind: 'encrypted';
      readonly technology: Technology;
      /** Display names, e.g. `AES-256-GCM`, `RSA-OAEP`. */
      readonly algorithms: readonly string[];
      /** Subset that is weak by policy, each named to the reader. */
      readonly weak: readonly string[];
      /** False for CBC/CFB without authentication: HTML is then disarmed (threat 1). */
      readonly authenticated: boolean;
      readonly outcome: 'opened' | 'no-key' | 'failed';
      readonly reason?: string;
    }
  | {
      readonly kind: 'signed';
      readonly technology: Technology;
      readonly algorithms: readonly string[];
      readonly weak: readonly string[];
      readonly outcome: 'valid' | 'not-verified';
      readonly problem?: SignatureProblem;
      readonly signer: SignerIdentity | null;
      /** The layer covers the whole message, not a part of it (threat 8). */
      readonly whole: boolean;
    }
  | { readonly kind: 'compressed'; readonly technology: Technology };

export interface Verdict {
  readonly layers: readonly LayerReport[];
  /** Green only when the one judged signature is valid and covers the whole message. */
  readonly signature: 'valid' | 'not-verified' | 'none';
  readonly encryption: 'opened' | 'not-opened' | 'none';
  readonly signer: SignerIdentity | null;
  readonly problem: SignatureProblem | null;
}

export const NO_PROTECTION: Verdict = {
  layers: [],
  signature: 'none',
  encryption: 'none',
  signer: null,
  problem: null,
};
