/**
 * The engine holds the recent events only: what every gateway has leaves it, a gateway that was silent for too long holds
 * nothing back, and catches up from another gateway when it is there again (replication.md §3, §8, 17).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Gateway } from '../gateway/run-gateway.ts';
import { stopEngines } from './etcd-leash.ts';
import { addDomain, cli, ScratchCluster } from './run-cluster.ts';

const CHANGES = 40;
const KEPT = 10;
const SILENT_MS = 15_000; // Longer than the gateways take between two acknowledgements of a change, 5 s.
let cluster: ScratchCluster;
let third: Gateway;

before(async () => {
  const log = { keptEvents: KEPT, checkpointEvents: 5, silentMs: SILENT_MS, trimEveryMs: 500 };
  cluster = await ScratchCluster.voters(3, { settings: { cluster: { log } } });
  [, , third] = cluster.gateways as [Gateway, Gateway, Gateway];
});
after(() => cluster?.remove());

const floorOf = async (gateway: Gateway): Promise<number> =>
  Number((await cluster.status(gateway)).room?.floor ?? -1);

describe('the engine of a cluster', () => {
  it('lets go of what all have, but the newest events', async () => {
    for (let i = 0; i < CHANGES; i++) await addDomain(cluster.first, `all-${i}.example`);
    const { room } = await cluster.settled(
      cluster.first,
      ({ room: now }) => Number(now?.floor) >= Number(now?.head) - KEPT - 5,
    );
    assert.ok(Number(room?.head) - Number(room?.floor) >= KEPT);
    const { out } = await cli(cluster.first.settingsFile, 'cluster');
    assert.match(out, /etcd holds the events behind \d+ up to \d+: /);
  });

  it('waits for a gateway that is away, not for ever; that one catches up from another', async () => {
    await third.stop('SIGKILL');
    await stopEngines(third.layout);
    const has = (await cluster.status(cluster.first)).members.find(({ name }) => name === 'gw-3')?.position;
    for (let i = 0; i < CHANGES; i++) await addDomain(cluster.first, `more-${i}.example`);
    await cluster.settled(cluster.first, ({ room }) => Number(room?.floor) > Number(has));
    const floor = await floorOf(cluster.first);
    assert.ok(floor > Number(has), `the engine begins behind ${floor}, the gateway has ${has}`);
    await third.start();
    for (const i of [0, CHANGES - 1]) await cluster.appears(third, `more-${i}.example`);
    await addDomain(third, 'level-again.example');
    await cluster.appears(cluster.first, 'level-again.example');
  });
});
