/**
 * What a batch must be before the log looks at it: within the limits, and exactly encodable.
 *
 * Too much is `too-large`, a value for the caller; what no caller should ever build is a TypeError.
 */
import { BATCH_BYTES_MAX, BATCH_EVENTS_MAX, type Draft, LogError, PAYLOAD_BYTES_MAX } from './event-log.ts';

const NAME_BYTES_MAX = 512; // Stream, id, kind, actor are keys and labels; an address in one has at most 254 octets.
const REASON_BYTES_MAX = 64 * 1024; // A text that a person typed.
const NUMBER_MAX = 2 ** 32 - 1; // Schema versions are stored in 32 bits.

export function checkBatch(batch: readonly Draft[]): void {
  if (batch.length === 0) throw new TypeError('a batch has at least one event');
  if (batch.length > BATCH_EVENTS_MAX) throw tooLarge(`${batch.length} events`, BATCH_EVENTS_MAX);
  let bytes = 0;
  const ids = new Set<string>();
  for (const draft of batch) {
    checkDraft(draft);
    bytes += draft.payload.length;
    ids.add(draft.id);
  }
  if (bytes > BATCH_BYTES_MAX) throw tooLarge(`${bytes} octets of payload`, BATCH_BYTES_MAX);
  if (ids.size !== batch.length) throw new TypeError('an event id stands twice in one batch');
}

function checkDraft(draft: Draft): void {
  for (const name of ['id', 'stream', 'kind', 'actor'] as const) {
    if (draft[name] === '') throw new TypeError(`${name} of an event is empty`);
    checkText(name, draft[name], NAME_BYTES_MAX);
  }
  checkText('reason', draft.reason, REASON_BYTES_MAX);
  if (!Number.isInteger(draft.schema) || draft.schema < 0 || draft.schema > NUMBER_MAX) {
    throw new TypeError(`schema ${draft.schema} of an event`);
  }
  if (!Number.isSafeInteger(draft.atMs) || draft.atMs < 0)
    throw new TypeError(`time ${draft.atMs} of an event`);
  if (draft.payload.length > PAYLOAD_BYTES_MAX) {
    throw tooLarge(`a payload of ${draft.payload.length} octets`, PAYLOAD_BYTES_MAX);
  }
}

function checkText(name: string, text: string, bytesMax: number): void {
  if (!text.isWellFormed()) throw new TypeError(`${name} of an event has no UTF-8`);
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) throw tooLarge(`${name} of ${bytes} octets`, bytesMax);
}

function tooLarge(what: string, max: number): LogError {
  return new LogError('too-large', `${what}; at most ${max}`);
}
