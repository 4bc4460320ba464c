/**
 * R8, R9 (targets.md): gateways of a cluster of three are stopped for five seconds, or lost with accepted mail in their
 * spool. What they had accepted is delivered by the others; one that comes back delivers none of it again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ScratchClusterOptions } from '../cluster/run-cluster.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { leaderOf, lose, signalAll } from './cluster-nemesis.ts';
import { type CaughtUp, fillLog, replaceLost } from './cluster-replacement.ts';
import { ClusterStage, type FaultResult } from './cluster-stage.ts';
import { childrenOf } from './process-tree.ts';
import { seededRandom } from './seeded-random.ts';

const PAUSE_MS = 5000; // Of targets.md; the leases of these gateways last three.
const WAITING_MAILS = 10;

export interface Losses {
  /** Of the leader. */
  readonly pauses: number;
  /** The last one is for ever. */
  readonly losses: number;
  /** Then a new gateway takes its place, behind a past of so many events; 0: none does. */
  readonly past: number;
}

export interface LostResult extends FaultResult {
  readonly caughtUp: CaughtUp | null;
}

export async function stopAndLose(
  { pauses, losses, past }: Losses,
  seed: number,
  options: ScratchClusterOptions = {},
): Promise<LostResult> {
  const stage = await ClusterStage.start(seed, options);
  try {
    const random = seededRandom(seed);
    for (let n = 0; n < pauses; n += 1) await stopLeader(stage);
    let lost: readonly Gateway[] = [];
    for (let n = 0; n < losses; n += 1) {
      for (const gateway of lost) await comeBack(stage, gateway);
      lost = [await loseOne(stage, random)];
    }
    const survivor = stage.others(...lost)[0]!;
    if (past > 0) await fillLog(survivor, past);
    const caughtUp = past > 0 ? await replaceLost(stage, survivor) : null;
    return { ...(await stage.end(pauses + losses, stage.others(...lost))), caughtUp };
  } finally {
    await stage.remove();
  }
}

async function stopLeader(stage: ClusterStage): Promise<void> {
  const leader = await leaderOf(stage.gateways);
  if (!leader) throw new Error('nobody leads');
  const beganMs = performance.now();
  signalAll(leader, 'SIGSTOP');
  await stage.goesOn(stage.others(leader), beganMs);
  stage.recoveredMs.push(performance.now() - beganMs);
  await pause(Math.max(0, beganMs + PAUSE_MS - performance.now()));
  const endedMs = performance.now();
  signalAll(leader, 'SIGCONT');
  stage.fault('leader stopped', { beganMs, endedMs, stale: leader });
  await stage.cluster.whole(leader);
  await stage.goesOn(stage.gateways, endedMs);
}

async function loseOne(stage: ClusterStage, random: () => number): Promise<Gateway> {
  const { load, counter } = stage;
  const victim = await pileUpAndLose(stage, random);
  const lostMs = performance.now();
  const own = load.accepted.filter(({ gateway }) => gateway === victim);
  await stage.wait(() => counter.missing(own).length === 0, 'mails of a lost gateway are not delivered');
  stage.recoveredMs.push(performance.now() - lostMs);
  await stage.goesOn(stage.others(victim), lostMs);
  return victim;
}

/** Mails pile up in its spool, since a process behind it stands still; then nothing of it runs any more. */
export async function pileUpAndLose(stage: ClusterStage, random: () => number): Promise<Gateway> {
  const victim = stage.gateways[Math.floor(random() * stage.gateways.length)]!;
  const behind = random() < 0.5 ? 'send' : 'protect';
  const beganMs = performance.now();
  const children = childrenOf(victim.process().pid!);
  process.kill(children.find(({ name }) => name === behind)!.pid, 'SIGSTOP');
  const { load, counter } = stage;
  const own = (): typeof load.accepted => load.accepted.filter(({ gateway }) => gateway === victim);
  await stage.wait(
    () => counter.missing(own()).length >= WAITING_MAILS,
    `no mails pile up behind a ${behind} that stands still`,
  );
  stage.endLoadOn(victim);
  await lose(victim);
  const lostMs = performance.now();
  stage.fault(`lost, ${behind} first`, { beganMs, endedMs: lostMs });
  return victim;
}

async function comeBack(stage: ClusterStage, gateway: Gateway): Promise<void> {
  await gateway.start();
  for (const each of stage.gateways) await stage.cluster.whole(each);
  const sinceMs = performance.now();
  stage.loadOn(gateway);
  await stage.goesOn(stage.gateways, sinceMs);
}
