/** A lost gateway is replaced by one command: the new one first, never two voters of three. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Gateway } from '../gateway/run-gateway.ts';
import { dies } from './kill-gateway.ts';
import { type Replacing, replacing } from './replacing.ts';
import { addDomain, cli, ScratchCluster } from './run-cluster.ts';

let cluster: ScratchCluster;
let started: Replacing | null = null;

before(async () => {
  cluster = await ScratchCluster.voters(3);
});
after(async () => {
  started?.kill();
  await cluster?.remove();
});

describe('a lost voter', () => {
  it('is replaced: a token, the new gateway, then the lost one goes; broken off, another gateway goes on', async () => {
    const [first, , third] = cluster.gateways as [Gateway, Gateway, Gateway];
    await dies(third);
    await cluster.settled(first, ({ members }) => members.some(({ alive }) => !alive));
    const plan = await cli(first.settingsFile, 'cluster', 'replace', 'gw-3', '--dry-run');
    assert.match(plan.out, /a token for the new gateway is made[\s\S]*gw-3 .* is taken out/);
    const brokenOff = replacing(first, 'gw-3');
    started = brokenOff;
    await brokenOff.offer();
    brokenOff.kill();
    await brokenOff.ended;
    const [, second] = cluster.gateways as [Gateway, Gateway];
    const { replacement } = await cluster.settled(second, (status) => status.replacement !== null);
    assert.deepEqual([replacement?.name, replacement?.now], ['gw-3', { stage: 'token', joins: 'gateway' }]);
    started = replacing(second, 'gw-3');
    await cluster.joinWith(await started.offer());
    assert.equal(await started.ended, 0, `${started.said()}\n${cluster.output()}`);
    assert.match(started.said(), /gw-3 has been replaced/);
    const { members, writable } = await cluster.settled(first, (status) => !status.replacement);
    assert.ok(writable);
    assert.deepEqual(
      members.map(({ name, role }) => [name, role]),
      [
        ['gw-1', 'voter'],
        ['gw-2', 'voter'],
        ['gw-4', 'voter'],
      ],
    );
    await addDomain(cluster.gateways[3]!, 'fourth-votes.example');
    await cluster.appears(first, 'fourth-votes.example');
  });
});
