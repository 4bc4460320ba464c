/**
 * The CRLs that are known here, by the key that signed them, and the answer they give about a certificate.
 *
 * `unknown` is never `good`: no CRL, an outdated one, or one that does not speak about this certificate.
 */
import type { X509Certificate } from './certificate.ts';
import type { Crl } from './crl.ts';
import type { RevocationCheck, RevocationVerdict } from './path-validation.ts';

const CLOCK_SKEW_MS = 5 * 60_000; // A CRL issued this minute by a server whose clock is ahead of ours.

export class CrlStore {
  /** By issuer key; for each, the latest of every scope. */
  readonly #byIssuer = new Map<string, Map<string, Crl>>();

  /** False, and nothing changed, when it is not the issuer's. One older than what is known changes nothing. */
  add(crl: Crl, issuer: X509Certificate): boolean {
    if (crl.issuer.key !== issuer.subject.key || !crl.isSignedBy(issuer)) return false;
    const lists = this.#byIssuer.get(issuer.publicKeySha256) ?? new Map<string, Crl>();
    const known = lists.get(crl.scopeKey);
    if (!known || known.thisUpdateMs <= crl.thisUpdateMs) lists.set(crl.scopeKey, crl);
    this.#byIssuer.set(issuer.publicKeySha256, lists);
    return true;
  }

  /** Bound to the time of asking, which decides whether a CRL is current. */
  checkAt(nowMs: number): RevocationCheck {
    return (certificate, issuer) => this.#verdict(certificate, issuer, nowMs);
  }

  #verdict(certificate: X509Certificate, issuer: X509Certificate, nowMs: number): RevocationVerdict {
    let verdict: RevocationVerdict = 'unknown';
    for (const crl of this.#byIssuer.get(issuer.publicKeySha256)?.values() ?? []) {
      if (crl.issuer.key !== certificate.issuer.key) continue;
      // An old list still tells what was revoked; only its silence has lost its worth.
      if (crl.find(certificate.serialOctets)) return 'revoked';
      const isCurrent = crl.thisUpdateMs <= nowMs + CLOCK_SKEW_MS && nowMs <= (crl.nextUpdateMs ?? 0);
      if (isCurrent && crl.speaksAbout(certificate)) verdict = 'good';
    }
    return verdict;
  }
}
