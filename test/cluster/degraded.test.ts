/**
 * A pair without a third box tells plainly what has become of it (architecture.md, Degraded modes). Real gateways; the
 * conditions of a cluster of three are in leaving.test.ts.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { MailPage } from '#node/web/all-traces.ts';
import type { ClusterStatus } from '#node/web/cluster-admin-port.ts';
import { freePort } from '../free-port.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { dies } from './kill-gateway.ts';
import { addDomain, ScratchCluster } from './run-cluster.ts';
import { tellsCondition } from './tells-condition.ts';

const WITHIN_MS = 120_000;
let cluster: ScratchCluster;
let voter: Gateway;
let standby: Gateway;

before(async () => {
  cluster = await ScratchCluster.start();
  await cluster.init();
  voter = cluster.first;
  standby = await cluster.join('standby');
  for (const gateway of [voter, standby]) await cluster.whole(gateway);
});
after(() => cluster?.remove());

describe('a pair without a third box', () => {
  it('is well while both are there', async () => {
    for (const gateway of [voter, standby]) {
      const { ready } = await tellsCondition(cluster, gateway, 'well', null);
      assert.ok(ready);
    }
  });

  it('says that there is one copy when the standby is gone, and what stands on one gateway only', async () => {
    await dies(standby);
    await tellsCondition(cluster, voter, 'one-copy', /mail is accepted on one copy/);
    await addDomain(voter, 'alone.example');
    const told = await tellsCondition(
      cluster,
      voter,
      'one-copy',
      /the log says: the standby is away; [1-9]\d* events stand on this gateway only/,
    );
    assert.ok(told.ready);
    assert.ok(told.alarms.includes('log-notice'), String(told.alarms));
    assert.match(await (await fetch(`${voter.webUrl}/metrics`)).text(), /^sealgate_log_notice 1$/m);
    await standby.start();
    await tellsCondition(cluster, voter, 'well', null);
  });

  it('finds the standby where it has moved to, by the address in its settings', async () => {
    const before = (await cluster.status(voter)).members.find(({ role }) => role === 'standby')!.peerAddress;
    const moved = `127.0.0.1:${await freePort()}`;
    const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1);
    await standby.stop();
    const settings = readFileSync(standby.settingsFile, 'utf8');
    writeFileSync(standby.settingsFile, settings.replaceAll(portOf(before), portOf(moved)));
    await standby.start();
    const there = ({ members }: ClusterStatus): boolean =>
      members.some((m) => m.role === 'standby' && m.peerAddress === moved && m.alive);
    await cluster.settled(voter, there);
    const answersThere = async (): Promise<boolean> => {
      const { silent } = await voter.admin.query<MailPage>('mails.list', {
        search: 'nobody@partner.example',
      });
      return silent.length === 0;
    };
    await until(answersThere, WITHIN_MS, () => cluster.output());
    await tellsCondition(cluster, voter, 'well', null);
  });

  it('says on the standby that the voter is gone: mail goes on, changes wait for an operator', async () => {
    await dies(voter);
    const told = await tellsCondition(cluster, standby, 'pair-apart', /cannot be reached, changes wait/);
    assert.ok(told.ready);
    await assert.rejects(addDomain(standby, 'nobody-agrees.example'), /takes no changes now/);
  });
});
