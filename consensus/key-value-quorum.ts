/**
 * Ordered, replicated keys: all that the replicated engine needs of etcd (replication.md §3, §6), as a port.
 *
 * Keys are text, compared octet by octet, given without the cluster's prefix: the adapter puts it in front. Values are
 * octets. Revisions count the changes of the whole store; they are not comparable across generations.
 * Every change is on stable storage of a majority when its call resolves.
 */

export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: bigint;
  readonly modRevision: bigint;
  /** 0n = none. */
  readonly lease: bigint;
}

/** Holds when the key's revision is equal; 0n = the key is absent. */
export type Compare =
  | { readonly key: string; readonly modRevision: bigint }
  | { readonly key: string; readonly createRevision: bigint };

/** With `end`: all keys of [key, end), in order; without: the one key. */
export interface KeyRange {
  readonly key: string;
  readonly end?: string;
}

export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array; readonly lease?: bigint }
  | ({ readonly type: 'range'; readonly limit?: number } & KeyRange)
  | ({ readonly type: 'delete' } & KeyRange);

export type OperationResult =
  | { readonly type: 'put' }
  | { readonly type: 'range'; readonly values: readonly KeyValue[]; readonly more: boolean }
  | { readonly type: 'delete'; readonly deleted: number };

/** At most TXN_OPERATIONS_MAX comparisons, and as many operations in each branch; no key is put twice. */
export interface Txn {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure?: readonly Operation[];
}

export interface TxnResult {
  /** Whether all comparisons held, so that `success` was done; otherwise `failure` was. */
  readonly succeeded: boolean;
  /** Revision after the transaction: that of each key it has put. */
  readonly revision: bigint;
  /** Of the branch that was done, in its order. */
  readonly results: readonly OperationResult[];
}

export interface RangeRequest extends KeyRange {
  readonly limit?: number;
  /** True: what this member knows, without asking the others; may be old, works without a quorum. */
  readonly serializable?: boolean;
  /** Values are empty. */
  readonly keysOnly?: boolean;
}

export interface RangeResult {
  readonly values: readonly KeyValue[];
  /** True when `limit` has cut the answer. */
  readonly more: boolean;
  readonly revision: bigint;
}

export interface WatchChange {
  readonly type: 'put' | 'delete';
  /** Of a deleted key: the key, its deletion's revision as `modRevision`, an empty value. */
  readonly value: KeyValue;
  /** What stood there before, where the store still knows it. */
  readonly previous?: KeyValue;
}

export interface Watch {
  /** Resolves after `stop`; rejects with a QuorumError when the watch was cancelled, compacted away or lost. */
  readonly done: Promise<void>;
  stop(): void;
}

export interface Lease {
  readonly id: bigint;
  /** As granted; may be more than was asked. */
  readonly ttlMs: number;
}

export interface CallOptions {
  readonly timeoutMs?: number;
}

/** Every call rejects with a QuorumError, nothing else. */
export interface KeyValueQuorum {
  /** Done whole or not at all. `unclear` may be done, also later. */
  txn(txn: Txn, options?: CallOptions & { readonly signal?: AbortSignal }): Promise<TxnResult>;
  /** Linearisable unless `serializable`: sees everything that was answered before the call. Costs as much as a write. */
  range(request: RangeRequest, options?: CallOptions): Promise<RangeResult>;
  /**
   * Changes of the range from revision `from` on (default: from now), in pieces, `revision` that of the piece's last.
   * A hint, never a proof: whoever listens must stand a change that is repeated, missing, late or out of order.
   */
  watch(
    request: KeyRange & { readonly from?: bigint },
    on: (changes: readonly WatchChange[], revision: bigint) => void,
  ): Watch;
  /** Keys put with the lease vanish when it was not kept alive for `ttlMs`, whole seconds. */
  grant(ttlMs: number): Promise<Lease>;
  /** Resolves with the time left, milliseconds; rejects `not-found` when the lease has expired. */
  keepAlive(id: bigint): Promise<number>;
  /** The lease and its keys are gone. */
  revoke(id: bigint): Promise<void>;
  /** History before the revision is dropped; watches from there are cancelled as `compacted`. */
  compact(revision: bigint): Promise<void>;
  /** Ends watches and calls under way. */
  close(): void;
}

export type QuorumErrorCode =
  /** No answer from a majority; surely not done. */
  | 'unavailable'
  /** No answer; may have been done, may still be. */
  | 'unclear'
  /** The store takes no more data; may have been done all the same, since etcd judges once more after doing it. */
  | 'no-space'
  /** This gateway has not the right; surely not done. */
  | 'denied'
  | 'compacted'
  | 'not-found'
  /** The store is of another generation or cluster; surely not done. */
  | 'fenced';

export class QuorumError extends Error {
  readonly code: QuorumErrorCode;
  constructor(code: QuorumErrorCode, message: string) {
    super(message);
    this.name = 'QuorumError';
    this.code = code;
  }
}

export const TXN_OPERATIONS_MAX = 128; // etcd's --max-txn-ops, its default.

/** End of the range of all keys that begin with `prefix`. */
export function prefixEnd(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

/** The very next key: end of a range that ends with `key`. */
export function keyAfter(key: string): string {
  return `${key}\0`;
}
