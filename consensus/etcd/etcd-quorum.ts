/**
 * The port `KeyValueQuorum` on a real etcd (API v3, 3.4 and later) over gRPC with mutual TLS.
 *
 * Every call has a time limit and ends with an answer or a QuorumError. What a caller asks wrongly (too many
 * operations, too large a request) is an EtcdRefusal: a bug, not a failure.
 */
import type {
  CallOptions,
  KeyValueQuorum,
  Lease,
  RangeRequest,
  RangeResult,
  Txn,
  TxnResult,
  Watch,
} from '../key-value-quorum.ts';
import { QuorumError } from '../key-value-quorum.ts';
import type { ClientCredentials } from './endpoint.ts';
import { EndpointSet } from './endpoint-set.ts';
import { EtcdWatch } from './etcd-watch.ts';
import { KeySpace } from './key-space.ts';
import { COMPACT, RANGE, TXN } from './kv-messages.ts';
import { LeaderGuard } from './leader-guard.ts';
import { LEASE_GRANT, LEASE_KEEP_ALIVE, LEASE_REVOKE } from './lease-messages.ts';

/** A slow disk's sync; what a dying leader took with it is given up before (`leader-guard.ts`). */
const TXN_MS = 5_000;
/** An election, and another member's answer. */
const RANGE_MS = 5_000;
const LEASE_MS = 5_000;
/** Physical compaction deletes in small batches with pauses. */
const COMPACT_MS = 60_000;

export interface EtcdOptions {
  /** `host:port`, the nearest first. */
  readonly endpoints: readonly string[];
  readonly credentials: ClientCredentials;
  /** In front of every key, e.g. `/sealgate/<clusterId>/`. */
  readonly prefix: string;
}

export class EtcdQuorum implements KeyValueQuorum {
  readonly #endpoints: EndpointSet;
  readonly #keys: KeySpace;
  readonly #leader = new LeaderGuard();
  readonly #watches = new Set<Watch>();

  constructor(options: EtcdOptions) {
    this.#endpoints = new EndpointSet(options.endpoints, options.credentials);
    this.#keys = new KeySpace(options.prefix);
  }

  async txn(txn: Txn, options: CallOptions & { readonly signal?: AbortSignal } = {}): Promise<TxnResult> {
    const kind = changes(txn) ? 'change' : 'read';
    const request = this.#keys.txn(txn);
    const { header, succeeded, results } = await this.#endpoints.attempt(
      { timeoutMs: TXN_MS, ...options, kind },
      (endpoint, timeoutMs) =>
        this.#leader.guard(endpoint, options.signal, (signal) =>
          endpoint.unary(TXN, request, { timeoutMs, signal }),
        ),
    );
    this.#leader.note(header.raftTerm);
    const { revision } = header;
    return { succeeded, revision, results: results.map((result) => this.#keys.ownResult(result)) };
  }

  async range(request: RangeRequest, options: CallOptions = {}): Promise<RangeResult> {
    const asked = { timeoutMs: RANGE_MS, ...options, kind: 'read' } as const;
    const { header, values, more } = await this.#endpoints.call(RANGE, this.#keys.range(request), asked);
    this.#leader.note(header.raftTerm);
    return { values: values.map((value) => this.#keys.own(value)), more, revision: header.revision };
  }

  watch(...[request, on]: Parameters<KeyValueQuorum['watch']>): Watch {
    const watch = new EtcdWatch(this.#endpoints, this.#keys, request, on);
    this.#watches.add(watch);
    const forget = (): void => void this.#watches.delete(watch);
    watch.done.then(forget, forget);
    return watch;
  }

  async grant(ttlMs: number): Promise<Lease> {
    const ttlSeconds = Math.ceil(ttlMs / 1_000);
    // Asked twice, the lease that nobody knows of runs out.
    const asked = { timeoutMs: LEASE_MS, kind: 'repeatable' } as const;
    const lease = await this.#endpoints.call(LEASE_GRANT, { ttlSeconds }, asked);
    return { id: lease.id, ttlMs: Number(lease.ttlSeconds) * 1_000 };
  }

  async keepAlive(id: bigint): Promise<number> {
    const { ttlSeconds } = await this.#endpoints.attempt(
      { timeoutMs: LEASE_MS, kind: 'repeatable' },
      (endpoint, timeoutMs) => endpoint.exchange(LEASE_KEEP_ALIVE, { id }, timeoutMs),
    );
    if (ttlSeconds <= 0n) throw new QuorumError('not-found', 'the lease has expired');
    return Number(ttlSeconds) * 1_000;
  }

  async revoke(id: bigint): Promise<void> {
    await this.#endpoints.call(LEASE_REVOKE, { id }, { timeoutMs: LEASE_MS, kind: 'repeatable' });
  }

  async compact(revision: bigint): Promise<void> {
    await this.#endpoints.call(COMPACT, { revision }, { timeoutMs: COMPACT_MS, kind: 'change' });
  }

  /** Other certificates, for what is asked from now on. */
  renew(credentials: ClientCredentials): void {
    this.#endpoints.renew(credentials);
  }

  close(): void {
    for (const watch of this.#watches) watch.stop();
    this.#endpoints.close();
  }
}

const changes = (txn: Txn): boolean =>
  [...txn.success, ...(txn.failure ?? [])].some((operation) => operation.type !== 'range');
