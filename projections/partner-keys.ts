/**
 * Partners' OpenPGP keys by fingerprint and by address.
 */
import { decodeEvent } from '#domain/decider.ts';
import { type PartnerKey, type PartnerKeyEvent, partnerKeyDecider } from '#domain/keys/partner-key.ts';
import { type Projection, type RecordedEvent, refill, streamId } from './recorded-event.ts';

export type KnownPartnerKey = Exclude<PartnerKey, { status: 'absent' }> & {
  readonly firstPosition: bigint;
  readonly importedBy: string;
  readonly importedAtMs: number;
};

interface SavedPartnerKeys {
  readonly all: ReadonlyMap<string, KnownPartnerKey>;
  readonly byAddress: ReadonlyMap<string, Set<string>>;
}

export class PartnerKeysProjection implements Projection<SavedPartnerKeys> {
  readonly #all = new Map<string, KnownPartnerKey>();
  readonly #byAddress = new Map<string, Set<string>>();

  apply(event: RecordedEvent): void {
    const fingerprint = streamId(event, 'openpgp');
    if (fingerprint === null) return;
    const before = this.#all.get(fingerprint);
    const change = decodeEvent<PartnerKeyEvent>(partnerKeyDecider, event);
    const after = partnerKeyDecider.evolve(before ?? partnerKeyDecider.zero, change);
    if (after.status === 'absent') return;
    this.#all.set(fingerprint, {
      ...after,
      firstPosition: before?.firstPosition ?? event.position,
      importedBy: before?.importedBy ?? event.actor,
      importedAtMs: before?.importedAtMs ?? event.atMs,
    });
    for (const address of before?.facts.addresses ?? [])
      this.#byAddress.get(address.toLowerCase())?.delete(fingerprint);
    for (const address of after.facts.addresses) {
      const key = address.toLowerCase();
      const set = this.#byAddress.get(key);
      if (set) set.add(fingerprint);
      else this.#byAddress.set(key, new Set([fingerprint]));
    }
  }

  save(): SavedPartnerKeys {
    return { all: this.#all, byAddress: this.#byAddress };
  }

  restore(saved: SavedPartnerKeys): void {
    refill(this.#all, saved.all);
    refill(this.#byAddress, saved.byAddress);
  }

  get(fingerprint: string): KnownPartnerKey | null {
    return this.#all.get(fingerprint) ?? null;
  }

  ofAddress(address: string): KnownPartnerKey[] {
    const ids = this.#byAddress.get(address.toLowerCase());
    return ids ? [...ids].map((id) => this.#all.get(id) as KnownPartnerKey) : [];
  }

  all(): Iterable<KnownPartnerKey> {
    return this.#all.values();
  }
}
