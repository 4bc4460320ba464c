/**
 * The log up to a point, as an auditor asks for it: up to a position, or up to a moment.
 *
 * The moment is that of the commands. Gateways' clocks differ, so events are not strictly in their order: the answer
 * ends before the first event that is later than the moment.
 */
import type { Position, StoredEvent } from '#consensus/event-log.ts';
import type { LedgerPort } from '#node/ledger/port.ts';

const PIECE_EVENTS = 1000;

export type AuditLimit =
  | { readonly from?: Position; readonly position: Position }
  | { readonly from?: Position; readonly atMs: number };

export async function* readUntil(
  ledger: Pick<LedgerPort, 'read'>,
  limit: AuditLimit,
): AsyncGenerator<StoredEvent> {
  let next = limit.from ?? 1n;
  for (;;) {
    const events = await ledger.read(next, PIECE_EVENTS);
    if (events.length === 0) return;
    for (const event of events) {
      const beyond = 'position' in limit ? event.position > limit.position : event.atMs > limit.atMs;
      if (beyond) return;
      yield event;
    }
    next += BigInt(events.length);
  }
}
