/**
 * A gateway's own log in memory: what survives a crash, and an incarnation's hand on it. A write takes a moment, and is
 * whole or not there when the gateway dies meanwhile.
 */
import { damaged, NO_HASH } from '#consensus/event-codec.ts';
import type { SealedEvent } from '#consensus/event-group.ts';
import type { Head, Position, StoredEvent } from '#consensus/event-log.ts';
import type { ReplicaStore } from '#consensus/replicated/replica-store.ts';
import type { SimClock } from './sim-clock.ts';

/** The disk. */
export class MemoryLog {
  readonly events: StoredEvent[] = [];
  readonly records: Buffer[] = [];
  readonly ids = new Map<string, Position>();
  readonly versions = new Map<string, number>();

  get head(): Head {
    const last = this.events.at(-1);
    return last ?? { position: 0n, hash: NO_HASH, generation: 1 };
  }

  add({ event, record }: SealedEvent): void {
    this.events.push(event);
    this.records.push(record);
    this.ids.set(event.id, event.position);
    this.versions.set(event.stream, event.version);
  }
}

export class MemoryStore implements ReplicaStore {
  /** False: the process is dead; nothing of it goes on. */
  alive = true;
  readonly #log: MemoryLog;
  readonly #clock: SimClock;
  readonly #writeMs: () => number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(log: MemoryLog, clock: SimClock, writeMs: () => number) {
    this.#log = log;
    this.#clock = clock;
    this.#writeMs = writeMs;
  }

  get head(): Head {
    return this.#log.head;
  }

  async admit(): Promise<void> {}

  exclusive<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => {});
    return done;
  }

  write(build: (head: Head) => readonly SealedEvent[]): Promise<void> {
    return this.exclusive(async () => {
      const events = build(this.head);
      if (events.length === 0) return;
      await this.#clock.wait(this.#writeMs());
      if (!this.alive) await new Promise<never>(() => {});
      for (const sealed of events) this.#log.add(sealed);
    });
  }

  async eventAt(position: Position): Promise<StoredEvent> {
    const event = this.#log.events[Number(position) - 1];
    if (!event) throw damaged(position, 'is missing');
    return event;
  }

  async positionsOfIds(ids: readonly string[]): Promise<(Position | null)[]> {
    return ids.map((id) => this.#log.ids.get(id) ?? null);
  }

  async streamVersion(stream: string): Promise<number> {
    return this.#log.versions.get(stream) ?? 0;
  }
}
