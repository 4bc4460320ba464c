/**
 * An event as projections see it: what was recorded, without the chain, which was checked before it came here.
 */
export interface RecordedEvent {
  readonly position: bigint;
  readonly stream: string;
  readonly version: number;
  readonly kind: string;
  readonly schema: number;
  readonly atMs: number;
  readonly actor: string;
  readonly reason: string;
  readonly payload: Uint8Array;
}

/**
 * A fold of events into rows. `apply` gets every event once, in order; what is not its business it ignores.
 *
 * `save` gives the whole state as plain objects, arrays and Maps, still shared with the projection: it is for writing
 * down at once. `restore` takes what `save` of the same program gave; the state is then as if all events had been
 * applied.
 */
export interface Projection<Saved = unknown> {
  apply(event: RecordedEvent): void;
  save(): Saved;
  restore(saved: Saved): void;
}

/** Puts rows into an empty index. */
export function refill<K, V>(index: Map<K, V>, rows: ReadonlyMap<K, V>): void {
  index.clear();
  for (const [key, value] of rows) index.set(key, value);
}

/** The part of a stream's name behind `prefix/`, or null when it is another kind of stream. */
export function streamId(event: RecordedEvent, prefix: string): string | null {
  return event.stream.startsWith(`${prefix}/`) ? event.stream.slice(prefix.length + 1) : null;
}
