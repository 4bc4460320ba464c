/**
 * Keeps the own vault space equal to the vault in the quorum: changes as the watch tells them, everything compared at
 * the start, after each gap, and once an hour.
 *
 * An entry is erased here only when a signed erasure names it; one that is merely gone from the quorum is put back.
 */
import type { LogClock } from '../checkpoints.ts';
import { LogError } from '../event-log.ts';
import { type KeyValue, prefixEnd, QuorumError, type Watch, type WatchChange } from '../key-value-quorum.ts';
import { sideRange } from '../level-keys.ts';
import type { LevelStore } from '../level-store.ts';
import { storedCheck } from '../side-entry.ts';
import type { VaultPorts } from './replicated-vault.ts';
import {
  checkOfEntry,
  ERASED,
  erasureKey,
  localName,
  quorumKey,
  signedEntry,
  VAULT,
  valueOfEntry,
} from './vault-entry.ts';

const COMPARE_MS = 3_600_000; // A change that no watch has told is mended within the hour.
const RETRY_MS = 2000;
const PAGE_KEYS = 500; // Wrapped keys have some hundred octets.
const RANGE = { key: VAULT, end: prefixEnd(VAULT) };

export interface MirrorPorts extends VaultPorts {
  readonly store: LevelStore;
  readonly clock: LogClock;
}

export class VaultMirror {
  readonly #ports: MirrorPorts;
  #watch: Watch | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #cancel: (() => void) | null = null;
  #closed = false;
  #refused = '';
  /** Checks of erasures that were taken just now, and whose entries are still to be looked for. */
  readonly #erased = new Set<string>();

  constructor(ports: MirrorPorts) {
    this.#ports = ports;
  }

  /** What somebody else than a gateway of this cluster did to the vault; empty when nothing was seen. */
  get refused(): string {
    return this.#refused;
  }

  /** Compares everything now, then follows until `close`. Resolves after the first comparison, done or not. */
  async start(): Promise<void> {
    await this.#serially(() => this.#compareAndFollow());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    this.#watch?.stop();
    await this.#turn;
  }

