/** The replicated engine on real members: the contract of the log, and what happens while members die. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Appended, Draft } from '#consensus/event-log.ts';
import { LogError } from '#consensus/event-log.ts';
import { eventLogContract } from '../event-log-contract.ts';
import { eventually, ScratchCluster, type ScratchGateway } from '../replicated/scratch-cluster.ts';
import { all, draft } from '../scratch-log.ts';
import { EtcdMembers } from './etcd-members.ts';

const LONG = { timing: { pollMs: 200, ackMs: 200 } }; // Usual patience: two busy cores and fsyncs.

eventLogContract('ReplicatedEventLog on etcd', async () => {
  const etcd = await EtcdMembers.start({ count: 1 });
  const cluster = await ScratchCluster.form(() => etcd.quorum());
  const gateway = await cluster.join(LONG);
  return {
    log: gateway.log,
    keys: cluster.keys,
    reopen: () => cluster.reopen(gateway, LONG),
    async dispose() {
      await cluster.dispose();
      await etcd.remove();
    },
  };
});

describe('three gateways on three members', () => {
  let etcd: EtcdMembers;
  let cluster: ScratchCluster;
  before(async () => {
    etcd = await EtcdMembers.start({ count: 3 });
    let first = 0;
    cluster = await ScratchCluster.form(() => etcd.quorum({ first: first++ % 3 }));
    for (let i = 0; i < 3; i++) await cluster.join(LONG);
  });
  after(async () => {
    await cluster.dispose();
    await etcd.remove();
  });

  it('loses, doubles and reorders nothing while leaders die', { timeout: 600_000 }, async () => {
    const told: { batch: Draft[]; appended: Appended }[] = [];
    let stopped = false;
    const writers = cluster.gateways.flatMap((gateway, i) =>
      Array.from({ length: 4 }, async (_, j) => {
        for (let n = 0; !stopped; n++) {
          const batch = [draft(`writer/${i}-${j}`)];
          told.push({ batch, appended: await persist(gateway, batch, n) });
        }
      }),
    );
    for (let kill = 0; kill < 3; kill++) {
      const before = told.length;
      await eventually('the writers go on', () => told.length > before + 50);
      const leader = await etcd.leader();
      await etcd.kill(leader);
      await eventually('they go on without the leader', () => told.length > before + 100);
      await etcd.restart(leader);
    }
    stopped = true;
    await Promise.all(writers);
    const head = (await cluster.gateways[0]!.log.head('quorum')).position;
    const [longest, ...others] = await Promise.all(
      cluster.gateways.map(async ({ log }) => {
        await eventually('everybody has everything', () => log.status().localHead === head);
        return all(log.read(1n));
      }),
    );
    for (const other of others) assert.deepEqual(other, longest);
    const positions = new Map(longest!.map(({ id, position }) => [id, position]));
    assert.equal(positions.size, longest!.length);
    assert.equal(longest!.length, told.length);
    for (const { batch, appended } of told) assert.equal(positions.get(batch[0]!.id), appended.first);
  });
});

/** Asks with the same ids until the answer is clear. */
async function persist({ log }: ScratchGateway, batch: Draft[], version: number): Promise<Appended> {
  for (;;) {
    try {
      return await log.append(batch, { expect: { stream: batch[0]!.stream, version } });
    } catch (error) {
      const again = error instanceof LogError && (error.code === 'unresolved' || error.code === 'no-quorum');
      if (!again) throw error;
    }
  }
}
