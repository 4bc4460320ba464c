/**
 * Signed checkpoints of the log, kept beside it: one every CHECKPOINT_EVENTS events or CHECKPOINT_MS after a change.
 *
 * They stand in the same LevelDB as the events, key `c` and position (level-keys.ts), covered by the state's digest.
 * A checkpoint is not an event: signing the log must not make it longer, nor wait for a quorum.
 */
import { LogError, type Position } from './event-log.ts';
import { checkpointKey, sideRange } from './level-keys.ts';
import type { LevelStore } from './level-store.ts';
import { sideValue } from './side-entry.ts';
import { decodeSignedHead, encodeSignedHead, type SignedHead, signHead } from './signed-head.ts';
import type { Signer } from './signing.ts';

const CHECKPOINT_EVENTS = 1000n; // What an auditor must take on the chain's word alone, at most.
const CHECKPOINT_MS = 60_000;

/** Time as the log needs it; injected, so that tests decide when a minute is over. */
export interface LogClock {
  /** Wall clock, milliseconds since 1970: names times, decides nothing. */
  nowMs(): number;
  /** Milliseconds since some moment; never set, never back. */
  elapsedMs(): number;
  /** Runs once after `delayMs`; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

export const SYSTEM_CLOCK: LogClock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

export class Checkpoints {
  readonly #store: LevelStore;
  readonly #context: { clusterId: string; signer: Signer; clock: LogClock };
  readonly #closed: AbortSignal;
  #last: Position = 0n;
  #cancel: (() => void) | null = null;

  private constructor(
    store: LevelStore,
    context: { clusterId: string; signer: Signer; clock: LogClock },
    closed: AbortSignal,
  ) {
    this.#store = store;
    this.#context = context;
    this.#closed = closed;
  }

  /** Goes on behind the last stored checkpoint until `closed`. */
  static async start(
    store: LevelStore,
    context: { clusterId: string; signer: Signer; clock: LogClock },
    closed: AbortSignal,
  ): Promise<Checkpoints> {
    const made = new Checkpoints(store, context, closed);
    const [last] = await store.db.entries(sideRange('checkpoints'), 1, true);
    if (last) made.#last = last[0].readBigUInt64BE(1);
    void made.#follow();
    return made;
  }

  /** Stored checkpoints at or after `from`, in order. */
  async list(from: Position, limit: number): Promise<SignedHead[]> {
    const range = { gte: checkpointKey(from), lt: sideRange('checkpoints').lt };
    const entries = await this.#store.db.entries(range, limit);
    return entries.map(([key, stored]) => {
      const checkpoint = decodeSignedHead(sideValue(key, stored));
      if (!checkpoint)
        throw new LogError('log-damaged', 'a stored checkpoint is not one', key.readBigUInt64BE(1));
      return checkpoint;
    });
  }

  async #follow(): Promise<void> {
    while (!this.#closed.aborted) {
      const moved = this.#store.moved();
      const behind = this.#store.state.position - this.#last;
      if (behind >= CHECKPOINT_EVENTS) await this.#make();
      else if (behind > 0n && !this.#cancel) {
        this.#cancel = this.#context.clock.after(CHECKPOINT_MS, () => void this.#make());
      }
      await moved;
    }
    this.#cancel?.();
  }

  async #make(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const { clusterId, signer, clock } = this.#context;
    try {
      this.#last = await this.#store.write(async () => {
        const { state } = this.#store;
        if (this.#closed.aborted || state.position <= this.#last) return { change: null, result: this.#last };
        const checkpoint = signHead('checkpoint', state, { clusterId, signer, atMs: clock.nowMs() });
        const key = checkpointKey(state.position);
        const side = [{ space: 'checkpoints' as const, key, value: encodeSignedHead(checkpoint) }];
        return { change: { events: [], side }, result: state.position };
      });
    } catch (error) {
      // The store says why in its status, and the next move tries again.
      if (!(error instanceof LogError)) throw error;
    }
  }
}
