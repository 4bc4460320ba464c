/** The fake against the contract of the port, and the ways in which it errs on purpose. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type KeyValueQuorum, QuorumError } from '#consensus/key-value-quorum.ts';
import { FakeQuorum } from './fake-quorum.ts';
import { keyValueQuorumContract } from './key-value-quorum-contract.ts';
import { chanceOfFaults, type Fate, NO_FAULTS } from './quorum-faults.ts';

keyValueQuorumContract('FakeQuorum', async () => {
  const quorum = new FakeQuorum();
  const [one, two] = [quorum.client(), quorum.client()];
  return {
    one,
    two,
    async dispose() {
      one.close();
      two.close();
    },
  };
});

const put = (client: KeyValueQuorum, key: string): Promise<unknown> =>
  client.txn({ compare: [], success: [{ type: 'put', key, value: Buffer.from('x') }] });

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the fake quorum', () => {
  for (const [fate, code, done] of [
    ['lost', 'unavailable', false],
    ['unclear-undone', 'unclear', false],
    ['unclear-done', 'unclear', true],
  ] as const) {
    it(`${fate}: the request is ${done ? '' : 'not '}done`, async () => {
      const quorum = new FakeQuorum();
      const client = quorum.client({ ...NO_FAULTS, fate: (): Fate => fate });
      await assert.rejects(put(client, 'a'), { code });
      assert.equal(quorum.store.range({ key: 'a' }).values.length, done ? 1 : 0);
    });
  }

  it('unclear-late: the request is done after its caller has given up', async () => {
    const quorum = new FakeQuorum();
    const client = quorum.client({ ...NO_FAULTS, fate: (): Fate => 'unclear-late' });
    await assert.rejects(put(client, 'a'), { code: 'unclear' });
    assert.equal(quorum.store.range({ key: 'a' }).values.length, 0);
    await turn();
    assert.equal(quorum.store.range({ key: 'a' }).values.length, 1);
  });

  it('a full store refuses every put, and lets keys be read and deleted', async () => {
    const quorum = new FakeQuorum();
    const client = quorum.client();
    await put(client, 'a');
    quorum.store.full = true;
    await assert.rejects(put(client, 'b'), { code: 'no-space' });
    await assert.rejects(client.grant(1000), { code: 'no-space' });
    await client.txn({ compare: [], success: [{ type: 'delete', key: 'a' }] });
    assert.deepEqual((await client.range({ key: 'a' })).values, []);
  });

  it('without a majority only serializable reads are answered', async () => {
    const quorum = new FakeQuorum();
    const client = quorum.client();
    await put(client, 'a');
    quorum.reachable = false;
    await assert.rejects(client.range({ key: 'a' }), QuorumError);
    assert.equal((await client.range({ key: 'a', serializable: true })).values.length, 1);
  });

  it('tells a watcher nothing, or the same twice, when it errs so', async () => {
    const rates = { latencyMsMax: 0, lost: 0, unclear: 0, watchShuffled: 0, watchBroken: 0, watchOld: 0 };
    for (const [watchLost, watchRepeated, times] of [
      [1, 0, 0],
      [0, 1, 2],
    ] as const) {
      const quorum = new FakeQuorum();
      const client = quorum.client(chanceOfFaults({ ...rates, watchLost, watchRepeated }, () => 0.5));
      let seen = 0;
      client.watch({ key: 'a' }, () => {
        seen += 1;
      });
      await put(client, 'a');
      for (let i = 0; i < 5; i++) await turn();
      assert.equal(seen, times);
    }
  });

  it('breaks watches', async () => {
    const quorum = new FakeQuorum();
    const client = quorum.client();
    const watch = client.watch({ key: 'a' }, () => {});
    client.breakWatches();
    await assert.rejects(watch.done, { code: 'unavailable' });
  });
});
