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

/** A fold of events into rows. `apply` gets every event once, in order; what is not its business it ignores. */
export interface Projection {
  apply(event: RecordedEvent): void;
}

/** The part of a stream's name behind `prefix/`, or null when it is another kind of stream. */
export function streamId(event: RecordedEvent, prefix: string): string | null {
  return event.stream.startsWith(`${prefix}/`) ? event.stream.slice(prefix.length + 1) : null;
}
