/** Several gateways over one quorum: the same log everywhere, its loss, its generations, who may write. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { StoredEvent } from '#consensus/event-log.ts';
import { formLog } from '#consensus/replicated/form-log.ts';
import { encodeMeta, META } from '#consensus/replicated/quorum-keys.ts';
import type { KeyRing } from '#consensus/signing.ts';
import { FakeQuorum } from '../fake-quorum.ts';
import { all, CLUSTER, draft, openLog } from '../scratch-log.ts';
import { eventually, ScratchCluster, type ScratchGateway, SHORT_TIMING } from './scratch-cluster.ts';

const IMPATIENT = { timing: { ...SHORT_TIMING, patienceMs: 300, lookTimeoutMs: 200, txnTimeoutMs: 200 } };

describe('gateways over one quorum', () => {
  let cluster: ScratchCluster;
  beforeEach(async () => {
    cluster = await ScratchCluster.form();
  });
  afterEach(() => cluster.dispose());

  const haveAll = (gateway: ScratchGateway, position: bigint): Promise<void> =>
    eventually('the gateway has everything', () => gateway.log.status().localHead === position);

  it('have the same log, whoever appends', async () => {
    const gateways = [await cluster.join(), await cluster.join(), await cluster.join()];
    const writers = gateways.flatMap((gateway, i) =>
      Array.from({ length: 5 }, async (_, j) => {
        const stream = `writer/${i}-${j}`;
        for (let version = 0; version < 10; version++) {
          await gateway.log.append([draft(stream)], { expect: { stream, version } });
        }
      }),
    );
    await Promise.all(writers);
    for (const gateway of gateways) await haveAll(gateway, 150n);
    const [first, ...others] = await Promise.all(gateways.map(({ log }) => all(log.read(1n))));
    for (const other of others) assert.deepEqual(other, first);
    assert.equal(new Set(first!.map(({ node }) => node)).size, 3);
    const { mode, quorumHead, writable, reason, notice } = gateways[1]!.log.status();
    const wanted = { mode: 'voter', quorumHead: 150n, writable: true, reason: '', notice: '' };
    assert.deepEqual({ mode, quorumHead, writable, reason, notice }, wanted);
  });

  it('let one of many win who expect the same version', async () => {
    const gateways = [await cluster.join(), await cluster.join(), await cluster.join()];
    for (let round = 0; round < 20; round++) {
      const stream = `once/${round}`;
      const answers = await Promise.allSettled(
        gateways.map(({ log }) => log.append([draft(stream)], { expect: { stream, version: 0 } })),
      );
      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const answer of answers) {
        if (answer.status === 'rejected') assert.equal(answer.reason.code, 'version-conflict');
      }
    }
  });

  it('do not refuse a version that another gateway has just told of', async () => {
    const [one, two] = [await cluster.join(), await cluster.join()];
    for (let version = 0; version < 30; version++) {
      const { log } = version % 2 === 0 ? one : two;
      await log.append([draft('turns')], { expect: { stream: 'turns', version } });
    }
  });

  it('record the same ids once, asked on two gateways', async () => {
    const [one, two] = [await cluster.join(), await cluster.join()];
    const batch = [draft('a'), draft('b')];
    const [first, second] = await Promise.all([
      one.log.append(batch, { expect: 'any' }),
      two.log.append(batch, { expect: 'any' }),
    ]);
    assert.equal(first.first, second.first);
    assert.notEqual(first.repeated, second.repeated);
  });

  it('carry on the log of a single gateway, position by position', async () => {
    const gateway = await cluster.join();
    await gateway.log.close();
    const { folder } = gateway;
    const single = await openLog(`${folder}-single`, { signer: gateway.signer, keys: cluster.keys });
    await single.append([draft('old/1'), draft('old/1')], { expect: 'any' });
    await single.vault.put('data-key/old', Buffer.from('wrapped'));
    const [head, old] = [await single.head(), await all(single.read(1n))];
    await single.close();
    const quorum = new FakeQuorum();
    await formLog(quorum.client(), { clusterId: CLUSTER, generation: 1 }, head);
    const client = { quorum: quorum.client(), peers: cluster.peersOf(folder) };
    gateway.log = await cluster.open({ folder: `${folder}-single`, signer: gateway.signer }, client);
    assert.deepEqual(await gateway.log.head('quorum'), head);
    const { first } = await gateway.log.append([draft('old/1')], { expect: { stream: 'old/1', version: 2 } });
    assert.equal(first, 3n);
    assert.deepEqual(await all(gateway.log.read(1n, 2n)), old);
    // Who joins has neither events nor vault yet.
    const late = await cluster.join({ quorum: quorum.client() });
    await haveAll(late, 3n);
    assert.deepEqual(await late.log.vault.get('data-key/old'), Buffer.from('wrapped'));
  });

  it('read without a quorum, take no appends, say why, and go on when it is back', async () => {
    const gateway = await cluster.join(IMPATIENT);
    const { log } = gateway;
    await log.append([draft('a')], { expect: 'any' });
    cluster.quorum.reachable = false;
    await assert.rejects(log.append([draft('a')], { expect: 'any' }), { code: 'no-quorum' });
    await eventually('it says so', () => !log.status().writable);
    assert.match(log.status().reason, /no quorum/);
    assert.equal((await all(log.read(1n))).length, 1);
    await assert.rejects(log.head('quorum'), { code: 'no-quorum' });
    await cluster.reopen(gateway, IMPATIENT);
    assert.match(gateway.log.status().reason, /no quorum/);
    assert.equal((await all(gateway.log.readStream('a'))).length, 1);
    cluster.quorum.reachable = true;
    await eventually('it goes on', () => gateway.log.status().writable);
    const { first } = await gateway.log.append([draft('a')], { expect: { stream: 'a', version: 1 } });
    assert.equal(first, 2n);
  });

  it('catch up after they were cut off', async () => {
    const [one, two] = [await cluster.join(), await cluster.join()];
    await two.log.close();
    for (let i = 0; i < 250; i += 5) {
      await one.log.append(
        [1, 2, 3, 4, 5].map(() => draft('a')),
        { expect: 'any' },
      );
    }
    two.log = await cluster.open(two);
    await haveAll(two, 250n);
    assert.deepEqual(await all(two.log.read(1n)), await all(one.log.read(1n)));
  });

  it('refuse a quorum of an older generation, of another cluster, and none without a log', async () => {
    const gateway = await cluster.join(IMPATIENT);
    const refused = async (
      quorum: FakeQuorum,
      code: string,
      reason: RegExp,
      generation = 1,
    ): Promise<void> => {
      const log = await cluster.reopen(gateway, { ...IMPATIENT, quorum: quorum.client(), generation });
      assert.match(log.status().reason, reason);
      await assert.rejects(log.append([draft('a')], { expect: 'any' }), { code });
    };
    await refused(cluster.quorum, 'fenced', /of generation 1, this gateway has seen 2/, 2);
    const other = new FakeQuorum();
    await refused(other, 'no-quorum', /holds no log/);
    const head = { position: 0n, hash: new Uint8Array(32), generation: 1 };
    await formLog(other.client(), { clusterId: 'another', generation: 1 }, head);
    await refused(other, 'fenced', /another cluster/);
    await assert.rejects(formLog(other.client(), { clusterId: CLUSTER, generation: 1 }, head), {
      code: 'fenced',
    });
  });

  it('stop when a new generation begins under them', async () => {
    const { log } = await cluster.join();
    await log.append([draft('a')], { expect: 'any' });
    const value = encodeMeta({ clusterId: CLUSTER, generation: 2 });
    await cluster.client().txn({ compare: [], success: [{ type: 'put', key: META, value }] });
    await assert.rejects(log.append([draft('a')], { expect: 'any' }), { code: 'fenced' });
    assert.equal(log.status().writable, false);
    assert.equal((await all(log.read(1n))).length, 1);
  });

  it('go on with the longest log in a new generation', async () => {
    const [one, two] = [await cluster.join(), await cluster.join()];
    await one.log.append([draft('a'), draft('b')], { expect: 'any' });
    await haveAll(two, 2n);
    const head = await two.log.head('local');
    const quorum = new FakeQuorum();
    await formLog(quorum.client(), { clusterId: CLUSTER, generation: 2 }, head);
    const next = await cluster.reopen(two, { quorum: quorum.client() });
    const { first } = await next.append([draft('a')], { expect: { stream: 'a', version: 1 } });
    const [event] = await all(next.read(first));
    assert.deepEqual([event!.position, event!.generation, next.status().generation], [3n, 2, 2]);
    // The old members still run: a gateway that has seen the new generation has no part in theirs.
    await cluster.reopen(two, IMPATIENT);
    assert.match(two.log.status().reason, /of generation 1, this gateway has seen 2/);
  });

  it('say so when the quorum is behind their own logs, or has another history', async () => {
    const gateway = await cluster.join(IMPATIENT);
    await gateway.log.append([draft('a'), draft('a')], { expect: 'any' });
    for (const [position, fill, reason] of [
      [1n, 0, /the quorum ends at 1, this gateway has 2/],
      [2n, 7, /event 2 is another one in the quorum/],
    ] as const) {
      const quorum = new FakeQuorum();
      const head = { position, hash: Buffer.alloc(32, fill), generation: 1 };
      await formLog(quorum.client(), { clusterId: CLUSTER, generation: 1 }, head);
      const log = await cluster.reopen(gateway, { ...IMPATIENT, quorum: quorum.client() });
      assert.match(log.status().reason, reason);
      assert.equal(log.status().writable, false);
      assert.equal((await all(log.read(1n))).length, 2);
    }
  });

  it('admit a gateway by an event, and take its events from there on only', async () => {
    const admitted = new Set(['gateway-1']);
    const folded: string[] = [];
    const keys: KeyRing = (node) => (admitted.has(node) ? cluster.keys(node) : null);
    const fold = (events: readonly StoredEvent[]): void => {
      for (const { kind, payload } of events) {
        folded.push(kind);
        const node = Buffer.from(payload).toString();
        if (kind === 'Admitted') admitted.add(node);
        if (kind === 'Removed') admitted.delete(node);
      }
    };
    const changesKeys = ({ stream }: StoredEvent): boolean => stream === 'cluster';
    const one = await cluster.join();
    const two = await cluster.join();
    const change = (kind: string): ReturnType<typeof draft> =>
      draft('cluster', { kind, payload: Buffer.from('gateway-2') });
    await one.log.append([change('Admitted')], { expect: 'any' });
    await two.log.append([draft('b')], { expect: 'any' });
    await one.log.append([change('Removed')], { expect: 'any' });
    const late = await cluster.join({ keys, onStored: fold, changesKeys });
    await haveAll(late, 3n);
    assert.equal(late.log.status().reason, '');
    await two.log.append([draft('b')], { expect: 'any' });
    await eventually('the event of a removed gateway is refused', () => late.log.status().damagedAt === 4n);
    assert.match(late.log.status().reason, /not signed by a gateway of this cluster/);
    assert.deepEqual(folded, ['Admitted', 'SomethingHappened', 'Removed']);
    assert.equal(late.log.status().localHead, 3n);
  });
});
