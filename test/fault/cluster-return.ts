/**
 * R11, R12 (targets.md): gateways of a cluster of three come back under load: restarted one after the other, after a kill
 * that tore the end of their log, with an old log, with another signing key. Repaired or refused, the others unharmed.
 */
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { loadIdentity, writeIdentity } from '#node/ledger/identity.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { lose } from './cluster-nemesis.ts';
import { ClusterStage, type FaultResult } from './cluster-stage.ts';
import { seededRandom } from './seeded-random.ts';

const TORN_BYTES_MAX = 4000; // Some events of the load; LevelDB's records of it lie at the end of its newest log.
const APPEARS_MS = 60_000;

export async function comeBackAll(rounds: number, seed: number): Promise<FaultResult> {
  const stage = await ClusterStage.start(seed, {});
  try {
    const random = seededRandom(seed);
    for (let n = 0; n < rounds; n += 1) {
      for (const gateway of stage.gateways) await restart(stage, gateway);
      for (const harm of [tornTail, oldLog, otherKey]) {
        const victim = stage.gateways[Math.floor(random() * stage.gateways.length)]!;
        await harm(stage, victim, random);
      }
    }
    return await stage.end(rounds);
  } finally {
    await stage.remove();
  }
}

/** As an upgrade does it: its engine goes on meanwhile. */
async function restart(stage: ClusterStage, gateway: Gateway): Promise<void> {
  const beganMs = performance.now();
  stage.endLoadOn(gateway);
  await gateway.stop();
  await stage.goesOn(stage.others(gateway), beganMs);
  await gateway.start();
  stage.fault('restarted', { beganMs, endedMs: performance.now() });
  await back(stage, gateway, beganMs);
}

async function tornTail(stage: ClusterStage, gateway: Gateway, random: () => number): Promise<void> {
  const beganMs = await gone(stage, gateway);
  const folder = join(gateway.layout.ledger, 'log');
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1)!;
  const path = join(folder, newest);
  truncateSync(path, Math.max(0, statSync(path).size - Math.ceil(random() * TORN_BYTES_MAX)));
  await gateway.start();
  stage.fault('torn tail', { beganMs, endedMs: performance.now() });
  await back(stage, gateway, beganMs);
}

/** A copy of its log from before changes that the others have made since. */
async function oldLog(stage: ClusterStage, gateway: Gateway): Promise<void> {
  const { ledger } = gateway.layout;
  const copy = `${ledger}.old`;
  await gone(stage, gateway);
  cpSync(ledger, copy, { recursive: true });
  await gateway.start();
  await stage.cluster.whole(gateway);
  stage.loadOn(gateway);
  await stage.changesGoOn(gateway);
  const beganMs = await gone(stage, gateway);
  rmSync(ledger, { recursive: true });
  cpSync(copy, ledger, { recursive: true });
  rmSync(copy, { recursive: true });
  await gateway.start();
  stage.fault('old log', { beganMs, endedMs: performance.now() });
  await back(stage, gateway, beganMs);
}

/** Whoever signs with a key that was not admitted changes nothing, and does the others no harm. */
async function otherKey(stage: ClusterStage, gateway: Gateway): Promise<void> {
  const { ledger } = gateway.layout;
  const beganMs = await gone(stage, gateway);
  const copies = ['identity.json', 'signing.key'].map((name) => join(ledger, name));
  for (const path of copies) cpSync(path, `${path}.kept`);
  const { clusterId, node } = loadIdentity(ledger, '');
  const signingKey = generateKeyPairSync('ed25519').privateKey;
  writeIdentity(ledger, {
    clusterId,
    node,
    signingKey: signingKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  });
  const started = gateway.start();
  const refused = (): boolean => gateway.output().includes('is not the one that the cluster knows');
  await stage.wait(refused, 'a gateway with another signing key is not refused');
  await stage.goesOn(stage.others(gateway), performance.now());
  await lose(gateway);
  for (const path of copies) cpSync(`${path}.kept`, path);
  await gateway.start();
  await started; // It has waited for a gateway that is ready.
  stage.fault('other key', { beganMs, endedMs: performance.now() });
  await back(stage, gateway, beganMs);
}

async function gone(stage: ClusterStage, gateway: Gateway): Promise<number> {
  stage.endLoadOn(gateway);
  await lose(gateway);
  const goneMs = performance.now();
  stage.fault('killed', { beganMs: goneMs, endedMs: goneMs });
  await stage.goesOn(stage.others(gateway), goneMs);
  return goneMs;
}

/** It serves what the others decided while it was away, and takes part again. */
async function back(stage: ClusterStage, gateway: Gateway, sinceMs: number): Promise<void> {
  for (const each of stage.gateways) await stage.cluster.whole(each);
  stage.recoveredMs.push(performance.now() - sinceMs);
  const domain = `round-${stage.faults.length}.example`;
  await stage.others(gateway)[0]!.admin.change('people.addDomain', { domain, reason: 'test' });
  const served = async (): Promise<boolean> => {
    const rows = await gateway.admin.query<{ domain: string }[]>('people.domains');
    return rows.some((row) => row.domain === domain);
  };
  await until(served, APPEARS_MS, () => `${domain} is not on the gateway that came back`);
  const backMs = performance.now();
  stage.loadOn(gateway);
  await stage.goesOn(stage.gateways, backMs);
}
