/**
 * Certificates by fingerprint and by address.
 */
import {
  type Certificate,
  type CertificateEvent,
  certificateDecider,
} from '#domain/certificates/certificate.ts';
import { decodeEvent } from '#domain/decider.ts';
import { type Projection, type RecordedEvent, refill, streamId } from './recorded-event.ts';

export type KnownCertificate = Exclude<Certificate, { status: 'absent' }> & {
  readonly firstPosition: bigint;
  readonly importedBy: string;
};

interface SavedCertificates {
  readonly all: ReadonlyMap<string, KnownCertificate>;
  readonly byAddress: ReadonlyMap<string, Set<string>>;
  readonly authorities: ReadonlySet<string>;
}

export class CertificatesProjection implements Projection<SavedCertificates> {
  readonly #all = new Map<string, KnownCertificate>();
  readonly #byAddress = new Map<string, Set<string>>();
  readonly #authorities = new Set<string>();

  apply(event: RecordedEvent): void {
    const sha256 = streamId(event, 'certificate');
    if (sha256 === null) return;
    const before = this.#all.get(sha256);
    const change = decodeEvent<CertificateEvent>(certificateDecider, event);
    const after = certificateDecider.evolve(before ?? certificateDecider.zero, change);
    if (after.status === 'absent') return;
    const firstPosition = before?.firstPosition ?? event.position;
    this.#all.set(sha256, { ...after, firstPosition, importedBy: before?.importedBy ?? event.actor });
    if (before) return;
    if (after.facts.usages.includes('ca')) this.#authorities.add(sha256);
    for (const address of after.facts.addresses) {
      const key = address.toLowerCase();
      const set = this.#byAddress.get(key);
      if (set) set.add(sha256);
      else this.#byAddress.set(key, new Set([sha256]));
    }
  }

  save(): SavedCertificates {
    return { all: this.#all, byAddress: this.#byAddress, authorities: this.#authorities };
  }

  restore(saved: SavedCertificates): void {
    refill(this.#all, saved.all);
    refill(this.#byAddress, saved.byAddress);
    this.#authorities.clear();
    for (const sha256 of saved.authorities) this.#authorities.add(sha256);
  }

  get(sha256: string): KnownCertificate | null {
    return this.#all.get(sha256) ?? null;
  }

  /** All that bind this address, in the order they became known. */
  ofAddress(address: string): KnownCertificate[] {
    const ids = this.#byAddress.get(address.toLowerCase());
    return ids ? [...ids].map((id) => this.#all.get(id) as KnownCertificate) : [];
  }

  /** CA certificates, candidates for path building. */
  authorities(): KnownCertificate[] {
    return [...this.#authorities].map((id) => this.#all.get(id) as KnownCertificate);
  }

  all(): Iterable<KnownCertificate> {
    return this.#all.values();
  }

  /** Addresses a public key is recorded for (threat 29). */
  addressesOfKey(publicKeySha256: string): string[] {
    const found = new Set<string>();
    for (const c of this.#all.values()) {
      if (c.facts.publicKeySha256 === publicKeySha256) for (const a of c.facts.addresses) found.add(a);
    }
    return [...found];
  }
}
