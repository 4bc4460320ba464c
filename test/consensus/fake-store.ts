/**
 * The servers behind the fake quorum: one ordered map with revisions, transactions, leases and compaction, as etcd has
 * them (API v3). In memory, synchronous, never wrong; what can go wrong on the way to it is fake-quorum.ts.
 */
import {
  type Compare,
  type KeyRange,
  type KeyValue,
  type Operation,
  type OperationResult,
  QuorumError,
  type RangeRequest,
  TXN_OPERATIONS_MAX,
  type Txn,
  type TxnResult,
  type WatchChange,
} from '#consensus/key-value-quorum.ts';

const REQUEST_BYTES_MAX = 1.5 * 1024 * 1024; // etcd's --max-request-bytes, its default.
const EMPTY = new Uint8Array();

/** All changes of one revision. */
export interface Revision {
  readonly revision: bigint;
  readonly changes: readonly WatchChange[];
}

export class FakeStore {
  revision = 1n;
  /** Refuses whatever needs space, as etcd with the NOSPACE alarm. */
  full = false;
  /** The next put of a key in this folder is done and refused all the same, then the store is full: as etcd's quota is. */
  fillsUpWith: string | null = null;
  history: Revision[] = [];
  readonly leases = new Map<bigint, { ttlMs: number; expiresMs: number }>();
  readonly #values = new Map<string, KeyValue>();
  readonly #keys: string[] = []; // Sorted.
  readonly #listeners = new Set<(revision: Revision) => void>();
  #compacted = 0n;
  #leaseId = 0n;

  txn(txn: Txn): TxnResult {
    this.#checkLimits(txn);
    const puts = [...txn.success, ...(txn.failure ?? [])].some((operation) => operation.type === 'put');
    if (puts && this.full) throw new QuorumError('no-space', 'database space exceeded');
    const succeeded = txn.compare.every((compare) => this.#holds(compare));
    const changes: WatchChange[] = [];
    const next = this.revision + 1n;
    const results = (succeeded ? txn.success : (txn.failure ?? [])).map((o) => this.#run(o, next, changes));
    this.#commit(next, changes);
    const folder = this.fillsUpWith;
    if (folder !== null && changes.some(({ value }) => value.key.startsWith(folder))) {
      this.fillsUpWith = null;
      this.full = true;
      throw new QuorumError('no-space', 'database space exceeded');
    }
    return { succeeded, revision: this.revision, results };
  }

  range(request: RangeRequest): { values: KeyValue[]; more: boolean; revision: bigint } {
    const keys = this.#keysOf(request);
    const limit = request.limit && request.limit > 0 ? request.limit : keys.length;
    const values = keys.slice(0, limit).map((key) => {
      const found = this.#values.get(key)!;
      return request.keysOnly ? { ...found, value: EMPTY } : found;
    });
    return { values, more: keys.length > limit, revision: this.revision };
  }

  /** Hears every change from now on; what came since `from` is in `history`. */
  listen(on: (revision: Revision) => void): () => void {
    this.#listeners.add(on);
    return () => this.#listeners.delete(on);
  }

  isCompacted(from: bigint): boolean {
    return from <= this.#compacted;
  }

  get compacted(): bigint {
    return this.#compacted;
  }

  compact(revision: bigint): void {
    if (revision <= this.#compacted)
      throw new QuorumError('compacted', 'required revision has been compacted');
    if (revision > this.revision) throw new QuorumError('not-found', 'a revision that is still to come');
    this.#compacted = revision;
    this.history = this.history.filter((entry) => entry.revision > revision);
  }

  grant(ttlMs: number, nowMs: number): bigint {
    if (this.full) throw new QuorumError('no-space', 'database space exceeded');
    this.#leaseId += 1n;
    this.leases.set(this.#leaseId, { ttlMs, expiresMs: nowMs + ttlMs });
    return this.#leaseId;
  }

  keepAlive(id: bigint, nowMs: number): number {
    const lease = this.leases.get(id);
    if (!lease) throw new QuorumError('not-found', 'requested lease not found');
    lease.expiresMs = nowMs + lease.ttlMs;
    return lease.ttlMs;
  }

  revoke(id: bigint): void {
    if (!this.leases.delete(id)) throw new QuorumError('not-found', 'requested lease not found');
    const changes: WatchChange[] = [];
    const next = this.revision + 1n;
    for (const key of [...this.#keys])
      if (this.#values.get(key)!.lease === id) this.#drop(key, next, changes);
    this.#commit(next, changes);
  }

  expire(nowMs: number): void {
    for (const [id, lease] of [...this.leases]) if (lease.expiresMs <= nowMs) this.revoke(id);
  }

  #checkLimits({ compare, success, failure = [] }: Txn): void {
    const operations = Math.max(compare.length, success.length, failure.length);
    if (operations > TXN_OPERATIONS_MAX) throw new TypeError(`${operations} operations in one transaction`);
    const puts = success.filter((operation) => operation.type === 'put');
    if (new Set(puts.map((put) => put.key)).size < puts.length) {
      throw new TypeError('a key is put twice in one transaction');
    }
    const bytes = puts.reduce((sum, put) => sum + put.key.length + put.value.length, 0);
    if (bytes > REQUEST_BYTES_MAX) throw new TypeError(`${bytes} octets in one transaction`);
  }

  #holds(compare: Compare): boolean {
    const found = this.#values.get(compare.key);
    return 'modRevision' in compare
      ? (found?.modRevision ?? 0n) === compare.modRevision
      : (found?.createRevision ?? 0n) === compare.createRevision;
  }

  #run(operation: Operation, next: bigint, changes: WatchChange[]): OperationResult {
    switch (operation.type) {
      case 'put':
        this.#put(operation, next, changes);
        return { type: 'put' };
      case 'range': {
        const { values, more } = this.range(operation);
        return { type: 'range', values, more };
      }
      case 'delete': {
        const keys = this.#keysOf(operation);
        for (const key of keys) this.#drop(key, next, changes);
        return { type: 'delete', deleted: keys.length };
      }
    }
  }

  #put(put: Extract<Operation, { type: 'put' }>, next: bigint, changes: WatchChange[]): void {
    const { key, lease = 0n } = put;
    if (lease !== 0n && !this.leases.has(lease)) {
      throw new QuorumError('not-found', 'requested lease not found');
    }
    const previous = this.#values.get(key);
    const value: KeyValue = {
      key,
      value: Uint8Array.from(put.value),
      createRevision: previous?.createRevision ?? next,
      modRevision: next,
      lease,
    };
    if (!previous) this.#keys.splice(this.#indexOf(key), 0, key);
    this.#values.set(key, value);
    changes.push({ type: 'put', value, ...(previous && { previous }) });
  }

  #drop(key: string, next: bigint, changes: WatchChange[]): void {
    const previous = this.#values.get(key)!;
    this.#values.delete(key);
    this.#keys.splice(this.#indexOf(key), 1);
    const gone = { key, value: EMPTY, createRevision: 0n, modRevision: next, lease: 0n };
    changes.push({ type: 'delete', value: gone, previous });
  }

  #commit(revision: bigint, changes: readonly WatchChange[]): void {
    if (changes.length === 0) return;
    this.revision = revision;
    this.history.push({ revision, changes });
    for (const listener of [...this.#listeners]) listener({ revision, changes });
  }

  #keysOf({ key, end }: KeyRange): string[] {
    if (end === undefined) return this.#values.has(key) ? [key] : [];
    return this.#keys.slice(this.#indexOf(key), this.#indexOf(end));
  }

  /** Where the key stands, or would. */
  #indexOf(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
