/** Trimming and what comes after it: a gateway that was away, one that is new, large bodies. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prefixEnd } from '#consensus/key-value-quorum.ts';
import { type TrimOptions, type TrimReport, trimLog, trimState } from '#consensus/replicated/trim-log.ts';
import { all, CLUSTER, draft } from '../scratch-log.ts';
import { eventually, ScratchCluster, SHORT_TIMING } from './scratch-cluster.ts';

const options = { timing: { ...SHORT_TIMING, checkpointEvents: 10 } };

function trim(cluster: ScratchCluster, overrides: Partial<TrimOptions> = {}): Promise<TrimReport> {
  return trimLog({
    quorum: cluster.quorum.client(),
    clusterId: CLUSTER,
    keys: cluster.keys,
    gateways: cluster.gateways.map(({ signer }) => signer.node),
    nowMs: Date.now(),
    compact: true,
    keptEvents: 20n,
    timeoutMs: 1000,
    ...overrides,
  });
}

async function withCluster(run: (cluster: ScratchCluster) => Promise<void>): Promise<void> {
  const cluster = await ScratchCluster.form();
  try {
    await run(cluster);
  } finally {
    await cluster.dispose();
  }
}

/** All gateways have the log up to `position` on their disks, and have signed and said so. */
async function settled(cluster: ScratchCluster, position: bigint): Promise<void> {
  const { store } = cluster.quorum;
  await eventually('every gateway has acknowledged', () => {
    const acks = store
      .range({ key: 'ack/', end: 'ack0' })
      .values.map(({ value }) => JSON.parse(String(Buffer.from(value))));
    return acks.filter(({ seq }) => BigInt(seq) >= position).length === cluster.gateways.length;
  });
  await eventually('every gateway has signed', () => {
    const last = store.range({ key: 'checkpoint/', end: 'checkpoint0' }).values.at(-1);
    return (
      last !== undefined && JSON.parse(String(Buffer.from(last.value))).length === cluster.gateways.length
    );
  });
}

const eventsIn = (cluster: ScratchCluster): number =>
  cluster.quorum.store.range({ key: 'events/', end: prefixEnd('events/') }).values.length;

async function append(cluster: ScratchCluster, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { log } = cluster.gateways[i % cluster.gateways.length]!;
    await log.append([draft(`thing/${i}`)], { expect: 'any' });
  }
}

describe('trimming the quorum', () => {
  it('keeps what is wanted, removes what all have and a majority has signed', () =>
    withCluster(async (cluster) => {
      await cluster.join(options);
      await cluster.join(options);
      await append(cluster, 65);
      await settled(cluster, 65n);
      const report = await trim(cluster);
      assert.deepEqual([report.floor, report.removed], [40n, 40]);
      assert.equal(eventsIn(cluster), 25);
      assert.equal(cluster.quorum.store.range({ key: 'checkpoint/', end: 'checkpoint0' }).values.length, 3);
      assert.equal((await trim(cluster)).removed, 0);
      await append(cluster, 5);
      for (const { log } of cluster.gateways) {
        await eventually('the log goes on', () => log.status().localHead === 70n);
        assert.equal(log.status().notice, '');
      }
    }));

  it('leaves what a gateway does not have yet, until it was silent for a week', () =>
    withCluster(async (cluster) => {
      const one = await cluster.join(options);
      const two = await cluster.join(options);
      await append(cluster, 20);
      await settled(cluster, 20n);
      await two.log.close();
      for (let i = 0; i < 40; i++) await one.log.append([draft(`more/${i}`)], { expect: 'any' });
      const held = await trim(cluster, { gateways: [one.signer.node, two.signer.node] });
      assert.equal(held.floor, 20n);
      const week = 7 * 86_400_000 + 60_000;
      const nowMs = Date.now() + week;
      // Of two gateways one is no majority, so the checkpoints behind 20 do not count.
      assert.equal((await trim(cluster, { nowMs })).floor, 20n);
      const rules = {
        quorum: cluster.quorum.client(),
        clusterId: CLUSTER,
        keys: cluster.keys,
        timeoutMs: 1000,
      };
      const gateways = [one.signer.node, two.signer.node];
      const state = await trimState({ ...rules, gateways, nowMs: Date.now(), keptEvents: 20n });
      assert.deepEqual(state, { head: 60n, floor: 20n, heldBy: `${two.signer.node} at 20` });
      const alone = await trim(cluster, { nowMs, gateways: [one.signer.node] });
      assert.equal(alone.floor, 40n);
      two.log = await cluster.open(two, options);
      await eventually('it has caught up through the other one', () => two.log.status().localHead === 60n);
      assert.equal(two.log.status().reason, '');
      assert.deepEqual(await all(two.log.read(1n)), await all(one.log.read(1n)));
    }));

  it('brings a new gateway up through the logs of the others', () =>
    withCluster(async (cluster) => {
      await cluster.join(options);
      await append(cluster, 45);
      await settled(cluster, 45n);
      assert.equal((await trim(cluster)).floor, 20n);
      const late = await cluster.join(options);
      await eventually('it has everything', () => late.log.status().localHead === 45n);
      await late.log.append([draft('late/1')], { expect: { stream: 'late/1', version: 0 } });
    }));

  it('does nothing once another gateway holds the lock', () =>
    withCluster(async (cluster) => {
      await cluster.join(options);
      await append(cluster, 45);
      await settled(cluster, 45n);
      const report = await trim(cluster, { fence: { key: 'lock/trim', createRevision: 7n } });
      assert.deepEqual([report.floor, report.removed], [0n, 0]);
      assert.equal(eventsIn(cluster), 45);
    }));

  it('takes the bodies of trimmed events along, and those that nobody names', () =>
    withCluster(async (cluster) => {
      const { log } = await cluster.join(options);
      const { store } = cluster.quorum;
      const blobs = (): number => store.range({ key: 'blob/', end: 'blob0' }).values.length;
      const payload = Buffer.alloc(600 * 1024, 0x61);
      await log.append([draft('large/1', { payload })], { expect: 'any' });
      assert.equal(blobs(), 2);
      const orphan = { type: 'put' as const, key: `blob/${'0'.repeat(64)}/0`, value: Buffer.from('x') };
      await cluster.quorum.client().txn({ compare: [], success: [orphan] });
      await append(cluster, 44);
      const kept = await log.append([draft('large/2', { payload })], { expect: 'any' });
      await settled(cluster, kept.last);
      await trim(cluster);
      assert.equal(blobs(), 2);
      const late = await cluster.join(options);
      await eventually('it has everything', () => late.log.status().localHead === kept.last);
      const [large] = await all(late.log.readStream('large/1'));
      assert.ok(Buffer.from(large!.payload).equals(payload));
    }));
});
