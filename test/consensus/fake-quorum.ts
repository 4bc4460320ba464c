/**
 * A quorum in memory, and each gateway's way to it. The store itself never errs; requests can get lost, stay unanswered
 * or arrive late, and watches can lie as etcd's have (replication.md §7).
 *
 *   const quorum = new FakeQuorum();
 *   const client = quorum.client();          // or client(faults), clock as given to the quorum
 */
import type { LogClock } from '#consensus/checkpoints.ts';
import {
  type KeyRange,
  type KeyValueQuorum,
  QuorumError,
  type Watch,
  type WatchChange,
} from '#consensus/key-value-quorum.ts';
import { FakeStore, type Revision } from './fake-store.ts';
import { NO_FAULTS, type QuorumFaults, type RequestKind } from './quorum-faults.ts';

/** Runs at once, in the next turn of the loop: no time passes. */
const NEXT_TURN: LogClock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  after(delayMs, run) {
    if (delayMs > 0) {
      const timer = setTimeout(run, delayMs).unref();
      return () => clearTimeout(timer);
    }
    const turn = setImmediate(run);
    return () => clearImmediate(turn);
  },
};

const NEVER = new Promise<never>(() => {});

export class FakeQuorum {
  readonly store = new FakeStore();
  readonly clock: LogClock;
  /** False: no majority; reads that are serializable still work. */
  reachable = true;

  constructor(clock: LogClock = NEXT_TURN) {
    this.clock = clock;
  }

  client(faults: QuorumFaults = NO_FAULTS): FakeClient {
    return new FakeClient(this, faults);
  }
}

export class FakeClient implements KeyValueQuorum {
  /** False: this gateway alone is cut off. */
  reachable = true;
  readonly #quorum: FakeQuorum;
  readonly #faults: QuorumFaults;
  readonly #watches = new Set<(error: QuorumError | null) => void>();
  #closed = false;
  #dead = false;

  constructor(quorum: FakeQuorum, faults: QuorumFaults) {
    this.#quorum = quorum;
    this.#faults = faults;
  }

  txn(...[txn, options = {}]: Parameters<KeyValueQuorum['txn']>): ReturnType<KeyValueQuorum['txn']> {
    const writes = [...txn.success, ...(txn.failure ?? [])].some(({ type }) => type !== 'range');
    if (options.signal?.aborted) return Promise.reject(new QuorumError('unavailable', 'called off'));
    return this.#call(writes ? 'write' : 'read', () => this.#quorum.store.txn(txn));
  }

  range(request: Parameters<KeyValueQuorum['range']>[0]): ReturnType<KeyValueQuorum['range']> {
    return this.#call('read', () => this.#quorum.store.range(request), request.serializable);
  }

  async grant(ttlMs: number): Promise<{ id: bigint; ttlMs: number }> {
    const { clock, store } = this.#quorum;
    const id = await this.#call('write', () => store.grant(ttlMs, clock.elapsedMs()));
    const look = (): void => {
      store.expire(clock.elapsedMs());
      const lease = store.leases.get(id);
      if (lease) clock.after(Math.max(1, lease.expiresMs - clock.elapsedMs()), look);
    };
    look();
    return { id, ttlMs };
  }

  keepAlive(id: bigint): Promise<number> {
    const { clock, store } = this.#quorum;
    return this.#call('write', () => {
      store.expire(clock.elapsedMs());
      return store.keepAlive(id, clock.elapsedMs());
    });
  }

  revoke(id: bigint): Promise<void> {
    return this.#call('write', () => this.#quorum.store.revoke(id));
  }

  compact(revision: bigint): Promise<void> {
    return this.#call('write', () => this.#quorum.store.compact(revision));
  }

  watch(
    request: KeyRange & { readonly from?: bigint },
    on: (changes: readonly WatchChange[], revision: bigint) => void,
  ): Watch {
    const { store, clock } = this.#quorum;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // Seen by whoever awaits it.
    const queue: { changes: readonly WatchChange[]; revision: bigint }[] = [];
    let told: (() => void) | null = null;
    const end = (error: QuorumError | null): void => {
      unlisten();
      told?.();
      queue.length = 0;
      this.#watches.delete(end);
      if (error) reject(error);
      else resolve();
    };
    const tell = (): void => {
      told = null;
      const piece = queue.shift();
      if (queue.length > 0) told = clock.after(this.#faults.latencyMs(), tell);
      if (piece) on(piece.changes, piece.revision);
    };
    const offer = (entry: Revision): void => {
      if (!this.reachable || this.#faults.breakWatch()) {
        end(new QuorumError('unavailable', 'the watch is broken'));
        return;
      }
      for (const piece of this.#faults.deliver(entry, store.history)) {
        const changes = piece.filter(({ value }) => isIn(value.key, request));
        if (changes.length > 0) queue.push({ changes, revision: entry.revision });
      }
      if (!told && queue.length > 0) told = clock.after(this.#faults.latencyMs(), tell);
    };
    const unlisten = store.listen(offer);
    this.#watches.add(end);
    const { from } = request;
    if (this.#closed || !this.reachable) end(new QuorumError('unavailable', 'no way to the quorum'));
    else if (from !== undefined && store.isCompacted(from)) {
      end(new QuorumError('compacted', 'required revision has been compacted'));
    } else if (from !== undefined) {
      for (const entry of store.history) if (entry.revision >= from && this.#watches.has(end)) offer(entry);
    }
    return { done: promise, stop: () => end(null) };
  }

  /** Ends all watches, as a member that restarts does. */
  breakWatches(): void {
    for (const end of [...this.#watches]) end(new QuorumError('unavailable', 'the watch is broken'));
  }

  /** The gateway's process is dead: nothing it asked for is answered any more, what was sent may still be done. */
  kill(): void {
    this.#dead = true;
    this.close();
  }

  close(): void {
    this.#closed = true;
    for (const end of [...this.#watches]) end(null);
  }

  async #call<T>(kind: RequestKind, run: () => T, local = false): Promise<T> {
    if (this.#dead) await NEVER;
    if (this.#closed) throw new QuorumError('unavailable', 'closed');
    const fate = this.#faults.fate(kind);
    await this.#pass(this.#faults.latencyMs());
    if (this.#dead) {
      if (fate === 'ok') attempt(run); // It was on its way.
      await NEVER;
    }
    if (!this.reachable || fate === 'lost' || !(this.#quorum.reachable || local)) {
      throw new QuorumError('unavailable', 'no answer from the quorum');
    }
    if (fate === 'unclear-undone') throw new QuorumError('unclear', 'no answer in time');
    if (fate === 'unclear-late') {
      this.#quorum.clock.after(this.#faults.lateMs(), () => attempt(run));
      throw new QuorumError('unclear', 'no answer in time');
    }
    const answer = run();
    await this.#pass(this.#faults.latencyMs());
    if (this.#dead) await NEVER;
    if (fate === 'unclear-done') throw new QuorumError('unclear', 'no answer in time');
    return answer;
  }

  #pass(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#quorum.clock.after(delayMs, resolve));
  }
}

/** A request that nobody waits for any more may fail. */
function attempt(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof QuorumError)) throw error;
  }
}

function isIn(key: string, { key: from, end }: KeyRange): boolean {
  return end === undefined ? key === from : key >= from && key < end;
}
