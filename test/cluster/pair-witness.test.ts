/**
 * A pair with a witness on a third box: either gateway may die; changes go on, and what it had accepted is delivered by the
 * other (features.md C2). The witness holds no mail and no key.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { type NextHop, nextHop } from '../node/send/next-hop.ts';
import { dies } from './kill-gateway.ts';
import { type Replacing, replacing } from './replacing.ts';
import { addDomain, cli, ScratchCluster, succeeds } from './run-cluster.ts';
import { tellsCondition } from './tells-condition.ts';

const WITHIN_MS = 120_000;
const OURS = 'ours.example';
let cluster: ScratchCluster;
let first: Gateway;
let second: Gateway;
let witness: string;
let started: Replacing | null = null;
let ofFirst: NextHop;
let ofSecond: NextHop;

const routedTo = ({ port }: NextHop): Record<string, object> => ({
  send: { routes: [{ domain: OURS, host: '127.0.0.1', port, tls: 'none' }], retryAfterMs: [500] },
});

before(async () => {
  [ofFirst, ofSecond] = [await nextHop(), await nextHop()];
  cluster = await ScratchCluster.start({ settings: routedTo(ofFirst) });
  await cluster.init();
  await addDomain(cluster.first, OURS);
  await cluster.join('auto', cluster.first, routedTo(ofSecond));
  [first, second] = cluster.gateways as [Gateway, Gateway];
});
after(async () => {
  started?.kill();
  await cluster?.remove();
  await ofFirst.close();
  await ofSecond.close();
});

async function send(on: Gateway, name: string): Promise<void> {
  const mail = `From: a@partner.example\r\nSubject: ${name}\r\nMessage-ID: <${name}@partner.example>\r\n\r\n${name}\r\n`;
  await submit(on.outsidePort, { from: 'a@partner.example', to: [`b@${OURS}`], mail });
}

const has = ({ mails }: NextHop, name: string): boolean =>
  mails.some(({ raw }) => raw.toString('latin1').includes(`Subject: ${name}`));

async function arrives(at: NextHop, name: string): Promise<void> {
  await until(
    () => has(at, name),
    WITHIN_MS,
    () => `${name} has not arrived\n${cluster.output()}`,
  );
}

/** The same gateway where one copy is not enough: no mail, and it says so. */
async function demandsCopies(): Promise<void> {
  const settings = readFileSync(first.settingsFile, 'utf8');
  await first.stop();
  writeFileSync(first.settingsFile, `${settings}spool:\n  shadow: require\n`);
  await first.start();
  const sentence = /no other gateway is there for the second copy/;
  const { ready } = await tellsCondition(cluster, first, 'no-second-copy', sentence);
  assert.equal(ready, false);
  await addDomain(first, 'changes-can-be-made.example');
  await assert.rejects(send(first, 'not accepted'), /451/);
  await first.stop();
  writeFileSync(first.settingsFile, settings);
  await first.start();
  await cluster.settled(first, ({ writable }) => writable);
}

