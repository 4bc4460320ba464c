/**
 * The gateway's own log as the replicated engine needs it: facts at its head, and events that follow it. A port, so
 * that the engine's core also runs over a log in memory (simulation).
 */
import { checkedEvent, encodeCanonical, recordOf } from '../event-codec.ts';
import type { LogFacts, SealedEvent } from '../event-group.ts';
import type { Head, Position, StoredEvent } from '../event-log.ts';
import { factsOf } from '../level-read.ts';
import type { LevelStore } from '../level-store.ts';

export interface ReplicaStore extends LogFacts {
  /** The last event that is on stable storage here. */
  readonly head: Head;
  /** Rejects with the LogError that says why nothing can be written now. */
  admit(): Promise<void>;
  /** Runs while the head stands still. */
  exclusive<T>(run: () => Promise<T>): Promise<T>;
  /** `build` says, at the head as it is, which events follow it. Durable when resolved. */
  write(build: (head: Head) => readonly SealedEvent[]): Promise<void>;
  eventAt(position: Position): Promise<StoredEvent>;
}

export function levelReplicaStore(store: LevelStore): ReplicaStore {
  return {
    ...factsOf(store),
    get head() {
      return store.state;
    },
    admit: () => store.admit(),
    exclusive: (run) => store.exclusive(run),
    eventAt: (position) => store.eventAt(position),
    write: (build) =>
      store.write(async () => {
        const events = build(store.state);
        return { change: events.length > 0 ? { events, side: [] } : null, result: undefined };
      }),
  };
}

/** An event's record, as it was before it was read. */
export function recordOfEvent(event: StoredEvent): Buffer {
  return recordOf(encodeCanonical(event), event.hash, event.signature);
}

/** The event of a record from elsewhere, that must stand at a position and follow a hash; null when it does not. */
export type Follows = (record: Buffer, position: Position, prev: Uint8Array) => SealedEvent | null;

export const followingEvent: Follows = (record, position, prev) => {
  try {
    return { event: checkedEvent(record, position, prev), record };
  } catch {
    return null;
  }
};
