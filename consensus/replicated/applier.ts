/**
 * The one way of events into the gateway's own log: those that follow its head, each once, whoever brings them first,
 * the tail or the own append's answer. One write at a time, told to the key ring before the next one is looked at.
 */
import type { SealedEvent, StreamVersions } from '../event-group.ts';
import type { StoredEvent } from '../event-log.ts';
import type { ReplicaStore } from './replica-store.ts';

export type OnStored = (events: readonly StoredEvent[]) => void;

export class Applier {
  readonly #store: ReplicaStore;
  readonly #versions: StreamVersions;
  readonly #onStored: OnStored;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: ReplicaStore, versions: StreamVersions, onStored: OnStored) {
    this.#store = store;
    this.#versions = versions;
    this.#onStored = onStored;
  }

  /** Verified events, contiguous. Durable here when resolved; rejects with the store's LogError. */
  apply(events: readonly SealedEvent[]): Promise<void> {
    const done = this.#turn.then(() => this.#write(events));
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Resolves when what was given so far is stored, or refused. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  async #write(events: readonly SealedEvent[]): Promise<void> {
    // Mostly the watch has been quicker than the own append's answer, or the other way round.
    if (events.every(({ event }) => event.position <= this.#store.head.position)) return;
    let fresh: readonly SealedEvent[] = [];
    try {
      await this.#store.write((head) => {
        fresh = events.filter(({ event }) => event.position > head.position);
        const first = fresh[0]?.event;
        const follows = first?.position === head.position + 1n && Buffer.compare(first.prev, head.hash) === 0;
        if (!follows) fresh = [];
        this.#versions.note(fresh);
        return fresh;
      });
    } catch (error) {
      this.#versions.clear(); // They may hold what the failed write would have made true.
      throw error;
    }
    if (fresh.length > 0) this.#onStored(fresh.map(({ event }) => event));
  }
}
