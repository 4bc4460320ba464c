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
  it('is replaced: the command makes the token, waits for the new gateway, then takes the lost one out', async () => {
    const [first, , third] = cluster.gateways as [Gateway, Gateway, Gateway];
    await dies(third);
    await cluster.settled(first, ({ members }) => members.some(({ alive }) => !alive));
    const plan = await cli(first.settingsFile, 'cluster', 'replace', 'gw-3', '--dry-run');
    assert.match(plan.out, /a token for the new gateway is made[\s\S]*gw-3 .* is taken out/);
    started = replacing(first, 'gw-3');
    await cluster.joinWith(await started.offer());
    assert.equal(await started.ended, 0, `${started.said()}\n${cluster.output()}`);
    assert.match(started.said(), /gw-3 has been replaced/);
    const { members, writable } = await cluster.status(first);
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
