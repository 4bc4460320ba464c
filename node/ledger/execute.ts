/**
 * Executes a command: read the stream, fold, decide, append with the expected version (architecture.md, A command).
 *
 * A refusal is a value. A version conflict is decided again on the new state, RETRIES_MAX times. An answer that got lost
 * is asked for again with the same ids, which the log records once. Every other LogError goes to the caller.
 */
import { createHash } from 'node:crypto';
import type { Draft, StoredEvent } from '#consensus/event-log.ts';
import { type Decider, encodeEvent, foldStream } from '#domain/decider.ts';
import type { LedgerPort } from './port.ts';

/** Who, why, when; the same for all events of one command. */
export interface CommandMeta {
  /** Any text that is unique to this request; the same request again records nothing and gives the same answer. */
  readonly requestId: string;
  /** `operator/<id>`, `node/<id>`, `system`. */
  readonly actor: string;
  readonly reason: string;
  readonly atMs: number;
}

export type Execution<Event, State, Refusal extends string> =
  | {
      readonly kind: 'done';
      /** What was recorded, perhaps nothing, by this call. */
      readonly events: readonly Event[];
      readonly state: State;
      readonly version: number;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Writers of one stream are few people and a few gateways; more rounds than this is a fault, not a race. */
export const RETRIES_MAX = 8;

export async function execute<
  Command,
  Event extends { readonly type: string },
  State,
  Refusal extends string,
>(
  ledger: Pick<LedgerPort, 'readStream' | 'append'>,
  decider: Decider<Command, Event, State, Refusal>,
  stream: string,
  command: Command,
  meta: CommandMeta,
): Promise<Execution<Event, State, Refusal>> {
  for (let attempt = 0; ; attempt++) {
    const stored = await ledger.readStream(stream);
    const state = foldStream(decider, stored);
    if (wasRecorded(stored, meta)) return { kind: 'done', events: [], state, version: stored.length };
    const decision = decider.decide(command, state);
    if (decision.kind === 'refused') return decision;
    const { events } = decision;
    if (events.length === 0) return { kind: 'done', events, state, version: stored.length };
    const drafts = events.map((event, index) => draftOf(decider, stream, event, meta, index));
    try {
      await appendSurely(ledger, drafts, { stream, version: stored.length });
    } catch (error) {
      if (errorCode(error) === 'version-conflict' && attempt < RETRIES_MAX) continue;
      throw error;
    }
    const after = events.reduce((next, event) => decider.evolve(next, event), state);
    return { kind: 'done', events, state: after, version: stored.length + events.length };
  }
}

/** An unclear answer is resolved by asking again with the same ids, never by new ones (replication.md §3). */
export async function appendSurely(
  ledger: Pick<LedgerPort, 'append'>,
  drafts: readonly Draft[],
  expect: { readonly stream: string; readonly version: number },
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await ledger.append(drafts, expect);
      return;
    } catch (error) {
      if (errorCode(error) !== 'unresolved' || attempt >= RETRIES_MAX) throw error;
    }
  }
}

/** One event of a batch; `index` counts through all events of the request. */
export function draftOf<Event extends { readonly type: string }>(
  decider: { readonly schemas: Readonly<Record<Event['type'], number>> },
  stream: string,
  event: Event,
  meta: CommandMeta,
  index: number,
): Draft {
  const { actor, reason, atMs } = meta;
  return { id: eventId(meta.requestId, index), stream, atMs, actor, reason, ...encodeEvent(decider, event) };
}

function wasRecorded(stored: readonly StoredEvent[], meta: CommandMeta): boolean {
  const id = eventId(meta.requestId, 0);
  return stored.some((event) => event.id === id);
}

/** RFC 9562 §5.8: a UUID version 8 of the request and the event's number in it. */
function eventId(requestId: string, index: number): string {
  const octets = createHash('sha256').update(`${index}|${requestId}`).digest().subarray(0, 16);
  octets[6] = (octets[6]! & 0x0f) | 0x80;
  octets[8] = (octets[8]! & 0x3f) | 0x80;
  const hex = octets.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return parts.join('-');
}

export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
