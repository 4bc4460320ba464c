/** Gateways that fail, leave and are removed: mail and changes go on, and who was removed is nobody any more. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { type KnownMember, readClusterFile } from '#node/cluster/cluster-file.ts';
import { engineEndpoints, quorumAccess } from '#node/cluster/engine-access.ts';
import { runningEtcd } from '#node/cluster/etcd-process.ts';
import { gatewayTls } from '#node/cluster/node-certificates.ts';
import { peerClient } from '#node/peer/peer-client.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { stopEngines } from './etcd-leash.ts';
import { forge, opened } from './former-authorities.ts';
import { addDomain as change, cli, ScratchCluster, succeeds } from './run-cluster.ts';
import { tellsCondition } from './tells-condition.ts';

const ASK_MS = 10_000;
const APPEARS_MS = 120_000; // A start of a gateway on two busy cores is in it.
let cluster: ScratchCluster;

before(async () => {
  cluster = await ScratchCluster.start();
  await cluster.init();
  await cluster.join();
  await cluster.join();
  await cluster.voting(3);
});
after(() => cluster?.remove());

describe('a cluster of three', () => {
  it('tells that all is well', async () => {
    await tellsCondition(cluster, cluster.first, 'well', null);
  });
});

describe('the engine of a gateway', () => {
  it('outlives the gateway: kill -9 costs no vote, and the next start finds it (replication.md §8, 16)', async () => {
    const [, second] = cluster.gateways as [Gateway, Gateway];
    const folder = join(second.layout.etcd, 'gen1');
    const pid = runningEtcd(folder);
    assert.ok(pid);
    await second.stop('SIGKILL');
    assert.equal(runningEtcd(folder), pid);
    await change(cluster.first, 'while-away.example');
    await second.start();
    await cluster.appears(second, 'while-away.example');
    assert.equal(runningEtcd(folder), pid);
  });
});

describe('a gateway that is gone with its engine', () => {
  it('costs neither mail nor changes; without a majority changes are refused, plainly', async () => {
    const [first, second, third] = cluster.gateways as [Gateway, Gateway, Gateway];
    await third.stop('SIGKILL');
    await stopEngines(third.layout);
    await change(second, 'third-is-gone.example');
    await cluster.appears(first, 'third-is-gone.example');
    await tellsCondition(cluster, first, 'gateway-gone', /gw-3 does not answer; mail goes on here/);
    await second.stop('SIGKILL');
    await stopEngines(second.layout);
    await tellsCondition(cluster, first, 'cut-off', /neither a majority nor another gateway/);
    const refused = change(first, 'nobody-agrees.example');
    await assert.rejects(refused, /takes no changes now/);
    const { code, out } = await cli(first.settingsFile, 'cluster');
    assert.equal(code, 1);
    assert.match(out, /no changes can be made/);
    await Promise.all([second.start(), third.start()]);
    await cluster.settled(first, ({ writable, members }) => writable && members.every((m) => m.alive));
    await cluster.appears(third, 'third-is-gone.example');
  });
});

describe('a member that is removed', () => {
  it('is not left to make two voters of three, and not while it is there', async () => {
    const { settingsFile } = cluster.first;
    const three = await cli(settingsFile, 'cluster', 'remove', 'gw-3', '--without-drain', '--reason', 'test');
    assert.equal(three.code, 1);
    assert.match(three.error, /Two voters would be left/);
    const there = cluster.first.admin.change('cluster.remove', { member: 'gw-3', reason: 'test' });
    await assert.rejects(there, /gw-3 is there and has not given away its mails/);
    const unknown = await cli(settingsFile, 'cluster', 'remove', 'gw-9', '--reason', 'test');
    assert.match(unknown.error, /no such member/);
  });

  it('is replaced by a fourth; its vote, its user and the keys that it knew are good for nothing', async () => {
    const { settingsFile } = cluster.first;
    await cluster.join('gateway');
    const before = await cluster.status(cluster.first);
    const third = before.members.find(({ name }) => name === 'gw-3')!;
    const plan = await succeeds(cli(settingsFile, 'cluster', 'remove', 'gw-3', '--dry-run'));
    assert.match(plan.out, /cluster key is replaced/);
    const removed = cluster.gateways[2]!;
    const known = readClusterFile(cluster.first.layout)!.members.filter(({ name }) => name !== 'gw-3');
    const forged = await forge(removed.layout, known[0]!);
    const [, second] = known as [KnownMember, KnownMember];
    const all = { client: true, peer: true, gateway: true };
    const isLetIn = async () => isDeepStrictEqual(await opened(forged, second, cluster.first.layout), all);
    await until(
      isLetIn,
      APPEARS_MS,
      () => `as long as it is a member its keys are good\n${cluster.output()}`,
    );
    await succeeds(cli(settingsFile, 'cluster', 'remove', 'gw-3', '--without-drain', '--reason', 'stolen'));
    await flowsUntil(renewed());
    const none = { client: false, peer: false, gateway: false };
    for (const member of known) {
      assert.deepEqual(await opened(forged, member, cluster.first.layout), none, member.name);
    }
    await change(cluster.gateways[3]!, 'fourth-votes.example');
    await cluster.appears(cluster.first, 'fourth-votes.example');
    await refusedNow(cluster.gateways[2]!);
    await knowsNothingAnyMore(cluster.gateways[2]!);
    const again = await cluster.token();
    const data = cluster.gateways[2]!.layout.root;
    assert.ok(existsSync(join(data, 'cluster', 'cluster.json')));
    assert.ok(readFileSync(join(data, 'ledger', 'identity.json'), 'utf8').includes(third.node));
    const joined = await cli(cluster.gateways[2]!.settingsFile, 'cluster', 'join', ...again);
    assert.equal(joined.code, 1);
  });
});

/** All that follows the removal of gw-3 is done, though one of those who do it is killed meanwhile. */
async function renewed(): Promise<void> {
  const [, second] = cluster.gateways as [Gateway, Gateway];
  await cluster.settled(cluster.first, ({ progress }) =>
    progress.some((step) => /^the authorities .* step \d of 3/.test(step)),
  );
  await second.stop('SIGKILL');
  await second.start();
  await cluster.settled(
    cluster.first,
    ({ members, writable }) =>
      writable &&
      members.filter(({ engine }) => engine?.state === 'voter').length === 3 &&
      members.every(({ name, role }) => name !== 'gw-3' && role === 'voter'),
  );
  const rotated = async (): Promise<boolean> => {
    const events = await cluster.first.admin.query<{ rows: { kind: string }[] }>('audit.events', {
      search: 'ClusterKeyRotated',
    });
    return events.rows.length === 1;
  };
  await until(rotated, APPEARS_MS, () => `the key was not replaced\n${cluster.output()}`);
  await cluster.settled(cluster.first, ({ progress, writable }) => writable && progress.length === 0);
}

