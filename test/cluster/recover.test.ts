/**
 * The majority is lost for good: the survivor goes on in a new generation, everything that it knew stays, who comes back
 * goes on in it or is refused, and what the others had recorded beyond is kept and told (replication.md §4.4, §8, 22).
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Gateway } from '../gateway/run-gateway.ts';
import { dies } from './kill-gateway.ts';
import { addDomain, cli, ScratchCluster, succeeds } from './run-cluster.ts';
import { tellsCondition } from './tells-condition.ts';

let cluster: ScratchCluster;
let first: Gateway;
let second: Gateway;
let third: Gateway;

before(async () => {
  cluster = await ScratchCluster.start();
  await cluster.init();
  await cluster.join();
  await cluster.join();
  await cluster.voting(3);
  [first, second, third] = cluster.gateways as [Gateway, Gateway, Gateway];
});
after(() => cluster?.remove());

/** Where no engine can be started nothing is done that cannot be taken back: the operator may call it off. */
async function calledOff(asked: readonly string[]): Promise<void> {
  const settings = readFileSync(first.settingsFile, 'utf8');
  writeFileSync(
    first.settingsFile,
    settings.replace('advertiseHost:', 'binary: /no/etcd\n    advertiseHost:'),
  );
  await first.start();
  await cluster.settled(first, ({ writable }) => !writable);
  const none = await cli(first.settingsFile, 'cluster', 'recover', '--cancel', '--reason', 'test');
  assert.match(none.error, /No new generation is being made here/);
  await succeeds(cli(first.settingsFile, ...asked));
  await cluster.settled(first, ({ reason }) => /tried again: A voter needs etcd/.test(reason));
  assert.ok(existsSync(join(first.layout.etcd, 'gen1')), 'the old engine is where it was');
  await succeeds(cli(first.settingsFile, 'cluster', 'recover', '--cancel', '--reason', 'test'));
  await cluster.settled(
    first,
    ({ reason, generation }) => generation === 1 && !reason.includes('new generation'),
  );
  await first.stop();
  writeFileSync(first.settingsFile, settings);
}

describe('the survivor of a lost majority', () => {
  it('is not asked while changes can be made', async () => {
    const { code, error } = await cli(
      first.settingsFile,
      ...['cluster', 'recover', '--confirm-dead', 'gw-2', '--reason', 'test'],
    );
    assert.equal(code, 1);
    assert.match(error, /nothing has to be recovered/);
  });

  it('goes on in a new generation, with all that it knew', async () => {
    await addDomain(first, 'known-to-all.example');
    for (const gateway of [second, third]) await cluster.appears(gateway, 'known-to-all.example');
    await dies(first);
    await addDomain(second, 'only-two-know.example');
    await cluster.appears(third, 'only-two-know.example');
    await dies(second);
    await dies(third);
    const asked = ['cluster', 'recover', '--confirm-dead', 'gw-2', '--reason', 'burnt'] as const;
    await calledOff(asked);
    await first.start();
    await cluster.settled(first, ({ writable }) => !writable);
    const { out } = await succeeds(cli(first.settingsFile, ...asked, '--dry-run'));
    assert.match(out, /generation 2 begins here/);
    const askedMs = performance.now();
    await succeeds(cli(first.settingsFile, ...asked));
    await cluster.settled(first, ({ generation, writable }) => generation === 2 && writable);
    const tookMs = performance.now() - askedMs;
    // The dead one knows the keys of the authorities; to renew them needs the one that is still away.
    await cluster.settled(
      first,
      ({ writable, progress }) =>
        writable && progress.some((step) => step.includes('authorities of the cluster are renewed')),
    );
    console.log(`changes can be made ${Math.round(tookMs / 1000)} s after the command`);
    await addDomain(first, 'second-generation.example');
    await cluster.appears(first, 'known-to-all.example');
    assert.ok(!existsSync(join(first.layout.etcd, 'gen1')), 'the old engine was set aside');
  });

  it('is followed by who comes back; what that had recorded beyond is kept and told', async () => {
    await third.start();
    await cluster.appears(third, 'second-generation.example');
    const status = await cluster.settled(first, ({ divergences }) => divergences.length === 1);
    const [found] = status.divergences;
    assert.equal(found?.generation, 1);
    assert.equal(found?.events, 1);
    assert.equal(status.members.find(({ name }) => name === 'gw-3')?.role, 'gateway');
    assert.ok(readdirSync(join(third.layout.root, 'diverged')).length === 1);
    const rows = await third.admin.query<{ domain: string }[]>('people.domains');
    assert.ok(!rows.some(({ domain }) => domain === 'only-two-know.example'));
    await cluster.settled(first, ({ writable, progress }) => writable && progress.length === 0);
    await addDomain(third, 'from-the-follower.example');
    await cluster.appears(first, 'from-the-follower.example');
  });

  it('refuses who was named dead, and that starts no engine; it may join anew', async () => {
    await second.start();
    const told = await cluster.settled(second, ({ reason }) => reason.includes('removed with generation 2'));
    assert.equal(told.writable, false);
    await tellsCondition(cluster, second, 'superseded', /the cluster went on without this gateway/);
    assert.ok(!existsSync(join(second.layout.etcd, 'gen2')));
    await assert.rejects(addDomain(second, 'from-the-dead.example'));
    await second.stop();
    const words = await cluster.token();
    await succeeds(cli(second.settingsFile, 'cluster', 'join', ...words));
    await second.start();
    await cluster.appears(second, 'from-the-follower.example');
    await cluster.settled(first, ({ divergences }) => divergences.length === 2);
    await cluster.voting(3);
  });
});
