/** A quorum without space: etcd refuses for want of it what it has just done, and what it will not do. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { EVENTS } from '#consensus/replicated/quorum-keys.ts';
import { all, draft } from '../scratch-log.ts';
import { eventually, ScratchCluster } from './scratch-cluster.ts';

describe('the quorum is full', () => {
  let cluster: ScratchCluster;
  beforeEach(async () => {
    cluster = await ScratchCluster.form();
  });
  afterEach(() => cluster.dispose());

  it('an append that was done and refused is recorded, once, and told so', async () => {
    const { log } = await cluster.join();
    const other = (await cluster.join()).log;
    await log.append([draft('thing/1')], { expect: 'any' });
    cluster.quorum.store.fillsUpWith = EVENTS;
    const given = draft('thing/2');
    const answer = await log.append([given], { expect: { stream: 'thing/2', version: 0 } });
    assert.deepEqual(answer, { first: 2n, last: 2n, repeated: false });
    await eventually('the other gateway has it', () => other.status().localHead === 2n);
    assert.deepEqual(
      (await all(other.read(1n))).map(({ stream }) => stream),
      ['thing/1', 'thing/2'],
    );
  });

  it('an append that was not done is refused, and done when there is space again', async () => {
    const { log } = await cluster.join();
    cluster.quorum.store.full = true;
    const given = draft('thing/1');
    await assert.rejects(log.append([given], { expect: 'any' }), { code: 'quota-full' });
    assert.equal((await log.head('quorum')).position, 0n);
    cluster.quorum.store.full = false;
    const { repeated } = await log.append([given], { expect: 'any' });
    assert.equal(repeated, false);
  });

  it('a vault entry that was put and refused stands', async () => {
    const { vault } = (await cluster.join()).log;
    cluster.quorum.store.fillsUpWith = 'vault/';
    await vault.put('key/1', Buffer.from('sealed'));
    await assert.rejects(vault.put('key/2', Buffer.from('sealed')), { code: 'quota-full' });
    assert.equal(Buffer.from((await vault.get('key/1'))!).toString(), 'sealed');
    assert.equal(await vault.get('key/2'), null);
  });
});
