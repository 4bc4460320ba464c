/**
 * Certificates by subject, for path building: trust anchors, and CA certificates from imports and messages.
 */
import type { X509Certificate } from './certificate.ts';

export class CertificatePool {
  readonly #bySubject = new Map<string, X509Certificate[]>();
  readonly #known = new Set<string>();

  constructor(certificates: Iterable<X509Certificate> = []) {
    for (const certificate of certificates) this.add(certificate);
  }

  add(certificate: X509Certificate): void {
    if (this.#known.has(certificate.sha256)) return;
    this.#known.add(certificate.sha256);
    const { key } = certificate.subject;
    const same = this.#bySubject.get(key);
    if (same) same.push(certificate);
    else this.#bySubject.set(key, [certificate]);
  }

  has(certificate: X509Certificate): boolean {
    return this.#known.has(certificate.sha256);
  }

  /** All that may have issued this certificate, by name and key identifier. */
  issuersOf({ issuer, extensions }: X509Certificate): readonly X509Certificate[] {
    const named = this.#bySubject.get(issuer.key) ?? [];
    const wanted = extensions.authorityKeyId;
    if (!wanted) return named;
    return named.filter((candidate) => {
      const has = candidate.extensions.subjectKeyId;
      return !has || Buffer.compare(has, wanted) === 0;
    });
  }
}
