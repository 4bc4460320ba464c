/**
 * Joins that are refused, and joins that are cut off (issue: bad input): each says what to do, and the running cluster
 * has not recorded anything of it.
 */
import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { askToJoin } from '#node/cluster/ask-to-join.ts';
import { readClusterFile } from '#node/cluster/cluster-file.ts';
import { engineEndpoints, quorumAccess } from '#node/cluster/engine-access.ts';
import { joinCluster } from '#node/cluster/join-cluster.ts';
import type { JoinRequest } from '#node/cluster/join-protocol.ts';
import { readToken } from '#node/cluster/join-token.ts';
import { loadSettings } from '#node/config/load-settings.ts';
import { ledgerClient } from '#node/ledger/client.ts';
import { loadIdentity } from '#node/ledger/identity.ts';
import { VERSION } from '#node/version.ts';
import { cli, cliUnder, ScratchCluster, type Stranger, succeeds } from './run-cluster.ts';

const HOUR_MS = 3_600_000;
const ID = 2; // Of the parts of a token: SG1, authority, id, secret.
let cluster: ScratchCluster;

before(async () => {
  cluster = await ScratchCluster.start();
  await cluster.init();
});
after(() => cluster?.remove());

async function head(): Promise<string> {
  const ledger = ledgerClient(cluster.first.layout.ledgerSocket);
  try {
    const { position, hash } = await ledger.head();
    return `${position} ${Buffer.from(hash).toString('hex')}`;
  } finally {
    ledger.close();
  }
}

/** Refused in these words; the cluster is as it was, and so is the folder: it is no member. */
async function refused(joining: (stranger: Stranger) => Promise<unknown>, words: RegExp, node?: string) {
  const was = await head();
  const stranger = await cluster.stranger({}, node);
  await assert.rejects(joining(stranger), words);
  assert.equal(await head(), was);
  assert.equal(readClusterFile(stranger.layout), null);
}

const byCommand =
  (...words: readonly string[]) =>
  ({ settingsFile }: Stranger) =>
    succeeds(cli(settingsFile, 'cluster', 'join', ...words));

const joinAt =
  ([address, token]: readonly [string, string], nowMs: () => number) =>
  ({ settingsFile, layout }: Stranger) =>
    joinCluster({ settings: loadSettings(settingsFile, undefined), layout, address, token, nowMs });

