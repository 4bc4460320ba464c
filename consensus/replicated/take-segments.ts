/**
 * Stores events that came as records, from other gateways' logs: those that follow the own head, each signed by a gateway
 * that may write at its place. Ends at the first one that does not follow; what came before it stays.
 */
import type { SealedEvent } from '../event-group.ts';
import { LogError, type StoredEvent } from '../event-log.ts';
import type { Applier } from './applier.ts';
import type { Follows, ReplicaStore } from './replica-store.ts';

const PIECE_EVENTS = 500; // Stored at once.

export interface SegmentPorts {
  readonly store: Pick<ReplicaStore, 'head'>;
  readonly applier: Pick<Applier, 'apply'>;
  readonly follows: Follows;
  /** True for an event after which the key ring may be another: the next one is judged when it is stored. */
  readonly changesKeys: (event: StoredEvent) => boolean;
  /** Whether an event bears the signature of a gateway that may write at its place. */
  readonly verify: (event: StoredEvent) => boolean | Promise<boolean>;
  /** Called with the last event that follows: whether more are wanted. */
  goesOn(last: StoredEvent): boolean;
}

/** Rejects `log-damaged` on an event without signature, with the store's LogError, and as the records do. */
export async function takeSegments(ports: SegmentPorts, records: AsyncIterable<Uint8Array>): Promise<void> {
  let last: Pick<StoredEvent, 'position' | 'hash'> = ports.store.head;
  let piece: SealedEvent[] = [];
  const flush = async (): Promise<void> => {
    const good = await signedOf(piece, ports.verify);
    if (good.length > 0) await ports.applier.apply(good);
    if (good.length < piece.length)
      throw new LogError('log-damaged', 'a gateway gave an event without signature');
    piece = [];
  };
  for await (const record of records) {
    const sealed = ports.follows(Buffer.from(record), last.position + 1n, last.hash);
    if (!sealed) break;
    piece.push(sealed);
    last = sealed.event;
    if (piece.length >= PIECE_EVENTS || ports.changesKeys(sealed.event)) await flush();
    if (!ports.goesOn(sealed.event)) break;
  }
  await flush();
}

/** As many of the events, from the first on, as bear a signature that holds. */
export async function signedOf(
  chained: readonly SealedEvent[],
  verify: (event: StoredEvent) => boolean | Promise<boolean>,
): Promise<SealedEvent[]> {
  const holds = await Promise.all(chained.map(({ event }) => verify(event)));
  const forged = holds.indexOf(false);
  return forged < 0 ? [...chained] : chained.slice(0, forged);
}
