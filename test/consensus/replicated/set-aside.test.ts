/** Two histories: the one of the new generation goes on, the other one's events are kept beside the log. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { formLog } from '#consensus/replicated/form-log.ts';
import { divergedEvents, divergences, setDivergedAside } from '#consensus/replicated/set-aside.ts';
import { FakeQuorum } from '../fake-quorum.ts';
import { all, CLUSTER, draft } from '../scratch-log.ts';
import { eventually, ScratchCluster, type ScratchGateway, SHORT_TIMING } from './scratch-cluster.ts';

describe('a gateway that comes back from an older generation', () => {
  let cluster: ScratchCluster;
  let old: ScratchGateway;
  let survivor: ScratchGateway;
  let quorum: FakeQuorum;
  beforeEach(async () => {
    cluster = await ScratchCluster.form();
    old = await cluster.join();
    survivor = await cluster.join();
    for (let i = 0; i < 20; i++) await old.log.append([draft('shared')], { expect: 'any' });
    await eventually('both have it', () => survivor.log.status().localHead === 20n);
    await old.log.vault.put('data-key/a', Buffer.from('wrapped'));
    await survivor.log.close();
    quorum = new FakeQuorum();
  });
  afterEach(() => cluster.dispose());

  /** The survivor begins generation 2 with what it has. */
  const recover = async (): Promise<void> => {
    survivor.log = await cluster.open(survivor, { timing: { ...SHORT_TIMING, lookTimeoutMs: 100 } });
    const head = await survivor.log.head('local');
    await formLog(quorum.client(), { clusterId: CLUSTER, generation: 2 }, head);
    await cluster.reopen(survivor, { quorum: quorum.client() });
    await survivor.log.append([draft('new'), draft('new'), draft('new')], { expect: 'any' });
  };
  const aside = (): ReturnType<typeof setDivergedAside> =>
    setDivergedAside({ folder: old.folder, clusterId: CLUSTER }, cluster.peersOf(old.folder), 2);

  it('keeps its surplus, and follows the new one', async () => {
    cluster.quorum.reachable = false;
    await recover();
    cluster.quorum.reachable = true;
    await eventually('the old one is writable again', () => old.log.status().writable);
    await old.log.append([draft('surplus'), draft('surplus')], { expect: 'any' });
    const surplus = await all(old.log.readStream('surplus'));
    await cluster.reopen(old, { quorum: quorum.client() });
    await eventually('it sees that its log is another', () =>
      /is another one|missing, altered/.test(old.log.status().reason),
    );
    assert.equal(old.log.status().writable, false);
    await old.log.close();

    const found = { generation: 2, first: 21n, last: 22n };
    assert.deepEqual(await aside(), found);
    assert.deepEqual(await divergences(old.folder), [found]);
    assert.deepEqual(await divergedEvents(old.folder, found), surplus);
    assert.equal(await aside(), null);

    old.log = await cluster.open(old, { quorum: quorum.client() });
    await eventually('it has the new history', () => old.log.status().localHead === 23n);
    assert.deepEqual(await all(old.log.read(1n)), await all(survivor.log.read(1n)));
    assert.equal((await old.log.scrub({ unhurried: false })).damage, null);
    assert.deepEqual(await old.log.vault.get('data-key/a'), Buffer.from('wrapped'));
    await old.log.append([draft('surplus')], { expect: { stream: 'surplus', version: 0 } });
  });

  it('without surplus has nothing to set aside', async () => {
    cluster.quorum.reachable = false;
    await recover();
    await old.log.close();
    assert.equal(await aside(), null);
    assert.deepEqual(await divergences(old.folder), []);
    old.log = await cluster.open(old, { quorum: quorum.client() });
    await eventually('it has the new history', () => old.log.status().localHead === 23n);
  });

  it('touches nothing when nothing is shared', async () => {
    await old.log.close();
    const nobody = { segments: async function* empty() {} };
    const options = { folder: old.folder, clusterId: CLUSTER };
    await assert.rejects(setDivergedAside(options, nobody, 3), { code: 'log-damaged' });
    old.log = await cluster.open(old);
    assert.equal(old.log.status().localHead, 20n);
    assert.equal(old.log.status().reason, '');
  });
});
