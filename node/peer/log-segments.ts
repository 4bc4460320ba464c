/**
 * Segments of the log between gateways: `GET log/segments/<from>` gives the events from there on, at most
 * SEGMENT_EVENTS or SEGMENT_BYTES, compressed; none at the end of the log.
 *
 * Shape: gzip of records, each `u32 length | record` (event-codec.ts). Whoever gets them checks chain and signatures.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { encodeCanonical, recordOf } from '#consensus/event-codec.ts';
import type { Position, StoredEvent } from '#consensus/event-log.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { PeerClient } from './peer-client.ts';
import { jsonAnswer, type PeerRoute } from './peer-route.ts';

const SEGMENT_EVENTS = 10_000;
const SEGMENT_BYTES = 16 * 1024 * 1024; // Four pieces of the ledger; some copies of it are in memory at once.
const SEGMENT_BYTES_MAX = SEGMENT_BYTES + 8 * 1024 * 1024; // The last piece may go beyond.
const SEGMENT_WAIT_MS = 60_000; // 16 MB over a slow line between two places.

const compress = promisify(gzip) as (data: Buffer, options: { level: number }) => Promise<Buffer>;
const expand = promisify(gunzip) as (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

export function segmentsRoute(ledger: Pick<LedgerPort, 'read'>): PeerRoute {
  return {
    method: 'GET',
    prefix: 'log',
    async handle({ path: [what, from = ''] }) {
      if (what !== 'segments' || !/^\d{1,20}$/.test(from)) return jsonAnswer({ error: 'unknown' }, 404);
      const body = await compress(await segmentFrom(ledger, BigInt(from)), { level: 1 });
      return { status: 200, headers: { 'content-type': 'application/gzip' }, body };
    },
  };
}

async function segmentFrom(ledger: Pick<LedgerPort, 'read'>, from: Position): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let next = from < 1n ? 1n : from;
  const end = next + BigInt(SEGMENT_EVENTS);
  while (next < end && bytes < SEGMENT_BYTES) {
    const events = await ledger.read(next, Math.min(Number(end - next), READ_EVENTS));
    if (events.length === 0) break;
    for (const event of events) {
      const record = recordOfEvent(event);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(record.length);
      pieces.push(length, record);
      bytes += 4 + record.length;
    }
    next += BigInt(events.length);
  }
  return Buffer.concat(pieces);
}

const READ_EVENTS = 300; // A piece of the ledger.

function recordOfEvent(event: StoredEvent): Buffer {
  return recordOf(encodeCanonical(event), event.hash, event.signature);
}

/** Event records from `from` on, from one gateway, until it has no more. Rejects with PeerError or on a wrong answer. */
export async function* segmentsFrom(
  client: Pick<PeerClient, 'request'>,
  node: string,
  from: Position,
): AsyncGenerator<Buffer> {
  for (let next = from; ; ) {
    const answer = await client.request(node, {
      method: 'GET',
      path: `/log/segments/${next}`,
      timeoutMs: SEGMENT_WAIT_MS,
    });
    if (answer.status !== 200) throw new Error(`${node} gives no log: status ${answer.status}`);
    const segment = await expand(answer.body, { maxOutputLength: SEGMENT_BYTES_MAX });
    if (segment.length === 0) return;
    for (let at = 0; at < segment.length; ) {
      const end = at + 4 + segment.readUInt32BE(at);
      yield segment.subarray(at + 4, end);
      at = end;
      next += 1n;
    }
  }
}
