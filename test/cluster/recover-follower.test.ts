/**
 * A survivor that never had a vote begins the new generation with what another survivor's log has beyond its own, and that
 * one, which knew another voter only, goes on in it (replication.md §4.4, §8, 22).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Gateway } from '../gateway/run-gateway.ts';
import { dies, killAll } from './kill-gateway.ts';
import { addDomain, cli, ScratchCluster, succeeds } from './run-cluster.ts';

let cluster: ScratchCluster;
before(async () => {
  cluster = await ScratchCluster.start();
  await cluster.init();
  await cluster.join('gateway');
  await cluster.join('gateway');
});
after(() => cluster?.remove());

describe('a survivor whose log was behind that of another', () => {
  it('goes on with what the other had, and the other with it', async () => {
    const [first, second, third] = cluster.gateways as [Gateway, Gateway, Gateway];
    await cluster.whole(first);
    await killAll(second);
    await addDomain(first, 'only-with-the-other.example');
    await cluster.appears(third, 'only-with-the-other.example');
    await dies(first);
    await second.start();
    await cluster.settled(second, ({ writable }) => !writable);
    const before = await second.admin.query<{ domain: string }[]>('people.domains');
    assert.ok(!before.some(({ domain }) => domain === 'only-with-the-other.example'), 'the log is behind');
    const words = ['cluster', 'recover', '--confirm-dead', 'gw-1', '--reason', 'burnt'];
    await succeeds(cli(second.settingsFile, ...words));
    await cluster.settled(second, ({ generation, writable }) => generation === 2 && writable);
    await cluster.appears(second, 'only-with-the-other.example');
    await addDomain(second, 'second-generation.example');
    await cluster.appears(third, 'second-generation.example');
    assert.deepEqual((await cluster.status(second)).divergences, []);
  });
});
