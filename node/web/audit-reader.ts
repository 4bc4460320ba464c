/**
 * The event log for an auditor: newest first, filtered, a page at a time, read from the ledger as it stands.
 *
 * There is no index: a request looks at SCAN_EVENTS_MAX events and gives a cursor to go on with, so a search through
 * years of changes shows its progress instead of waiting.
 */
import type { StoredEvent } from '#consensus/event-log.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { AuditPort, AuditRow } from './audit-admin-port.ts';

const CHUNK_EVENTS = 500n;
const SCAN_EVENTS_MAX = 10_000n; // About 100 ms of reading.
const VALUE_CHARS_MAX = 160; // A certificate as base64 has 2,000; the auditor wants to see that it is one.
const PAYLOAD_CHARS_MAX = 100_000;

/** Long text in a payload is binary: shown by its beginning and its length. Password hashes are not shown at all. */
function shortened(key: string, value: unknown): unknown {
  if (key === 'passwordHash') return '…';
  if (typeof value !== 'string' || value.length <= VALUE_CHARS_MAX) return value;
  return `${value.slice(0, VALUE_CHARS_MAX / 2)}… (${value.length} characters)`;
}

function payloadText(payload: Uint8Array): string {
  const text = Buffer.from(payload).toString('utf8');
  try {
    return JSON.stringify(JSON.parse(text, shortened), null, 2).slice(0, PAYLOAD_CHARS_MAX);
  } catch {
    return String(shortened('', text)); // Written by a newer version perhaps; still the auditor's to see.
  }
}

function rowOf(event: StoredEvent): AuditRow {
  return {
    position: String(event.position),
    stream: event.stream,
    version: event.version,
    kind: event.kind,
    atMs: event.atMs,
    actor: event.actor,
    reason: event.reason,
    node: event.node,
    hash: Buffer.from(event.hash).toString('hex'),
    payload: payloadText(event.payload),
  };
}

export function auditReader(ledger: Pick<LedgerPort, 'head' | 'read'>): AuditPort {
  return {
    async events(request) {
      const search = request.search.toLowerCase();
      const actor = request.actor.toLowerCase();
      const fits = (e: StoredEvent): boolean =>
        (request.fromMs === null || e.atMs >= request.fromMs) &&
        (request.toMs === null || e.atMs <= request.toMs) &&
        e.actor.toLowerCase().includes(actor) &&
        `${e.stream} ${e.kind} ${e.actor} ${e.reason}`.toLowerCase().includes(search);
      const head = await ledger.head();
      let before = request.before === null ? head.position + 1n : BigInt(request.before);
      if (before > head.position + 1n) before = head.position + 1n;
      const stopAt = before > SCAN_EVENTS_MAX ? before - SCAN_EVENTS_MAX : 1n;
      const rows: AuditRow[] = [];
      while (before > stopAt && rows.length < request.limit) {
        const from = before - CHUNK_EVENTS > stopAt ? before - CHUNK_EVENTS : stopAt;
        const chunk = await ledger.read(from, Number(before - from));
        for (const event of [...chunk].reverse()) {
          before = event.position;
          if (fits(event)) rows.push(rowOf(event));
          if (rows.length >= request.limit) break;
        }
        if (chunk.length === 0) before = from;
      }
      return { rows, next: before > 1n ? String(before) : null };
    },
  };
}
