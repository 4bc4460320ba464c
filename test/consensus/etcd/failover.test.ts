/** Three real members, one of them killed or stopped: what an answer still means, and where the next call goes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EtcdQuorum } from '#consensus/etcd/etcd-quorum.ts';
import { QuorumError } from '#consensus/key-value-quorum.ts';
import { until } from '../../gateway/until.ts';
import { EtcdMembers } from './etcd-members.ts';

const value = Buffer.from('v');
const put = (quorum: EtcdQuorum, key: string, options = {}) =>
  quorum.txn({ compare: [], success: [{ type: 'put', key, value }] }, options);

describe('a member fails', () => {
  let etcd: EtcdMembers;
  before(async () => {
    etcd = await EtcdMembers.start({ count: 3 });
  });
  after(() => etcd.remove());

  /** Puts one key after the other until `enough`; gives those that were answered, and those of which nothing is sure. */
  async function write(quorum: EtcdQuorum, name: string, enough: (done: number) => boolean) {
    const done: string[] = [];
    const never: string[] = [];
    const unclear: string[] = [];
    for (let i = 0; !enough(done.length); i += 1) {
      const key = `${name}/${String(i).padStart(6, '0')}`;
      try {
        await put(quorum, key);
        done.push(key);
      } catch (error) {
        assert.ok(error instanceof QuorumError, String(error));
        assert.match(error.code, /^(unclear|unavailable)$/);
        (error.code === 'unclear' ? unclear : never).push(key);
      }
    }
    const { values } = await quorum.range({ key: `${name}/`, end: `${name}0` });
    return { done, never, unclear, found: values.map(({ key }) => key) };
  }

  for (const [name, signal] of [
    ['killed', 'SIGKILL'],
    ['stopped', 'SIGSTOP'],
  ] as const)
    it(`the leader is ${name} under load: no answered key is lost, no refused one is there`, async () => {
      const leader = await etcd.leader();
      const quorum = etcd.quorum({ first: leader });
      let after = 0;
      let failed = false;
      const load = write(quorum, name, (count) => {
        if (count === 100 && !failed) {
          failed = true;
          if (signal === 'SIGKILL') void etcd.kill(leader);
          else etcd.pause(leader);
        }
        if (failed) after += 1;
        return after > 100;
      });
      const { done, never, found } = await load;
      const there = new Set(found);
      assert.deepEqual(
        done.filter((key) => !there.has(key)),
        [],
      );
      assert.deepEqual(
        never.filter((key) => there.has(key)),
        [],
      );
      if (signal === 'SIGKILL') await etcd.restart(leader);
      else etcd.resume(leader);
      await etcd.ready();
    });

  it('a change that a stopped leader holds is given up when the next one leads, long before its time is over', async () => {
    const leader = await etcd.leader();
    const quorum = etcd.quorum({ first: (leader + 1) % 3 });
    await put(quorum, 'warm');
    etcd.pause(leader);
    try {
      for (let i = 0; i < 3; i += 1) {
        const told = await put(quorum, `held/${i}`, { timeoutMs: 120_000 }).catch((error) => error);
        if (!(told instanceof Error)) continue;
        assert.match(told.message, /the leader that it went to is gone/);
        assert.equal((told as QuorumError).code, 'unclear');
      }
    } finally {
      etcd.resume(leader);
      await etcd.ready();
    }
  });

  it('the member that is asked first is gone: the next one answers, and the first again when it is back', async () => {
    const leader = await etcd.leader();
    const first = (leader + 1) % 3;
    const quorum = etcd.quorum({ first });
    await put(quorum, 'before');
    await etcd.kill(first);
    assert.equal((await quorum.range({ key: 'before' })).values.length, 1);
    await put(quorum, 'meanwhile');
    await etcd.restart(first);
    await put(quorum, 'afterwards');
  });

  it('a watch whose member is stopped says so, and one at another member goes on', async () => {
    const first = ((await etcd.leader()) + 1) % 3;
    const quorum = etcd.quorum({ first });
    const seen: string[] = [];
    const watch = quorum.watch({ key: 'w/', end: 'w0', from: 1n }, (changes) => {
      seen.push(...changes.map(({ value: { key } }) => key));
    });
    await put(quorum, 'w/1');
    await until(
      () => seen.length === 1,
      10_000,
      () => 'nothing was told',
    );
    etcd.pause(first);
    try {
      await assert.rejects(watch.done, { code: 'unavailable' });
      const again = Promise.withResolvers<void>();
      const second = quorum.watch({ key: 'w/', end: 'w0', from: 1n }, () => again.resolve());
      await again.promise;
      second.stop();
    } finally {
      etcd.resume(first);
    }
  });

  it('a lease outlives the member it was granted by', async () => {
    const first = await etcd.leader();
    const quorum = etcd.quorum({ first });
    const { id } = await quorum.grant(60_000);
    await etcd.kill(first);
    assert.ok((await quorum.keepAlive(id)) > 0);
    await etcd.restart(first);
    await quorum.revoke(id);
    await assert.rejects(quorum.keepAlive(id), { code: 'not-found' });
  });

  it('without a quorum: a write surely not applied once the leader is missed, reads of the own member only', async () => {
    const leader = await etcd.leader();
    const [second, third] = [(leader + 1) % 3, (leader + 2) % 3];
    const quorum = etcd.quorum({ first: third });
    await put(quorum, 'last');
    await etcd.kill(leader);
    await etcd.kill(second);
    const missed = async () =>
      (await etcd.administration.status(etcd.members[third]!.address).catch(() => null))?.leader === 0n;
    await until(missed, 20_000, () => 'the leader is not missed');
    await assert.rejects(put(quorum, 'lost', { timeoutMs: 500 }), { code: 'unavailable' });
    await assert.rejects(quorum.range({ key: 'last' }, { timeoutMs: 500 }), { code: 'unavailable' });
    etcd.run(leader);
    etcd.run(second);
    await etcd.ready();
    assert.deepEqual((await quorum.range({ key: 'lost' })).values, []);
  });

  it('a call that is given up before it is sent is surely not applied, and a closed quorum answers nobody', async () => {
    const quorum = etcd.quorum();
    await assert.rejects(put(quorum, 'x', { signal: AbortSignal.abort() }), { code: 'unavailable' });
    const watch = quorum.watch({ key: 'x' }, () => {});
    quorum.close();
    await watch.done;
    await assert.rejects(put(quorum, 'x', { timeoutMs: 200 }), { code: 'unavailable' });
  });
});
