/** Members come and go, and a full store is emptied again (requirement 18), with a real etcd. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EtcdRefusal } from '#consensus/etcd/call-failure.ts';
import type { EtcdQuorum } from '#consensus/etcd/etcd-quorum.ts';
import { reclaimSpace } from '#consensus/etcd/reclaim-space.ts';
import { writeEtcdVersion } from '#consensus/etcd/version-rules.ts';
import { QuorumError, type QuorumErrorCode } from '#consensus/key-value-quorum.ts';
import { until } from '../../gateway/until.ts';
import { EtcdMembers, installedVersion } from './etcd-members.ts';

const text = Buffer.from('v');

describe('members', () => {
  let etcd: EtcdMembers;
  before(async () => {
    etcd = await EtcdMembers.start({ count: 1 });
  });
  after(() => etcd.remove());

  it('one joins as a learner, is promoted when it is in step, and is removed', async () => {
    const { administration } = etcd;
    await etcd.quorum().txn({ compare: [], success: [{ type: 'put', key: 'before', value: text }] });
    const { index, id } = await etcd.join();
    const { peerUrl } = etcd.members[index]!.start.self;
    assert.equal((await administration.addLearner(peerUrl)).id, id, 'added twice is added once');
    const learner = (await administration.members()).find((member) => member.id === id);
    assert.equal(learner?.learner, true);
    const promoted = (): Promise<boolean> =>
      administration.promote(id).then(
        () => true,
        (error) => {
          const early = error instanceof EtcdRefusal && error.reason === 'learner-not-ready';
          const unsure = error instanceof QuorumError && error.code === 'unclear';
          if (!early && !unsure) throw error;
          return false;
        },
      );
    await until(promoted, 60_000, () => 'the learner is not in step');
    await administration.promote(id);
    assert.deepEqual(
      (await administration.members()).map((member) => member.learner),
      [false, false],
    );
    const other = etcd.quorum({ first: index });
    assert.equal((await other.range({ key: 'before' })).values.length, 1);

    await administration.remove(id);
    await administration.remove(id);
    assert.equal((await administration.members()).length, 1);
    await etcd.kill(index);
    etcd.members.pop();
  });

  it('a member tells of itself', async () => {
    const status = await etcd.administration.status(etcd.addresses[0]!);
    assert.equal(status.version, writeEtcdVersion(installedVersion));
    assert.equal(status.leader, status.memberId);
    assert.ok(status.dbBytes > 0 && status.dbInUseBytes > 0 && status.dbInUseBytes <= status.dbBytes);
    assert.deepEqual(status.errors, []);
  });

  it('what is asked wrongly is a bug of the caller, not a failure', async () => {
    const put = { type: 'put', key: 'twice', value: text } as const;
    const quorum = etcd.quorum();
    await assert.rejects(quorum.txn({ compare: [], success: [put, put] }), EtcdRefusal);
    const huge = { ...put, value: Buffer.alloc(2 * 1024 * 1024) };
    await assert.rejects(quorum.txn({ compare: [], success: [huge] }), EtcdRefusal);
  });
});

describe('without a majority', () => {
  let etcd: EtcdMembers;
  before(async () => {
    etcd = await EtcdMembers.start({ count: 2 });
  });
  after(() => etcd.remove());

  it('whoever is left still tells who the members are', async () => {
    await etcd.kill(1);
    const { administration } = etcd;
    await until(
      async () => (await administration.status(etcd.addresses[0]!)).leader === 0n,
      60_000,
      () => 'it still has a leader',
    );
    assert.equal((await administration.knownMembers()).length, 2);
  });
});

const QUOTA_BYTES = 16 * 1024 * 1024;

describe('the store is full', () => {
  let etcd: EtcdMembers;
  let quorum: EtcdQuorum;
  before(async () => {
    etcd = await EtcdMembers.start({ count: 3, quotaBytes: QUOTA_BYTES });
    quorum = etcd.quorum();
  });
  after(() => etcd.remove());
  const codeOf = (error: unknown): QuorumErrorCode => {
    assert.ok(error instanceof QuorumError, String(error));
    return error.code;
  };
  const put = (key: string) =>
    quorum.txn({ compare: [], success: [{ type: 'put', key, value: Buffer.alloc(100_000) }] });

  it('it says so, still reads and deletes, and takes everything again when space is reclaimed', async () => {
    const done = new Set<string>();
    const refused = new Set<string>();
    for (let i = 0; refused.size === 0; i += 4) {
      const keys = [0, 1, 2, 3].map((n) => `events/${String(i + n).padStart(6, '0')}`);
      await Promise.all(
        keys.map((key) =>
          put(key).then(
            () => done.add(key),
            (error) => {
              assert.equal(codeOf(error), 'no-space');
              refused.add(key);
            },
          ),
        ),
      );
    }
    const there = await quorum.range({ key: 'events/', end: 'events0', keysOnly: true });
    const found = new Set(there.values.map(({ key }) => key)); // Of the refused ones, some may be there.
    assert.deepEqual(
      [...done].filter((key) => !found.has(key)),
      [],
    );

    assert.equal(await quorum.grant(60_000).catch(codeOf), 'no-space');
    assert.equal(await put('more').catch(codeOf), 'no-space');
    const trim = { type: 'delete', key: 'events/', end: 'events/000100' } as const;
    const { results } = await quorum.txn({ compare: [], success: [trim] });
    assert.deepEqual(results, [{ type: 'delete', deleted: 100 }]);

    assert.ok((await etcd.administration.alarms()).some(({ kind }) => kind === 'no-space'));
    const reclaimed = await reclaimSpace(etcd.administration, etcd.addresses, QUOTA_BYTES);
    assert.ok(reclaimed.disarmed >= 1);
    assert.ok(reclaimed.afterBytes < reclaimed.beforeBytes / 2);
    assert.deepEqual(reclaimed.left, []);
    assert.deepEqual(await etcd.administration.alarms(), []);
    await put('more');
    await quorum.revoke((await quorum.grant(60_000)).id);
    const left = await quorum.range({ key: 'events/', end: 'events0', keysOnly: true });
    assert.equal(left.values.length, there.values.length - 100);
  });
});
