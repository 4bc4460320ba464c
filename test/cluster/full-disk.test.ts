/** The disk of one voter fills up: mail and changes go on with the others, and it is back by itself when there is room (R4, §8 18). */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { runningEtcd } from '#node/cluster/etcd-process.ts';
import { engineFolder } from '#node/cluster/own-engine.ts';
import { ledgerClient } from '#node/ledger/client.ts';
import { type SmallDisk, smallDisk } from '../fault/small-disk.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { stopEngines } from './etcd-leash.ts';
import { addDomain, ScratchCluster } from './run-cluster.ts';

const DISK_MB = 500; // Two files of etcd's log are 128; the log and the code cache of each process.
const WAIT_MS = 120_000;
const TO = 'someone@known.example';
let cluster: ScratchCluster;
let third: Gateway | undefined;
let folder: string;
let disk: SmallDisk | undefined;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealgate-full-'));
  cluster = await ScratchCluster.start();
  await cluster.init();
  await cluster.join();
  third = await cluster.join('auto', cluster.first, {}, (data) => {
    disk = smallDisk(folder, DISK_MB, data);
  });
  await cluster.voting(3);
  await addDomain(cluster.first, 'known.example');
});
after(async () => {
  await third?.stop();
  if (third) await stopEngines(third.layout);
  disk?.remove();
  await cluster?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const reply = (by: Gateway, words: string): Promise<string> => {
  const mail = `From: a@b.example\r\nTo: ${TO}\r\nSubject: test\r\n\r\n${words}\r\n`;
  return submit(by.outsidePort, { from: 'a@b.example', to: [TO], mail }).catch(
    (error: { response?: string }) => error.response ?? 'closed',
  );
};
const answers = (by: Gateway, words: string, code: string): Promise<void> =>
  until(
    async () => (await reply(by, words)).startsWith(code),
    WAIT_MS,
    () => `${code}\n${cluster.output()}`,
  );

it('goes on without the full one, which loses nothing and comes back by itself', async () => {
  const full = third!;
  for (const gateway of cluster.gateways) await answers(gateway, 'before', '250');
  const engine = engineFolder(full.layout, 1);
  const wasPid = runningEtcd(engine);
  disk!.fill();
  await answers(full, 'refused', '452');
  // Changes fill what is left of etcd's own files.
  let changes = 0;
  const ended = async (): Promise<boolean> => {
    changes += 1;
    await addDomain(cluster.first, `full-${changes}.example`);
    return runningEtcd(engine) !== wasPid || (await isBehind(full));
  };
  await until(ended, WAIT_MS, () => `the full one takes all changes\n${cluster.output()}`);
  await answers(cluster.first, 'without the full one', '250');
  await cluster.first.arrival(TO, ({ text }) => text.includes('without the full one'));
  disk!.empty();
  await cluster.voting(3);
  await cluster.whole(full);
  await addDomain(full, 'room-again.example');
  await cluster.appears(cluster.first, `room-again.example`);
  await answers(full, 'after', '250');
  const heads = async (): Promise<boolean> =>
    new Set(await Promise.all(cluster.gateways.map(headOf))).size === 1;
  await until(heads, WAIT_MS, () => `heads differ\n${cluster.output()}`);
  assert.notEqual(runningEtcd(engine), null);
});

async function headOf({ layout }: Gateway): Promise<string> {
  const ledger = ledgerClient(layout.ledgerSocket);
  try {
    const { position, hash } = await ledger.head();
    return `${position} ${Buffer.from(hash).toString('hex')}`;
  } finally {
    ledger.close();
  }
}

async function isBehind(full: Gateway): Promise<boolean> {
  const [mine, theirs] = await Promise.all([full, cluster.first].map(headOf));
  return Number(mine!.split(' ')[0]) < Number(theirs!.split(' ')[0]);
}
