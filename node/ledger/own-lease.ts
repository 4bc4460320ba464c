/**
 * This gateway's lease in the quorum: `alive/<node>`, kept alive every third of its time; who lets it end may be taken
 * over. Also the holder of locks for chores that one gateway does.
 *
 * All times are monotonic (replication.md §8, 34). What surely lasts is counted from before the request was sent.
 */
import { randomUUID } from 'node:crypto';
import { type KeyValueQuorum, QuorumError } from '#consensus/key-value-quorum.ts';
import { ALIVE, LOCK, lockHolderOf, octetsOf } from './member-keys.ts';

const RENEWALS = 3; // In one lease time: two may be lost.

export interface LeaseOptions {
  readonly quorum: KeyValueQuorum;
  readonly node: string;
  readonly ttlMs: number;
  /** A lock of who is none is taken over: a removed gateway may keep its lease alive. */
  isMember(node: string): boolean;
  onChange(): void;
}

export class OwnLease {
  readonly #quorum: KeyValueQuorum;
  readonly #node: string;
  readonly #ttlMs: number;
  readonly #isMember: (node: string) => boolean;
  readonly #onChange: () => void;
  readonly #bootId = randomUUID();
  #lease: bigint | null = null;
  #untilNs = 0n;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(options: LeaseOptions) {
    this.#quorum = options.quorum;
    this.#node = options.node;
    this.#ttlMs = options.ttlMs;
    this.#isMember = options.isMember;
    this.#onChange = options.onChange;
  }

  /** process.hrtime of the moment until which the lease surely lasts. */
  get untilNs(): bigint {
    return this.#untilNs;
  }

  /** null: there is none. Another one after the one before had run out: meanwhile the spool may have been taken over. */
  get id(): bigint | null {
    return this.#lease;
  }

  /** Resolves after the first attempt, whatever came of it; goes on until `close`. */
  async start(): Promise<void> {
    await this.renew();
  }

  renew(): Promise<void> {
    this.#running ??= this.#renewOnce().finally(() => {
      this.#running = null;
      if (!this.#closed) this.#timer = setTimeout(() => void this.renew(), this.#ttlMs / RENEWALS);
    });
    if (this.#timer) clearTimeout(this.#timer);
    return this.#running;
  }

  /**
   * Takes or keeps the lock of a job; false when another gateway holds it. Rejects with QuorumError.
   */
  async leads(job: string): Promise<boolean> {
    if (this.#lease === null) await this.renew();
    const lease = this.#lease;
    if (lease === null) throw new QuorumError('unavailable', 'this gateway has no lease now');
    const key = LOCK + job;
    const { succeeded, results } = await this.#quorum.txn({
      compare: [{ key, modRevision: 0n }],
      success: [{ type: 'put', key, value: octetsOf({ node: this.#node }), lease }],
      failure: [{ type: 'range', key }],
    });
    if (succeeded) return true;
    const found = results[0]?.type === 'range' ? results[0].values[0] : undefined;
    if (!found) return false; // Gone again; the next asking takes it.
    const holder = lockHolderOf(found);
    if (holder === this.#node && found.lease === lease) return true;
    if (holder !== null && holder !== this.#node && this.#isMember(holder)) return false;
    // Of a removed gateway, or of this one before its restart.
    const compare = [{ key, modRevision: found.modRevision }];
    const value = octetsOf({ node: this.#node });
    return (await this.#quorum.txn({ compare, success: [{ type: 'put', key, value, lease }] })).succeeded;
  }

  /** The lease is left to run out: the next start of this gateway comes before, and a restart is no death. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #renewOnce(): Promise<void> {
    const sentNs = process.hrtime.bigint();
    try {
      if (this.#lease !== null) await this.#quorum.keepAlive(this.#lease);
      else {
        const { id } = await this.#quorum.grant(this.#ttlMs);
        const key = ALIVE + this.#node;
        const value = octetsOf({ bootId: this.#bootId });
        await this.#quorum.txn({ compare: [], success: [{ type: 'put', key, value, lease: id }] });
        this.#lease = id;
      }
      this.#untilNs = sentNs + BigInt(this.#ttlMs) * 1_000_000n;
      this.#onChange();
    } catch (error) {
      if (!(error instanceof QuorumError)) throw error;
      if (error.code === 'not-found' && this.#lease !== null && !this.#closed) {
        this.#lease = null;
        await this.#renewOnce();
      }
      // Otherwise the next attempt: the lease may still last.
    }
  }
}
