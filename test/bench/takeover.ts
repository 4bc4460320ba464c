/**
 * R9: a gateway is killed with mails in its queue: seconds until another gateway has delivered the last one that it had
 * accepted. With the lease of production (15 s), which has to run out first.
 */
import { addDomain, ScratchCluster } from '../cluster/run-cluster.ts';
import { lose } from '../fault/cluster-nemesis.ts';
import { childrenOf } from '../fault/process-tree.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { type BenchRow, figureOf } from './bench-row.ts';

const ROUNDS = 3;
const MAILS = 50;
const LEASE_MS = 15_000;
const WITHIN_MS = 180_000;
const FROM = 'someone@sender.example';
const TO = 'someone@ours.example';

export async function bench(): Promise<BenchRow[]> {
  const settings = { cluster: { leaseTtlMs: LEASE_MS }, spool: { shadow: 'require' } };
  const cluster = await ScratchCluster.start({ settings });
  try {
    await cluster.init();
    await addDomain(cluster.first, 'ours.example');
    const dies = await cluster.join('gateway');
    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round > 0) await dies.start();
      for (const gateway of cluster.gateways) await cluster.whole(gateway);
      seconds.push(await killToDelivery(cluster.first, dies, round));
    }
    return [
      figureOf('R9', `kill to delivery of the last accepted mail, lease ${LEASE_MS / 1000} s`, 's', seconds),
    ];
  } finally {
    await cluster.remove();
  }
}

async function killToDelivery(stays: Gateway, dies: Gateway, round: number): Promise<number> {
  const mark = (n: number): string => `round ${round} mail ${n}.`;
  await until(
    () =>
      send(dies, mark(0)).then(
        () => true,
        () => false,
      ),
    WITHIN_MS,
    () => dies.output(),
  );
  await dies.arrival(TO, ({ text }) => text.includes(mark(0)));
  const delivering = childrenOf(dies.process().pid ?? 0).find(({ name }) => name === 'send');
  if (!delivering) throw new Error('send does not run');
  process.kill(delivering.pid, 'SIGSTOP');
  for (let n = 1; n <= MAILS; n += 1) await send(dies, mark(n));
  const killedMs = performance.now();
  await lose(dies);
  let lastMs = 0;
  for (let n = 1; n <= MAILS; n += 1) {
    const { atMs } = await stays.arrival(TO, ({ text }) => text.includes(mark(n)));
    lastMs = Math.max(lastMs, atMs);
  }
  return (lastMs - killedMs) / 1000;
}

async function send(by: Gateway, text: string): Promise<void> {
  const mail = `From: ${FROM}\r\nTo: ${TO}\r\nSubject: takeover\r\n\r\n${text}\r\n`;
  await submit(by.outsidePort, { from: FROM, to: [TO], mail });
}