describe('a gateway that is not let in', () => {
  it('has no token, a wrong one, or one of another cluster', async () => {
    const [address, token] = await cluster.token('gateway');
    await refused(byCommand(address, 'SG1.nonsense'), /not a token: sealgate cluster token/);
    const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'Q' : 'A'}`;
    await refused(byCommand(address, wrong), /does not know this token .*copy it whole/);
    const parts = token.split('.');
    parts[1] = 'ab'.repeat(32);
    await refused(
      byCommand(address, parts.join('.')),
      /belongs to another cluster .* Nothing was said to it/,
    );
    await refused(byCommand('localhost:1', token), /No member of a cluster answers on localhost:1/);
  });

  it('comes with a token that was used, or has expired', async () => {
    const used = await cluster.token('gateway');
    await cluster.attempt(used);
    await refused(byCommand(...used), /Another gateway has used this token\. Make a new one/);
    const late = await cluster.token('gateway');
    await expire(late[1]);
    await refused(byCommand(...late), /The token has expired.*Make a new one/);
  });

  it('has the name of a member, a wrong clock, or an older version', async () => {
    const words = await cluster.token('gateway');
    await refused(byCommand(...words), /Another member has this name\. Set another `node`/, 'gw-1');
    const ahead = (): number => Date.now() + 2 * 60_000;
    await refused(
      joinAt(await cluster.token('gateway'), ahead),
      /clock .* differs by 1\d\d s .* Set it, then join/,
    );
    const [address, token] = await cluster.token('gateway');
    await refused(
      () => askToJoin(address, readToken(token)!, requestOf(token, '0.0.9')),
      new RegExp(`than the cluster \\(${VERSION}\\)\\. Upgrade it, then join`),
    );
  });

  it('goes on with the same token when what was wrong is mended', async () => {
    const words = await cluster.token('gateway');
    const stranger = await cluster.stranger({}, 'late-clock');
    await assert.rejects(joinAt(words, () => Date.now() - HOUR_MS)(stranger), /Set it, then join/);
    await joinAt(words, Date.now)(stranger);
    await isMember(stranger, 'late-clock');
  });
});

describe('a join that is cut off', () => {
  it('goes on with the same command, wherever it was killed, and loses nothing', async () => {
    let killed = 0;
    for (let n = 1; ; n += 1) {
      const name = `cut-${n}`;
      const stranger = await cluster.stranger({}, name);
      // Of a gateway on its own, to be moved aside once.
      mkdirSync(stranger.layout.ledger, { recursive: true });
      writeFileSync(join(stranger.layout.ledger, 'old'), name);
      const words = ['cluster', 'join', ...(await cluster.token('gateway'))];
      const kill = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename,renameat,renameat2'];
      const at = `inject=rename,renameat,renameat2:signal=SIGKILL:when=${n}`;
      const { code } = await cliUnder([...kill, '-e', at], stranger.settingsFile, ...words);
      const wasKilled = code !== 0;
      if (wasKilled) {
        killed += 1;
        await succeeds(cli(stranger.settingsFile, ...words));
      }
      await isMember(stranger, name);
      const aside = readdirSync(stranger.layout.root).filter((folder) => folder.startsWith('before-join-'));
      assert.equal(aside.length, 1);
      assert.equal(readFileSync(join(stranger.layout.root, aside[0]!, 'ledger', 'old'), 'utf8'), name);
      if (!wasKilled) break;
    }
    assert.ok(killed >= 10, `${killed} places`);
  });
});

/** Its files fit together, and the cluster knows it by them. */
async function isMember({ layout }: Stranger, name: string): Promise<void> {
  const { members } = await cluster.status(cluster.first);
  const member = members.find((one) => one.name === name);
  const identity = loadIdentity(layout.ledger, '');
  assert.equal(identity.node, member?.node);
  assert.equal(readClusterFile(layout)?.node, member?.node);
  for (const part of ['gateway', 'etcd-client']) {
    const certificate = new X509Certificate(readFileSync(join(layout.cluster, `${part}.crt`)));
    const key = createPublicKey(readFileSync(join(layout.cluster, `${part}.key`)));
    assert.ok(certificate.publicKey.equals(key), part);
  }
  assert.ok(!existsSync(join(layout.cluster, 'joining')));
}

/** As an hour does. */
async function expire(token: string): Promise<void> {
  const { layout } = cluster.first;
  const file = readClusterFile(layout)!;
  const root = quorumAccess(layout, file, engineEndpoints(file), 'etcd-root');
  try {
    const key = `token/${token.split('.')[ID]}`;
    const [found] = (await root.range({ key })).values;
    const record = JSON.parse(Buffer.from(found!.value).toString('utf8')) as { expiresAtMs: number };
    const value = Buffer.from(JSON.stringify({ ...record, expiresAtMs: record.expiresAtMs - 2 * HOUR_MS }));
    await root.txn({ compare: [], success: [{ type: 'put', key, value }] });
  } finally {
    root.close();
  }
}

function requestOf(token: string, version: string): JoinRequest {
  const { id, secret } = readToken(token)!;
  return {
    ...{
      v: 1,
      tokenId: id,
      secret,
      witness: false,
      node: 'old-00000001',
      name: 'old',
      version,
      engine: 'own',
      reads: 1,
    },
    ...{ atMs: Date.now(), publicKey: 'AAAA', nodeKey: 'AAAA', publicKeys: {}, site: '' },
    ...{ peerAddress: 'localhost:2', etcdClient: 'https://localhost:3', etcdPeer: 'https://localhost:4' },
  };
}
