/** The pair without a third box: the voter's appends wait for the standby's disk while the standby is there. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { all, draft } from '../scratch-log.ts';
import { eventually, ScratchCluster, type ScratchGateway, SHORT_TIMING } from './scratch-cluster.ts';

const timing = { ...SHORT_TIMING, ackMs: 60_000 }; // Only the acknowledgements at once can be in time.

describe('a pair without a third box', () => {
  let cluster: ScratchCluster;
  let voter: ScratchGateway;
  let standby: ScratchGateway;
  let lease: bigint;
  beforeEach(async () => {
    cluster = await ScratchCluster.form();
    voter = await cluster.join({ timing, ackWait: { standby: 'gateway-2' } });
    standby = await cluster.join({ timing, mode: 'client', ackAtOnce: true });
    const client = cluster.client();
    lease = (await client.grant(60_000)).id;
    const alive = { type: 'put' as const, key: 'alive/gateway-2', value: Buffer.from('{}'), lease };
    await client.txn({ compare: [], success: [alive] });
  });
  afterEach(() => cluster.dispose());

  it('has every answered event on both', async () => {
    const answers = Array.from({ length: 50 }, async () => {
      const { last } = await voter.log.append([draft('a')], { expect: 'any' });
      assert.ok(standby.log.status().localHead >= last);
    });
    await Promise.all(answers);
    assert.equal((await all(standby.log.read(1n))).length, 50);
    assert.equal(voter.log.status().notice, '');
    await standby.log.append([draft('b')], { expect: 'any' });
  });

  it('waits while the standby is there but slow, and goes on alone when it is gone, counted', async () => {
    await voter.log.append([draft('a')], { expect: 'any' });
    await standby.log.close();
    let answered = false;
    const append = voter.log.append([draft('a')], { expect: 'any' }).then(() => {
      answered = true;
    });
    await eventually('it is recorded', () => voter.log.status().localHead === 2n);
    for (let turns = 0; turns < 50; turns++) await new Promise((turn) => setImmediate(turn));
    assert.equal(answered, false);
    await cluster.client().revoke(lease);
    await append;
    await eventually('it says so', () => /the standby is away; 1 events/.test(voter.log.status().notice));
    assert.equal(voter.log.status().writable, true);
    standby.log = await cluster.open(standby, { timing, mode: 'client', ackAtOnce: true });
    await eventually('the standby has caught up', () => standby.log.status().localHead === 2n);
  });

  it('answers what waits when it is closed', async () => {
    await standby.log.close();
    const append = voter.log.append([draft('a')], { expect: 'any' });
    await eventually('it is recorded', () => voter.log.status().localHead === 1n);
    await voter.log.close();
    await append;
  });
});
