/**
 * Our private keys by id and by owner; public facts only.
 */
import { decodeEvent } from '#domain/decider.ts';
import { type KeyEvent, type KeyRecord, keyRecordDecider } from '#domain/keys/key-record.ts';
import { type Projection, type RecordedEvent, refill, streamId } from './recorded-event.ts';

export type OwnKey = Exclude<KeyRecord, { status: 'absent' }>;

interface SavedOwnKeys {
  readonly all: ReadonlyMap<string, OwnKey>;
  readonly byAddress: ReadonlyMap<string, Set<string>>;
}

export class OwnKeysProjection implements Projection<SavedOwnKeys> {
  readonly #all = new Map<string, OwnKey>();
  readonly #byAddress = new Map<string, Set<string>>();

  apply(event: RecordedEvent): void {
    const keyId = streamId(event, 'key');
    if (keyId === null) return;
    const before = this.#all.get(keyId) ?? keyRecordDecider.zero;
    const after = keyRecordDecider.evolve(before, decodeEvent<KeyEvent>(keyRecordDecider, event));
    if (after.status === 'absent') return;
    this.#all.set(keyId, after);
    if (before.status === 'absent' && after.facts.owner.kind === 'person') {
      const address = after.facts.owner.address.toLowerCase();
      const set = this.#byAddress.get(address);
      if (set) set.add(keyId);
      else this.#byAddress.set(address, new Set([keyId]));
    }
  }

  save(): SavedOwnKeys {
    return { all: this.#all, byAddress: this.#byAddress };
  }

  restore(saved: SavedOwnKeys): void {
    refill(this.#all, saved.all);
    refill(this.#byAddress, saved.byAddress);
  }

  get(keyId: string): OwnKey | null {
    return this.#all.get(keyId) ?? null;
  }

  /** In the order they became known; retired and revoked ones too, they still read old mail. */
  ofAddress(address: string): OwnKey[] {
    const ids = this.#byAddress.get(address.toLowerCase());
    return ids ? [...ids].map((id) => this.#all.get(id) as OwnKey) : [];
  }

  all(): Iterable<OwnKey> {
    return this.#all.values();
  }
}
