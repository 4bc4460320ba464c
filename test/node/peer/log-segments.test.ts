/** The log from one gateway to another: every event as it was recorded, in segments. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { checkedEvent } from '#consensus/event-codec.ts';
import type { LedgerClient } from '#node/ledger/client.ts';
import { segmentsFrom, segmentsRoute } from '#node/peer/log-segments.ts';
import { type PeerClient, peerClient } from '#node/peer/peer-client.ts';
import { type PeerServer, peerServer } from '#node/peer/peer-server.ts';
import { type RunningLedger, runningLedger } from '../ledger/running-ledger.ts';
import { scratchAuthority } from './scratch-authority.ts';

const EVENTS = 1000;
const node = 'gw-1-00000001';
let running: RunningLedger;
let ledger: LedgerClient;
let server: PeerServer;
let client: PeerClient;

before(async () => {
  running = await runningLedger();
  ledger = running.client();
  for (let i = 0; i < EVENTS; i += 100) {
    const batch = Array.from({ length: 100 }, (_, k) => ({
      id: crypto.randomUUID(),
      stream: `s/${k % 7}`,
      kind: 'Happened',
      schema: 1,
      atMs: 1,
      actor: 'system',
      reason: 'ü',
      payload: Buffer.from(`{"n":${i + k}}`),
    }));
    await ledger.append(batch, 'any');
  }
  const tls = await (await scratchAuthority()).tlsOf(node);
  const routes = [segmentsRoute(ledger)];
  const log = pino({ level: 'silent' });
  server = await peerServer({
    address: '127.0.0.1',
    port: 0,
    tls: () => tls,
    former: () => new Map(),
    routes,
    isMember: () => true,
    log,
  });
  client = peerClient({ tls: () => tls, addressOf: () => `127.0.0.1:${server.port}` });
});
after(async () => {
  client.close();
  await server.close();
  await running.dispose();
});

describe('segments of the log', () => {
  it('hold every event from a position on, octet by octet', async () => {
    let next = 3n;
    let prev: Uint8Array | null = null;
    for await (const record of segmentsFrom(client, node, next)) {
      const event = checkedEvent(record, next, prev);
      prev = event.hash;
      next += 1n;
    }
    assert.equal(next, BigInt(EVENTS) + 1n);
  });

  it('are none beyond the end', async () => {
    for await (const _ of segmentsFrom(client, node, BigInt(EVENTS) + 1n)) assert.fail('an event');
    const wrong = await client.request(node, { method: 'GET', path: '/log/segments/x', timeoutMs: 10_000 });
    assert.equal(wrong.status, 404);
  });
});
