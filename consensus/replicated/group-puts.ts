/**
 * A sealed group as transactions: blobs of large bodies first, each piece in one of its own, then all events and the
 * head in one. A blob that was taken away before its event came makes the append fail, by comparison.
 */
import type { SealedEvent } from '../event-group.ts';
import type { CallOptions, Compare, KeyValueQuorum, Operation } from '../key-value-quorum.ts';
import {
  blobPuts,
  bodyBytes,
  bodyOf,
  CROWDED_BODY_BYTES_MAX,
  INLINE_BODY_BYTES_MAX,
  shortValue,
  wholeValue,
} from './event-value.ts';
import { eventKey } from './quorum-keys.ts';

const EVENTS_BYTES_MAX = 1024 * 1024; // etcd refuses requests over 1.5 MiB; keys and framing need room.

export type Put = Extract<Operation, { type: 'put' }>;

export interface GroupPuts {
  readonly events: readonly Put[];
  /** Pieces of each large body, in the order in which they must be put. */
  readonly blobs: readonly (readonly Put[])[];
}

export function putsOf(sealed: readonly SealedEvent[]): GroupPuts {
  const inlineBytes = sealed.reduce((sum, one) => sum + (isLarge(one) ? 0 : one.record.length), 0);
  const bodyMax = inlineBytes > EVENTS_BYTES_MAX ? CROWDED_BODY_BYTES_MAX : INLINE_BODY_BYTES_MAX;
  const events: Put[] = [];
  const blobs: Put[][] = [];
  for (const one of sealed) {
    const key = eventKey(one.event.position);
    if (bodyBytes(one.event) <= bodyMax) events.push({ type: 'put', key, value: wholeValue(one) });
    else {
      const body = bodyOf(one.event);
      events.push({ type: 'put', key, value: shortValue(one, body) });
      blobs.push(blobPuts(body));
    }
  }
  return { events, blobs };
}

function isLarge({ event }: SealedEvent): boolean {
  return bodyBytes(event) > INLINE_BODY_BYTES_MAX;
}

/** Puts blobs that are not there yet; repeating it changes nothing. Remembers the revisions an append must compare. */
export class BlobWriter {
  readonly #quorum: KeyValueQuorum;
  readonly #revisions = new Map<string, bigint>();

  constructor(quorum: KeyValueQuorum) {
    this.#quorum = quorum;
  }

  async put(blobs: GroupPuts['blobs'], options: CallOptions): Promise<Compare[]> {
    const compares: Compare[] = [];
    for (const pieces of blobs) {
      const { key } = pieces.at(-1)!;
      let modRevision = this.#revisions.get(key);
      if (modRevision === undefined) {
        for (const piece of pieces) {
          modRevision = (await this.#quorum.txn({ compare: [], success: [piece] }, options)).revision;
        }
        this.#revisions.set(key, modRevision!);
      }
      compares.push({ key, modRevision: modRevision! });
    }
    return compares;
  }

  /** They may be gone again, or are of no more use. */
  forget(): void {
    this.#revisions.clear();
  }
}
