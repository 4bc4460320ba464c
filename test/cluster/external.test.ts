/**
 * A cluster over an etcd of the operator's own, with users (replication.md §4.1 external, §8 32): two gateways, a user
 * that may read and write under its prefix and nothing else, and what lies there of others.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { examineForInit, examineForJoin } from '#node/cluster/external-engine.ts';
import { authorityFile } from '#node/cluster/node-certificates.ts';
import { OperatorsEtcd } from '../consensus/etcd/operators-etcd.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { addDomain, cli, ScratchCluster, succeeds } from './run-cluster.ts';

const PREFIX = '/tenants/sealgate/';
const CLUSTER_ID = '5f0c6f3a-9d1c-4d7f-8c1e-0a6f3b8b6d11';
const KNOWN_MS = 60_000;
const GONE_MS = 60_000;
const TO = 'c@from-the-first.example';
const log = { keptEvents: 5, checkpointEvents: 10, trimEveryMs: 500 };
let etcd: OperatorsEtcd;
let external: ReturnType<OperatorsEtcd['settings']>;
let cluster: ScratchCluster;
let extra = 0;
let nobody: ReturnType<OperatorsEtcd['settings']>;
/** Calls that are its operator's own, before the cluster. */
let callsBefore: Record<string, number>;

const theirs = () => etcd.members.quorum({ prefix: '/tenants/' });
const put = (key: string) =>
  theirs().txn({ compare: [], success: [{ type: 'put', key, value: Buffer.from('theirs') }] });
const isThere = async (key: string): Promise<boolean> => (await theirs().range({ key })).values.length === 1;

/** The first event that lies in our prefix. */
async function firstKept(): Promise<string> {
  const range = { key: 'sealgate/gen1/events/', end: 'sealgate/gen1/events0', limit: 1, keysOnly: true };
  return (await theirs().range(range)).values[0]?.key ?? '';
}

async function send(by: Gateway, words: string): Promise<void> {
  const mail = `From: a@b.example\r\nTo: ${TO}\r\nSubject: test\r\n\r\n${words}\r\n`;
  await submit(by.outsidePort, { from: 'a@b.example', to: [TO], mail });
  await by.arrival(TO, ({ text }) => text.includes(words));
}

before(async () => {
  etcd = await OperatorsEtcd.start();
  external = etcd.settings(await etcd.user('sealgate', PREFIX), PREFIX);
  await put('other/application');
  nobody = etcd.settings(await etcd.user('nobody', null), PREFIX);
  callsBefore = await etcd.operatorsCalls();
  cluster = await ScratchCluster.start({ settings: { cluster: { external, log } } });
});
after(async () => {
  await cluster?.remove();
  await etcd?.remove();
});

