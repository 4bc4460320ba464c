/**
 * The mutable key space beside the log, for the vault: small values, durable when resolved, kept in the log's LevelDB.
 * To this folder they are octets; what they wrap is the vault's matter.
 */
import { LogError } from './event-log.ts';
import { sideRange, vaultKey } from './level-keys.ts';
import type { LevelStore } from './level-store.ts';
import type { VaultStore } from './local-log.ts';
import { sideValue } from './side-entry.ts';

const NAME_BYTES_MAX = 512; // `data-key/` and an address.
const PIECE_ENTRIES = 500;
const VALUE_BYTES_MAX = 64 * 1024; // Wrapped keys have some hundred octets.

export class VaultSpace implements VaultStore {
  readonly #store: LevelStore;

  constructor(store: LevelStore) {
    this.#store = store;
  }

  async get(name: string): Promise<Uint8Array | null> {
    const key = keyOf(name);
    const stored = await this.#store.db.get(key);
    if (stored) return sideValue(key, stored);
    const { damage } = this.#store;
    if (damage) throw new LogError('log-damaged', damage.reason, damage.position);
    return null;
  }

  put(name: string, value: Uint8Array, options: { onlyIfAbsent?: boolean } = {}): Promise<Uint8Array> {
    const key = keyOf(name);
    if (value.length > VALUE_BYTES_MAX) {
      throw new LogError('too-large', `a vault value of ${value.length} octets; at most ${VALUE_BYTES_MAX}`);
    }
    return this.#store.write(async () => {
      const stored = options.onlyIfAbsent ? await this.#store.db.get(key) : undefined;
      if (stored) return { change: null, result: sideValue(key, stored) };
      return { change: { events: [], side: [{ space: 'vault', key, value }] }, result: value };
    });
  }

  async replace(name: string, from: Uint8Array, to: Uint8Array): Promise<boolean> {
    const key = keyOf(name);
    return this.#store.write(async () => {
      const stored = await this.#store.db.get(key);
      const stands = stored ? sideValue(key, stored) : null;
      if (!stands || Buffer.compare(stands, from) !== 0) {
        return { change: null, result: stands !== null && Buffer.compare(stands, to) === 0 };
      }
      return { change: { events: [], side: [{ space: 'vault', key, value: to }] }, result: true };
    });
  }

  async names(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const piece of this.#store.db.everything(sideRange('vault'), PIECE_ENTRIES)) {
      for (const [key] of piece) found.push(key.toString('utf8', 1));
    }
    return found.filter((name) => name.startsWith(prefix));
  }

  /** Durable when resolved, and the value is gone from LevelDB's files: a removed data key is an erased person. */
  async delete(name: string): Promise<void> {
    const key = keyOf(name);
    await this.#store.write(async () => {
      const stored = await this.#store.db.get(key);
      const change = stored ? { events: [], side: [{ space: 'vault' as const, key, value: null }] } : null;
      return { change, result: undefined };
    });
    await this.#store.exclusive(async () => {
      if (!(await this.#store.db.get(key))) await this.#store.db.forget(key, sideRange('vault'));
    });
  }
}

function keyOf(name: string): Buffer {
  if (name === '' || !name.isWellFormed()) throw new TypeError('a vault name is text');
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new LogError('too-large', 'a vault name is too long');
  return vaultKey(name);
}
