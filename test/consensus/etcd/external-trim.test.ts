/** A log in somebody else's etcd: trimmed within its own prefix by a user that may do nothing but read and write there. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { trimLog } from '#consensus/replicated/trim-log.ts';
import { eventually, ScratchCluster } from '../replicated/scratch-cluster.ts';
import { CLUSTER, draft } from '../scratch-log.ts';
import { OperatorsEtcd } from './operators-etcd.ts';

const PREFIX = '/tenants/sealgate/';
let etcd: OperatorsEtcd;
let cluster: ScratchCluster | undefined;

before(async () => {
  etcd = await OperatorsEtcd.start();
});
after(async () => {
  await cluster?.dispose();
  await etcd?.remove();
});

it('takes out what all gateways hold, leaves what is not its own, and calls nothing that is the operator’s', async () => {
  const theirs = etcd.members.quorum({ prefix: '/tenants/' });
  const value = Buffer.from('theirs');
  await theirs.txn({ compare: [], success: [{ type: 'put', key: 'other/key', value }] });
  const credentials = await etcd.user('sealgate', PREFIX);
  const client = () => etcd.members.quorum({ credentials, prefix: `${PREFIX}gen1/` });
  const before = await etcd.operatorsCalls();
  cluster = await ScratchCluster.form(client);
  const timing = { pollMs: 200, ackMs: 100, checkpointEvents: 10 };
  for (let i = 0; i < 2; i++) await cluster.join({ timing, mode: 'client' });
  const [first, second] = cluster.gateways;
  for (let n = 0; n < 25; n++) await first!.log.append([draft('thing/1')], { expect: 'any' });
  await eventually('the other one has it', () => second!.log.status().localHead === 25n);
  const quorum = client();
  const trim = () =>
    trimLog({
      ...{ quorum, clusterId: CLUSTER, keys: cluster!.keys, compact: false, timeoutMs: 10_000 },
      ...{ gateways: ['gateway-1', 'gateway-2'], nowMs: Date.now(), keptEvents: 2n },
    });
  await eventually('a checkpoint of both lets the floor rise', async () => (await trim()).floor === 20n);
  const { values } = await quorum.range({ key: 'events/', end: 'events0', keysOnly: true });
  assert.equal(values.length, 5);
  assert.equal((await theirs.range({ key: 'other/key' })).values.length, 1);
  assert.deepEqual(await etcd.operatorsCalls(), before);
  await quorum.compact(1n).catch(() => {}); // 3.4 lets anybody do it: the count would have seen it.
  assert.equal((await etcd.operatorsCalls()).Compact, before.Compact! + 1);
});
