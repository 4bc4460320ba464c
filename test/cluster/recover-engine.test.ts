/**
 * What only the survivor's own engine had taken is in the new generation, events and claims of spools; an engine that
 * cannot be read stops no recovery and is told (replication.md §8, 22 and 23).
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { EtcdQuorum } from '#consensus/etcd/etcd-quorum.ts';
import { decodeHead, HEAD } from '#consensus/replicated/quorum-keys.ts';
import { readClusterFile } from '#node/cluster/cluster-file.ts';
import { quorumAccess } from '#node/cluster/engine-access.ts';
import { endpointOf } from '#node/cluster/own-engine.ts';
import { octetsOf, SPOOL, type SpoolClaim, spoolOf } from '#node/ledger/member-keys.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { dies, killAll } from './kill-gateway.ts';
import { addDomain, cli, ScratchCluster, succeeds } from './run-cluster.ts';

const WITHIN_MS = 180_000;
const EPOCH = 5;

const asked = (dead: string): string[] => [
  ...['cluster', 'recover', '--confirm-dead', dead, '--reason', 'burnt'],
];

function engineOf({ layout }: Gateway): EtcdQuorum {
  const file = readClusterFile(layout)!;
  const self = file.members.find(({ node }) => node === file.node)!;
  return quorumAccess(layout, file, [endpointOf(self.etcdClient)]);
}

/** What the member of a gateway alone knows: the end of the log, and who owns the spool of a gateway. */
async function knownTo(on: Gateway, node: string): Promise<{ head: bigint; claim: SpoolClaim | null }> {
  const quorum = engineOf(on);
  try {
    const [head] = (await quorum.range({ key: HEAD, serializable: true })).values;
    const [claim] = (await quorum.range({ key: SPOOL + node, serializable: true })).values;
    return { head: decodeHead(head!.value)!.position, claim: spoolOf(claim) };
  } finally {
    quorum.close();
  }
}

/** As a gateway does that adopts the mails of one that is gone. */
async function takenOver(by: Gateway, node: string): Promise<void> {
  const quorum = engineOf(by);
  const value = octetsOf({ epoch: EPOCH, owner: readClusterFile(by.layout)!.node } satisfies SpoolClaim);
  await quorum.txn({ compare: [], success: [{ type: 'put', key: SPOOL + node, value }] });
  quorum.close();
}

describe('a survivor whose log was behind its own engine', () => {
  let cluster: ScratchCluster;
  let first: Gateway;
  let second: Gateway;
  let third: Gateway;
  before(async () => {
    cluster = await ScratchCluster.voters(3);
    [first, second, third] = cluster.gateways as [Gateway, Gateway, Gateway];
  });
  after(() => cluster?.remove());

  it('has in the new generation what only that had taken', async () => {
    const { node } = readClusterFile(first.layout)!;
    await killAll(first);
    await addDomain(second, 'only-in-the-engine.example');
    await takenOver(second, node);
    await until(
      async () => isDeepStrictEqual(await knownTo(first, node), await knownTo(second, node)),
      WITHIN_MS,
      () => `the engine of the survivor is behind\n${cluster.output()}`,
    );
    assert.equal((await knownTo(first, node)).claim?.epoch, EPOCH);
    await dies(second);
    await dies(third);
    await first.start();
    await cluster.settled(first, ({ writable }) => !writable);
    const before = await first.admin.query<{ domain: string }[]>('people.domains');
    assert.ok(!before.some(({ domain }) => domain === 'only-in-the-engine.example'), 'the log is behind');
    await succeeds(cli(first.settingsFile, ...asked('gw-2,gw-3')));
    const { warnings } = await cluster.settled(
      first,
      ({ generation, writable }) => generation === 2 && writable,
    );
    assert.deepEqual(
      warnings.filter((warning) => warning.includes('could not be read')),
      [],
    );
    await cluster.appears(first, 'only-in-the-engine.example');
    await cluster.alone(first);
    await addDomain(first, 'second-generation.example');
    const spools = JSON.parse(readFileSync(join(first.layout.cluster, 'spools.json'), 'utf8')) as Record<
      string,
      SpoolClaim
    >;
    assert.ok((spools[node]?.epoch ?? 0) >= EPOCH, 'the claim was carried over');
    const left = readdirSync(first.layout.etcd);
    assert.ok(!left.includes('scratch'), 'the copy is deleted');
    assert.ok(
      left.some((name) => name.startsWith('left-gen1-')),
      'the data are kept',
    );
  });
});

describe('a survivor whose engine cannot be read', () => {
  let cluster: ScratchCluster;
  before(async () => {
    cluster = await ScratchCluster.start();
    await cluster.init();
    await cluster.join();
  });
  after(() => cluster?.remove());

  it('goes on from the logs and says what may be missing', async () => {
    const [first, second] = cluster.gateways as [Gateway, Gateway];
    await cluster.whole(first);
    await addDomain(first, 'known.example');
    await dies(second);
    await dies(first);
    const log = join(first.layout.etcd, 'gen1', 'data', 'member', 'wal');
    for (const name of readdirSync(log)) writeFileSync(join(log, name), 'no log of etcd');
    await first.start();
    await cluster.settled(first, ({ writable }) => !writable);
    await succeeds(cli(first.settingsFile, ...asked('gw-2')));
    const { warnings } = await cluster.settled(
      first,
      ({ generation, writable }) => generation === 2 && writable,
    );
    const told = warnings.find((warning) => warning.includes('could not be read'));
    assert.ok(told, JSON.stringify(warnings));
    const [folder = ''] = /\S*left-gen1-\d+/.exec(told) ?? [];
    assert.ok(existsSync(folder));
    await cluster.appears(first, 'known.example');
    await cluster.alone(first);
    await addDomain(first, 'goes-on.example');
    rmSync(folder, { recursive: true });
    await cluster.settled(first, (status) => !status.warnings.includes(told));
  });
});
