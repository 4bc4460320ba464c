/**
 * The decider: how every change of the gateway's state is decided. Pure; time and ids arrive inside the command.
 *
 * `decide(command, state)` gives the events to record, none when nothing changes (asked twice, recorded once), or a
 * refusal, which is a value and is told to the caller. `evolve(state, event)` folds what was recorded.
 */
import { canonicalJson, parseCanonicalJson } from './canonical-json.ts';

export type Decision<Event, Refusal extends string> =
  | { readonly kind: 'accepted'; readonly events: readonly Event[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Wall clock of the command, milliseconds since 1970. */
export type Instant = number;

export interface Decider<Command, Event extends { readonly type: string }, State, Refusal extends string> {
  /** State of a stream without events. */
  readonly zero: State;
  decide(command: Command, state: State): Decision<Event, Refusal>;
  evolve(state: State, event: Event): State;
  /** The event's storage format: the schema version that is written for each kind. */
  readonly schemas: Readonly<Record<Event['type'], number>>;
}

export function accept<Event>(...events: readonly Event[]): Decision<Event, never> {
  return { kind: 'accepted', events };
}

export function refuse<Refusal extends string>(refusal: Refusal): Decision<never, Refusal> {
  return { kind: 'refused', refusal };
}

/** An event as the log stores it. */
export interface EncodedEvent {
  readonly kind: string;
  readonly schema: number;
  readonly payload: Uint8Array;
}

/** A recorded event that this version of the program cannot read; `code: unknown-event`. */
export class EventFormatError extends Error {
  readonly code = 'unknown-event';
}

export function encodeEvent<Event extends { readonly type: string }>(
  decider: { readonly schemas: Readonly<Record<Event['type'], number>> },
  event: Event,
): EncodedEvent {
  const { type, ...fields } = event;
  const schema = decider.schemas[type as Event['type']];
  return { kind: type, schema, payload: canonicalJson(fields) };
}

/** The reverse. Throws EventFormatError for a kind or a schema version from a newer program. */
export function decodeEvent<Event extends { readonly type: string }>(
  decider: { readonly schemas: Readonly<Record<Event['type'], number>> },
  stored: EncodedEvent,
): Event {
  const schemas: Readonly<Record<string, number>> = decider.schemas;
  const known = Object.hasOwn(schemas, stored.kind) ? schemas[stored.kind] : undefined;
  if (known === undefined || stored.schema > known) {
    throw new EventFormatError(`event ${stored.kind}, schema ${stored.schema}, is not known here`);
  }
  // The log is our own: chained and signed. Its payloads were typed when they were written.
  return { type: stored.kind, ...(parseCanonicalJson(stored.payload) as object) } as unknown as Event;
}

/** Folds a stream's recorded events into its state. */
export function foldStream<Command, Event extends { readonly type: string }, State, Refusal extends string>(
  decider: Decider<Command, Event, State, Refusal>,
  stored: Iterable<EncodedEvent>,
): State {
  let state = decider.zero;
  for (const event of stored) state = decider.evolve(state, decodeEvent<Event>(decider, event));
  return state;
}