describe('an external etcd', () => {
  it('is said twice: in the settings and on the command line', async () => {
    const { code, error } = await cli(cluster.first.settingsFile, 'cluster', 'init');
    assert.equal(code, 2);
    assert.match(error, /say --external/);
  });

  it('is refused where keys of others lie, and these are left as they are', async () => {
    await put('sealgate/config/theirs');
    const { code, error } = await cli(cluster.first.settingsFile, 'cluster', 'init', '--external');
    assert.equal(code, 1);
    assert.match(error, /"\/tenants\/sealgate\/config\/theirs".*left as they are.*prefix of its own/);
    assert.ok(await isThere('sealgate/config/theirs'));
    assert.equal((await cluster.status(cluster.first)).mode, 'single');
    await theirs().txn({ compare: [], success: [{ type: 'delete', key: 'sealgate/config/theirs' }] });
  });

  it('is refused to a user without rights there, in words that say which are needed', async () => {
    await assert.rejects(examineForInit(nobody, CLUSTER_ID), /readwrite \/tenants\/sealgate\//);
    const elsewhere = { ...external, endpoints: ['localhost:1'] };
    await assert.rejects(examineForInit(elsewhere, CLUSTER_ID), /cannot be used/);
    await assert.rejects(examineForJoin(external), /nothing of a cluster lies there/);
  });

  it('is the database of a cluster where nobody votes', async () => {
    await cluster.init();
    const { members, external: where } = await cluster.status(cluster.first);
    assert.deepEqual(
      members.map(({ role, engine }) => [role, engine]),
      [['gateway', null]],
    );
    assert.match(where, /^external etcd localhost:\d+, prefix \/tenants\/sealgate\/$/);
    await assert.rejects(examineForInit(external, CLUSTER_ID), /the log of another cluster/);
    await cluster.join();
    for (const gateway of cluster.gateways) await cluster.whole(gateway);
    assert.ok(cluster.gateways.every(({ layout }) => !existsSync(layout.etcd)));
  });

  it('takes no voters, and no gateway whose settings know nothing of it', async () => {
    const { out } = await succeeds(
      cli(cluster.first.settingsFile, 'cluster', 'token', '--role', 'voter', '--json'),
    );
    const { address, token } = JSON.parse(out) as { address: string; token: string };
    await assert.rejects(cluster.attempt([address, token]), /no gateway votes/);
    const words = await cluster.token();
    await assert.rejects(cluster.attempt(words, { external: undefined }), /set cluster\.external/);
  });

  it('carries changes of both to both, and mail goes on without it', async () => {
    const [first, second] = cluster.gateways;
    await addDomain(first!, 'from-the-first.example');
    await cluster.appears(second!, 'from-the-first.example');
    await addDomain(second!, 'from-the-second.example');
    await cluster.appears(first!, 'from-the-second.example');
    assert.deepEqual(await etcd.operatorsCalls(), callsBefore);
    // The listener, too, must know the domain.
    const isTaken = (): Promise<boolean> =>
      send(second!, 'before').then(
        () => true,
        () => false,
      );
    await until(isTaken, KNOWN_MS, () => cluster.output());
    const firstBefore = await firstKept();
    const isTrimmed = async (): Promise<boolean> => {
      extra += 1;
      await addDomain(first!, `more-${extra}.example`);
      return (await firstKept()) > firstBefore;
    };
    await until(isTrimmed, KNOWN_MS, () => cluster.output());
    assert.deepEqual(await etcd.operatorsCalls(), callsBefore);
    await etcd.members.kill(0);
    await send(second!, 'without a database');
    await assert.rejects(addDomain(first!, 'while-away.example'));
    await etcd.members.restart(0);
    for (const gateway of cluster.gateways) await cluster.whole(gateway);
    await addDomain(first!, 'again.example');
    await cluster.appears(second!, 'again.example');
  });

  it('loses nothing that is not ours, and gets none of its operator’s calls', async () => {
    assert.ok(await isThere('other/application'));
    const calls = Object.values(await etcd.operatorsCalls()); // Since its restart: none but ours could be in them.
    assert.ok(calls.length > 10 && calls.every((count) => count === 0));
  });

  it('lets a gateway go', async () => {
    const [first, second] = cluster.gateways;
    const gone = await cluster.status(second!);
    const trusted = (name: 'gateway' | 'client') =>
      readFileSync(authorityFile(first!.layout.cluster, name), 'utf8');
    const [ofGateways, ofEngine] = [trusted('gateway'), trusted('client')];
    await second!.stop();
    const away = async (): Promise<boolean> =>
      (await cluster.status(first!)).members.some(({ node, alive }) => node === gone.self && alive === false);
    await until(away, GONE_MS, () => cluster.output());
    const { out } = await succeeds(
      cli(first!.settingsFile, 'cluster', 'remove', 'gw-2', '--reason', 'replaced'),
    );
    assert.match(out, /take away its user of the external etcd yourself/);
    assert.equal((await cluster.status(first!)).members.length, 1);
    await cluster.alone(first!);
    assert.notEqual(trusted('gateway'), ofGateways);
    assert.equal(trusted('client'), ofEngine); // Used by nobody: the engine's authorities are its operator's.
    await addDomain(first!, 'alone-again.example');
  });

  it('that has lost what it held gets a new generation from the longest log', async () => {
    const { first } = cluster;
    const emptied = { key: 'sealgate/gen1/', end: 'sealgate/gen10' };
    await theirs().txn({ compare: [], success: [{ type: 'delete', ...emptied }] });
    await cluster.settled(first, ({ writable }) => !writable);
    const words = ['cluster', 'recover', '--confirm-dead', 'none', '--reason', 'their disk died'];
    await succeeds(cli(first.settingsFile, ...words));
    await cluster.settled(first, ({ generation, writable }) => generation === 2 && writable);
    await addDomain(first, 'second-generation.example');
    await cluster.appears(first, 'alone-again.example');
  });
});