describe('a pair of gateways', () => {
  it('is one voter and a standby; a token for the second says what a third machine makes of it', async () => {
    const { members } = await cluster.settled(first, ({ members: all }) => all.every((m) => m.alive));
    assert.deepEqual(
      members.map(({ role }) => role),
      ['voter', 'standby'],
    );
    const { out } = await succeeds(cli(first.settingsFile, 'cluster', 'token', '--role', 'witness'));
    assert.match(out, /sealgate witness join .*\n.*\nwith the witness gw-2 votes, too/);
  });

  it('takes a witness, which has no log, no mail and no key of the cluster; then three vote', async () => {
    witness = await cluster.witness();
    await cluster.voting(3);
    const data = join(dirname(witness), 'data');
    assert.deepEqual(readdirSync(data).sort(), ['cluster', 'etcd']);
    for (const key of ['etcd-root.key', 'etcd-client.key', 'gateway.key'])
      assert.ok(!existsSync(join(data, 'cluster', key)), key);
    await cluster.settled(second, ({ mode, writable }) => mode === 'voter' && writable);
    const { out } = await cli(first.settingsFile, 'cluster');
    assert.match(out, /witness +witness-[0-9a-f]{8} +witness .* there/);
  });

  it('goes on when one gateway dies: changes, and the mail that it had accepted', async () => {
    ofSecond.script = { on: (line) => (line.startsWith('RCPT') ? '451 4.2.0 not now' : undefined) };
    const accepted = (): Promise<boolean> =>
      send(second, 'accepted').then(
        () => true,
        () => false,
      );
    await cluster.whole(second);
    await until(accepted, WITHIN_MS, () => cluster.output());
    await dies(second);
    await addDomain(first, 'second-is-gone.example');
    await arrives(ofFirst, 'accepted');
    await send(first, 'alone');
    await arrives(ofFirst, 'alone');
    await tellsCondition(cluster, first, 'one-copy', /mail is accepted on one copy/);
    await demandsCopies();
    ofSecond.script = {};
    await second.start();
    await cluster.appears(second, 'second-is-gone.example');
    await cluster.voting(3);
  });

  it('goes on when the other one dies', async () => {
    await dies(first);
    await cluster.settled(second, ({ writable, members }) => writable && members.some((m) => !m.alive));
    await addDomain(second, 'first-is-gone.example');
    await first.start();
    await cluster.appears(first, 'first-is-gone.example');
    await cluster.voting(3);
  });

  it('tells when the witness is away, and takes it back', async () => {
    await succeeds(cli(witness, 'cluster', 'stop-engine'));
    await cluster.settled(first, ({ condition }) => condition === 'witness-gone');
    await addDomain(first, 'witness-is-gone.example');
    await succeeds(cli(witness, 'witness', 'start', '--once'));
    await cluster.settled(first, ({ condition }) => condition === 'well');
  });

  it('waits for its witness, and says what to run there, when a removed gateway knew its authorities', async () => {
    await cluster.join('gateway');
    await succeeds(
      cli(first.settingsFile, 'cluster', 'remove', 'gw-3', '--without-drain', '--reason', 'stolen'),
    );
    const waits = (step: number) =>
      cluster.settled(
        first,
        ({ progress, writable }) =>
          writable &&
          progress.some((text) => text.includes(`step ${step} of 3; waits for the witness: sealgate`)),
      );
    for (const step of [1, 3]) {
      await waits(step);
      await succeeds(cli(witness, 'witness', 'join', ...(await cluster.token('witness'))));
    }
    await cluster.settled(first, ({ progress, writable }) => writable && progress.length === 0);
    await cluster.voting(3);
    await addDomain(second, 'renewed.example');
    await cluster.appears(first, 'renewed.example');
  });

  it('has its lost witness replaced by one command', async () => {
    await succeeds(cli(witness, 'cluster', 'stop-engine'));
    await cluster.settled(first, ({ condition }) => condition === 'witness-gone');
    started = replacing(first, 'witness');
    witness = await cluster.witness(await started.offer());
    assert.equal(await started.ended, 0, `${started.said()}\n${cluster.output()}`);
    await cluster.voting(3);
  });

  it('takes a voter anew that lost the data of its engine: it must not vote twice under one id', async () => {
    await second.stop();
    await succeeds(cli(second.settingsFile, 'cluster', 'stop-engine'));
    const [generation = ''] = readdirSync(second.layout.etcd).filter((name) => name.startsWith('gen'));
    const data = join(second.layout.etcd, generation, 'data');
    rmSync(data, { recursive: true });
    // As a first start leaves it that found none of the others.
    mkdirSync(join(data, 'member', 'snap'), { recursive: true });
    await second.start();
    await until(
      () => second.output().includes('the data of the engine are lost'),
      WITHIN_MS,
      () => cluster.output(),
    );
    await cluster.voting(3);
    await addDomain(second, 'votes-anew.example');
    await cluster.appears(first, 'votes-anew.example');
  });

  it('says why its etcd does not start, and goes on when that is out of the way', async () => {
    const { cluster: own } = parse(readFileSync(second.settingsFile, 'utf8')) as {
      cluster: { etcd: { clientPort: number } };
    };
    await second.stop();
    await succeeds(cli(second.settingsFile, 'cluster', 'stop-engine'));
    const other = createServer().listen(own.etcd.clientPort, '127.0.0.1');
    await once(other, 'listening');
    try {
      await second.start();
      await cluster.settled(second, ({ progress }) => /address already in use/.test(progress.join()));
    } finally {
      other.close();
    }
    await cluster.voting(3);
    await cluster.settled(second, ({ progress, writable }) => progress.length === 0 && writable);
  });

  it('becomes a pair without a third box again; a removed witness joins as a new one', async () => {
    const words = ['cluster', 'remove', 'witness', '--reason', 'test'] as const;
    const refused = await cli(first.settingsFile, ...words);
    assert.match(refused.error, /Two voters would be left/);
    await succeeds(cli(first.settingsFile, ...words, '--to-pair'));
    await cluster.voting(1);
    await cluster.settled(second, ({ mode, writable }) => mode === 'client' && writable);
    const again = await cli(witness, 'witness', 'join', ...(await cluster.token('witness')));
    assert.match(again.error, /This witness was removed/);
    await succeeds(cli(witness, 'witness', 'join', ...(await cluster.token('witness'))));
    await cluster.voting(3);
    await addDomain(second, 'three-again.example');
    await cluster.appears(first, 'three-again.example');
  });
});
