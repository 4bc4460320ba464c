/** What a gateway on its own tells about its cluster. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ClusterClient, clusterClient } from '#node/ledger/cluster-client.ts';
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import { until } from '../../gateway/until.ts';
import { type RunningLedger, runningLedger } from './running-ledger.ts';

let ledger: RunningLedger;
let cluster: ClusterClient;
const WAIT_MS = 20_000;

before(async () => {
  ledger = await runningLedger();
  cluster = clusterClient(ledger.layout.ledgerSocket);
});
after(async () => {
  cluster.close();
  await ledger.dispose();
});

describe('a gateway on its own', () => {
  it('is its only member, makes changes, and does every chore itself', async () => {
    const view = await cluster.view();
    assert.equal(view.mode, 'single');
    assert.equal(view.quorum, true);
    assert.deepEqual(
      view.members.map((m) => m.node),
      [view.self],
    );
    assert.equal(await cluster.leads('crl'), true);
    assert.deepEqual(await cluster.claimSpool('gw-9', 1), { claimed: false, epoch: 1, owner: 'gw-9' });
  });

  it('tells it again after a restart of the ledger', async () => {
    const views: ClusterView[] = [];
    const subscription = cluster.follow((view) => views.push(view));
    await until(
      () => views.length === 1,
      WAIT_MS,
      () => 'no first view',
    );
    await ledger.stop();
    await ledger.start();
    await until(
      () => views.length === 2,
      WAIT_MS,
      () => `${views.length} views`,
    );
    subscription.stop();
    await subscription.done;
  });
});
