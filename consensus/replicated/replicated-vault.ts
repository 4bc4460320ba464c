/**
 * The vault of a cluster: every entry stands in the quorum, signed, and in each gateway's own vault space, which
 * answers. What was erased stays erased: an erasure names the entry by its check and bars it from coming back, also
 * from a gateway that was away, or from a request that arrives late.
 */
import { LogError } from '../event-log.ts';
import {
  type Compare,
  type KeyValue,
  type KeyValueQuorum,
  type Operation,
  QuorumError,
} from '../key-value-quorum.ts';
import type { VaultStore } from '../local-log.ts';
import {
  checkOfEntry,
  ERASED,
  entryKey,
  erasureKey,
  signedEntry,
  type VaultContext,
  valueOfEntry,
} from './vault-entry.ts';

const ATTEMPTS_MAX = 5; // Each fails only when another gateway changes the same entry, or an answer is lost.

export interface VaultPorts extends VaultContext {
  readonly quorum: KeyValueQuorum;
  readonly local: VaultStore;
  readonly timeoutMs: number;
}

export class ReplicatedVault implements VaultStore {
  readonly #ports: VaultPorts;

  constructor(ports: VaultPorts) {
    this.#ports = ports;
  }

  async get(name: string): Promise<Uint8Array | null> {
    checkName(name);
    const known = await this.#local(name);
    if (known) return known;
    const found = await this.#asLogError(() => this.#find(name));
    return found ? this.#valueOf(found) : null;
  }

  async put(name: string, value: Uint8Array, options: { onlyIfAbsent?: boolean } = {}): Promise<Uint8Array> {
    checkName(name);
    const stands = await this.#asLogError(() =>
      this.#untilClear(() => this.#putOnce(name, value, options.onlyIfAbsent ?? false)),
    );
    await this.#ports.local.put(name, stands);
    return stands;
  }

  async replace(name: string, from: Uint8Array, to: Uint8Array): Promise<boolean> {
    checkName(name);
    const stands = await this.#asLogError(() => this.#untilClear(() => this.#replaceOnce(name, from, to)));
    if (stands !== 'replaced') return false;
    const check = checkOfEntry(name, from);
    await this.#ports.local.put(ERASED + check, this.#erasureOf(check));
    await this.#ports.local.put(name, to);
    return true;
  }

  async names(prefix: string): Promise<string[]> {
    return (await this.#ports.local.names(prefix)).filter((name) => !name.startsWith(ERASED));
  }

  async delete(name: string): Promise<void> {
    checkName(name);
    const erasures = await this.#asLogError(() => this.#untilClear(() => this.#eraseOnce(name)));
    // First the erasures: a generation that begins now must have them, too.
    for (const { check, value } of erasures) await this.#ports.local.put(ERASED + check, value);
    await this.#ports.local.delete(name);
  }

  /** The value that stands afterwards; null to try again. */
  async #putOnce(name: string, value: Uint8Array, onlyIfAbsent: boolean): Promise<Uint8Array | null> {
    const key = entryKey(name);
    const erasure = { key: erasureKey(checkOfEntry(name, value)), createRevision: 0n };
    const found = await this.#find(name);
    const before = found && this.#valueOf(found);
    if (before && (onlyIfAbsent || Buffer.compare(before, value) === 0)) return before;
    const compare = [{ key, modRevision: found?.modRevision ?? 0n }, erasure];
    const entry: Operation = { type: 'put', key, value: signedEntry(key, value, this.#ports) };
    const failure: Operation[] = [{ type: 'range', key: erasure.key }];
    const { succeeded, results } = await this.#txn(compare, [entry], failure);
    if (succeeded) return value;
    const [barred] = results[0]?.type === 'range' ? results[0].values : [];
    if (barred) throw new LogError('version-conflict', 'this very entry of the vault was erased');
    return null;
  }

  /** What was there before is erased by name: a gateway that was away does not bring it back. */
  async #replaceOnce(name: string, from: Uint8Array, to: Uint8Array): Promise<'replaced' | 'other' | null> {
    const key = entryKey(name);
    const found = await this.#find(name);
    const before = found && this.#valueOf(found);
    if (!found || !before) return 'other';
    if (Buffer.compare(before, to) === 0) return 'replaced';
    if (Buffer.compare(before, from) !== 0) return 'other';
    const old = checkOfEntry(name, from);
    const barred = { key: erasureKey(checkOfEntry(name, to)), createRevision: 0n };
    const success: Operation[] = [
      { type: 'put', key, value: signedEntry(key, to, this.#ports) },
      { type: 'put', key: erasureKey(old), value: this.#erasureOf(old) },
    ];
    const compare = [{ key, modRevision: found.modRevision }, barred];
    return (await this.#txn(compare, success, [])).succeeded ? 'replaced' : null;
  }

  /** The erasures that stand afterwards; null to try again. */
  async #eraseOnce(name: string): Promise<{ check: string; value: Uint8Array }[] | null> {
    const key = entryKey(name);
    const found = await this.#find(name);
    const known = await this.#local(name);
    const values = [found && this.#valueOf(found), known].filter((value) => value !== null);
    const checks = new Set(values.map((value) => checkOfEntry(name, value)));
    const erasures = [...checks].map((check) => ({ check, value: this.#erasureOf(check) }));
    if (!found && erasures.length === 0) return [];
    const puts = erasures.map(
      ({ check, value }): Operation => ({ type: 'put', key: erasureKey(check), value }),
    );
    const compare = [{ key, modRevision: found?.modRevision ?? 0n }];
    const { succeeded } = await this.#txn(compare, [{ type: 'delete', key }, ...puts], []);
    return succeeded ? erasures : null;
  }

  #erasureOf(check: string): Uint8Array {
    return signedEntry(erasureKey(check), new Uint8Array(), this.#ports);
  }

  async #find(name: string): Promise<KeyValue | null> {
    const { values } = await this.#ports.quorum.range({ key: entryKey(name) }, this.#ports);
    return values[0] ?? null;
  }

  /** Null for what no gateway of this cluster has put: it is as good as absent. */
  #valueOf({ key, value }: KeyValue): Uint8Array | null {
    return valueOfEntry(key, value, this.#ports);
  }

  /** Null also when the own space is damaged: then the quorum is asked. */
  async #local(name: string): Promise<Uint8Array | null> {
    try {
      return await this.#ports.local.get(name);
    } catch (error) {
      if (error instanceof LogError && error.code === 'log-damaged') return null;
      throw error;
    }
  }

  #txn(compare: Compare[], success: Operation[], failure: Operation[]): ReturnType<KeyValueQuorum['txn']> {
    return this.#ports.quorum.txn({ compare, success, failure }, this.#ports);
  }

  /** Everything here may be done twice, so an answer after which it may stand is a reason to look again. */
  async #untilClear<T>(once: () => Promise<T | null>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const done = await once();
        if (done !== null) return done;
        if (attempt === ATTEMPTS_MAX) throw new QuorumError('unclear', 'the entry is changed all the time');
      } catch (error) {
        const mayStand = error instanceof QuorumError && ['unclear', 'no-space'].includes(error.code);
        if (!mayStand || attempt === ATTEMPTS_MAX) throw error;
      }
    }
  }

  async #asLogError<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof QuorumError)) throw error;
      const code =
        error.code === 'unclear' ? 'unresolved' : error.code === 'no-space' ? 'quota-full' : 'no-quorum';
      throw new LogError(code, `the vault: ${error.message}`);
    }
  }
}

function checkName(name: string): void {
  if (name.startsWith(ERASED)) throw new TypeError('a vault name that is kept for erasures');
}