/** Changes and mails all the while; each that was acknowledged is where it belongs. */
async function flowsUntil(done: Promise<void>): Promise<void> {
  const [first, second] = cluster.gateways as [Gateway, Gateway];
  const changes: string[] = [];
  const mails: string[] = [];
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  done.then(end, end);
  for (let i = 1; !ended; i++) {
    const domain = `renewal-${i}.example`;
    await change(i % 2 === 0 ? first : second, domain).then(
      () => changes.push(domain),
      () => {}, // It may be told to come again, as any sender may.
    );
    const to = `mail-${i}@while-away.example`;
    const mail = `From: a@partner.example\r\nSubject: ${i}\r\n\r\n${i}\r\n`;
    await submit(first.outsidePort, { from: 'a@partner.example', to: [to], mail }).then(
      () => mails.push(to),
      () => {},
    );
  }
  await done;
  assert.ok(changes.length > 0, `no change was made\n${cluster.output()}`);
  assert.ok(mails.length > 0, `no mail was accepted\n${cluster.output()}`);
  for (const domain of changes) await cluster.appears(cluster.gateways[3]!, domain);
  // By whichever gateway: on a busy machine a lease may have run out meanwhile.
  const hasLeft = (to: string) =>
    cluster.gateways.some(({ delivered }) => delivered.some(({ recipients }) => recipients.includes(to)));
  await until(
    () => mails.every(hasLeft),
    APPEARS_MS,
    () => `mails are missing\n${cluster.output()}`,
  );
}

/** The removed gateway changes nothing any more, and says why. */
async function refusedNow(removed: Gateway): Promise<void> {
  await assert.rejects(change(removed, 'i-am-gone.example'), /takes no changes now|does not answer/);
  await assert.rejects(appearsSoon(cluster.first, 'i-am-gone.example'));
}

/** Whoever has its files reaches neither the engine nor the other gateways, and opens no mail of theirs. */
async function knowsNothingAnyMore({ layout }: Gateway): Promise<void> {
  const file = readClusterFile(layout)!;
  const engine = engineEndpoints({ ...file, members: file.members.filter(({ name }) => name === 'gw-1') });
  for (const as of ['etcd-client', 'etcd-root'] as const) {
    const quorum = quorumAccess(layout, file, engine, as);
    await assert.rejects(quorum.range({ key: 'head' }, { timeoutMs: ASK_MS }), { code: 'unavailable' }, as);
    quorum.close();
  }
  const peers = peerClient({
    tls: () => ({ ...gatewayTls(layout), ca: gatewayTls(cluster.first.layout).ca }),
    addressOf: (node) => file.members.find((member) => member.node === node)?.peerAddress ?? null,
  });
  const { node } = file.members.find(({ name }) => name === 'gw-1')!;
  const asked = { method: 'GET', path: '/log/segments/1', timeoutMs: ASK_MS };
  assert.equal((await peers.request(node, asked)).status, 401);
  peers.close();
  const known = readFileSync(layout.spoolPublicKey);
  for (const { layout: other } of [cluster.first, cluster.gateways[1]!, cluster.gateways[3]!]) {
    await until(
      () => !readFileSync(other.spoolPublicKey).equals(known),
      APPEARS_MS,
      () => `mails are still sealed to a key that the removed gateway has\n${cluster.output()}`,
    );
  }
}

async function appearsSoon(on: Gateway, domain: string): Promise<void> {
  const rows = await on.admin.query<{ domain: string }[]>('people.domains');
  if (!rows.some((row) => row.domain === domain)) throw new Error('not there');
}
