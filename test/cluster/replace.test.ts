/** A lost gateway is replaced: the new one first, never two voters of three. Begun by the command line, it goes on on the page. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Gateway } from '../gateway/run-gateway.ts';
import { type ClusterPageOf, clusterPageOf } from './cluster-page.ts';
import { dies } from './kill-gateway.ts';
import { type Replacing, replacing } from './replacing.ts';
import { addDomain, cli, ScratchCluster } from './run-cluster.ts';

let cluster: ScratchCluster;
let started: Replacing | null = null;
let shown: ClusterPageOf | null = null;

before(async () => {
  cluster = await ScratchCluster.voters(3);
});
after(async () => {
  started?.kill();
  await shown?.dispose();
  await cluster?.remove();
});

describe('a lost voter', () => {
  it('is to be replaced: the command says the steps and how the new gateway joins, and is broken off', async () => {
    const [first, , third] = cluster.gateways as [Gateway, Gateway, Gateway];
    await dies(third);
    await cluster.settled(first, ({ members }) => members.some(({ alive }) => !alive));
    const plan = await cli(first.settingsFile, 'cluster', 'replace', 'gw-3', '--dry-run');
    assert.match(plan.out, /a token for the new gateway is made[\s\S]*gw-3 .* is taken out/);
    started = replacing(first, 'gw-3');
    await started.offer();
    started.kill();
    await started.ended;
    const [, second] = cluster.gateways as [Gateway, Gateway];
    const { replacement } = await cluster.settled(second, (status) => status.replacement !== null);
    assert.deepEqual([replacement?.name, replacement?.now], ['gw-3', { stage: 'token', joins: 'gateway' }]);
  });

  it('is replaced: the page of another gateway goes on; the new gateway joins, then the lost one goes', async () => {
    const [first, second] = cluster.gateways as [Gateway, Gateway];
    shown = await clusterPageOf(second);
    const { page } = shown;
    await page.getByRole('button', { name: 'Go on' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Make the token' }).click();
    const line = await dialog.getByText('sealgate cluster join').textContent();
    const [, address = '', token = ''] = /join (\S+) (\S+)/.exec(line ?? '') ?? [];
    await cluster.joinWith([address, token]);
    await dialog.waitFor({ state: 'detached' });
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