  async #compareAndFollow(): Promise<void> {
    this.#cancel?.();
    let nextMs = COMPARE_MS;
    try {
      const { revision } = await this.#ports.quorum.range({ key: VAULT }, this.#ports);
      if (!this.#watch && !this.#closed) this.#follow(revision + 1n);
      await this.#compare();
    } catch (error) {
      if (!(error instanceof QuorumError) && !(error instanceof LogError)) throw error;
      nextMs = RETRY_MS;
    }
    if (!this.#closed) this.#plan(nextMs);
  }

  #plan(delayMs: number): void {
    this.#cancel?.();
    this.#cancel = this.#ports.clock.after(
      delayMs,
      () => void this.#serially(() => this.#compareAndFollow()),
    );
  }

  #follow(from: bigint): void {
    const watch = this.#ports.quorum.watch({ ...RANGE, from }, (changes) => {
      void this.#serially(() => this.#heed(changes));
    });
    this.#watch = watch;
    const ended = (): void => {
      if (this.#watch === watch) this.#watch = null;
      if (!this.#closed) this.#plan(RETRY_MS);
    };
    watch.done.then(ended, ended);
  }

  async #heed(changes: readonly WatchChange[]): Promise<void> {
    try {
      // Erasures first: they say what the rest of the same change may do.
      const isErasure = ({ value }: WatchChange): boolean =>
        localName(value.key)?.startsWith(ERASED) ?? false;
      for (const { type, value } of changes.filter(isErasure)) if (type === 'put') await this.#take(value);
      for (const { value } of changes.filter((change) => !isErasure(change))) await this.#settle(value.key);
      await this.#eraseRest();
    } catch (error) {
      if (!(error instanceof QuorumError) && !(error instanceof LogError)) throw error;
      if (!this.#closed) this.#plan(RETRY_MS);
    }
  }

  /** Makes the own entry what the quorum now says of the key; a watch may have told of something older. */
  async #settle(key: string): Promise<void> {
    const { values } = await this.#ports.quorum.range({ key }, this.#ports);
    const [found] = values;
    if (found) await this.#take(found);
    else await this.#missing(key);
  }

  async #compare(): Promise<void> {
    const seen = new Set<string>();
    let next: string = RANGE.key;
    for (let more = true; more; ) {
      const page = await this.#ports.quorum.range(
        { key: next, end: RANGE.end, limit: PAGE_KEYS },
        this.#ports,
      );
      for (const found of page.values) {
        seen.add(found.key);
        await this.#take(found);
      }
      more = page.more && page.values.length > 0;
      next = `${page.values.at(-1)?.key ?? next}\0`;
    }
    const missing = await this.#ownNames((name) => !seen.has(quorumKey(name)));
    for (const name of missing) await this.#settle(quorumKey(name));
    await this.#eraseRest();
  }

  /** An entry of the quorum into the own space, when a gateway has signed it and it was not erased. */
  async #take(found: KeyValue): Promise<void> {
    const { local } = this.#ports;
    const name = localName(found.key);
    if (name === null) return;
    const value = valueOfEntry(found.key, found.value, this.#ports);
    if (!value) {
      this.#refused = `an entry of the vault in the quorum is not signed by a gateway of this cluster`;
      return;
    }
    const known = await local.get(name);
    if (name.startsWith(ERASED)) {
      if (known) return;
      await local.put(name, found.value);
      this.#erased.add(name.slice(ERASED.length));
    } else if (await local.get(ERASED + checkOfEntry(name, value))) await this.#bar(found, name);
    else if (!known || Buffer.compare(known, value) !== 0) {
      await local.put(name, value);
      if (known) this.#erased.delete(checkOfEntry(name, known));
    }
  }

  /** An entry that was erased, and has come back from somewhere: out of the quorum again, and out of the own space. */
  async #bar({ key, modRevision }: KeyValue, name: string): Promise<void> {
    const { local, quorum } = this.#ports;
    await quorum.txn({ compare: [{ key, modRevision }], success: [{ type: 'delete', key }] }, this.#ports);
    const known = await local.get(name);
    if (known && (await local.get(ERASED + checkOfEntry(name, known)))) await local.delete(name);
  }

  /** Entries that a new erasure names and no change did: brought back before the erasure was known here. */
  async #eraseRest(): Promise<void> {
    if (this.#erased.size === 0) return;
    const { local, quorum } = this.#ports;
    const erased = new Set(this.#erased);
    for (const name of await this.#ownNames((_, check) => erased.has(check))) {
      const { values } = await quorum.range({ key: quorumKey(name) }, this.#ports);
      if (values[0]) await this.#take(values[0]);
      const known = await local.get(name);
      if (known && erased.has(checkOfEntry(name, known))) await local.delete(name);
    }
    for (const check of erased) this.#erased.delete(check);
  }

  /** Gathered first: what is removed under an open iterator stays in LevelDB's files. */
  async #ownNames(isWanted: (name: string, check: string) => boolean): Promise<string[]> {
    const names: string[] = [];
    for await (const piece of this.#ports.store.db.everything(sideRange('vault'), PAGE_KEYS)) {
      for (const [key, stored] of piece) {
        const name = key.toString('utf8', 1);
        if (isWanted(name, storedCheck(stored).toString('hex'))) names.push(name);
      }
    }
    return names;
  }

  /** Not in the quorum: erased, when an erasure says so; otherwise lost, and put back. */
  async #missing(key: string): Promise<void> {
    const { local, quorum } = this.#ports;
    const name = localName(key);
    const known = name === null ? null : await local.get(name);
    if (name === null || !known) return;
    const isErasure = name.startsWith(ERASED);
    const erasure = erasureKey(checkOfEntry(name, known));
    if (!isErasure && (await this.#isErased(erasure))) {
      await local.delete(name);
      this.#erased.delete(checkOfEntry(name, known));
      return;
    }
    const value = isErasure ? known : signedEntry(key, known, this.#ports);
    const compare = [key, erasure].map((absent) => ({ key: absent, createRevision: 0n }));
    await quorum.txn({ compare, success: [{ type: 'put', key, value }] }, this.#ports);
  }

  async #isErased(erasure: string): Promise<boolean> {
    const { values } = await this.#ports.quorum.range({ key: erasure }, this.#ports);
    if (values[0]) await this.#take(values[0]);
    return (await this.#ports.local.get(localName(erasure)!)) !== null;
  }

  #serially(run: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(run);
    this.#turn = done;
    return done;
  }
}
