/**
 * The order of events on a single gateway: a queue in front of the store. All appends that wait go in one synced write
 * (group commit), each all or nothing, each judged against what the ones before it in the group would record.
 *
 * An answer that depends on the group, also a conflict or a repetition, is given only when the group is on disk.
 */
import { AppendQueue, type GroupLimits, type Waiting } from './append-queue.ts';
import { type Judgement, judgeGroup, StreamVersions } from './event-group.ts';
import type { Appended, Draft, Expect } from './event-log.ts';
import { factsOf } from './level-read.ts';
import type { LevelStore } from './level-store.ts';
import type { Signer } from './signing.ts';
import type { Change } from './store-change.ts';

const GROUP: GroupLimits = {
  events: 1000, // 50 ms of signing: how long the loop is held at most.
  bytes: 8 * 1024 * 1024, // One LevelDB batch is in memory three times.
};

export class LocalSequencer {
  readonly #store: LevelStore;
  readonly #signer: Signer;
  readonly #queue = new AppendQueue();
  readonly #versions = new StreamVersions();
  #running: Promise<void> | null = null;

  constructor(store: LevelStore, signer: Signer) {
    this.#store = store;
    this.#signer = signer;
  }

  append(batch: readonly Draft[], expect: Expect, signal?: AbortSignal): Promise<Appended> {
    return this.#queue.add({ batch, expect, signal }, () => {
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue.take(GROUP);
      try {
        const judgements = await this.#store.write(() => this.#decide(group));
        for (const judgement of judgements) judgement.answer();
      } catch (error) {
        this.#versions.clear(); // They may hold what the failed write would have made true.
        for (const waiting of group) waiting.reject(error);
      }
    }
    this.#running = null;
  }

  async #decide(group: readonly Waiting[]): Promise<{ change: Change | null; result: readonly Judgement[] }> {
    const context = { facts: factsOf(this.#store), versions: this.#versions, signer: this.#signer };
    const { sealed, judgements } = await judgeGroup(group, this.#store.state, context);
    if (sealed.length === 0) return { change: null, result: judgements };
    this.#versions.note(sealed);
    return { change: { events: sealed, side: [] }, result: judgements };
  }
}
