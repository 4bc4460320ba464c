/**
 * R7 (targets.md): wires between the gateways of a cluster of three are cut under load: the leader's, a follower's, one
 * way only. Changes go on at all that the majority reaches, mail everywhere; the logs are one after healing.
 */
import { Wires } from '../cluster/wires.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { leaderOf } from './cluster-nemesis.ts';
import { ClusterStage, type FaultResult } from './cluster-stage.ts';
import { seededRandom } from './seeded-random.ts';

/** What is cut between one gateway, the leader or a follower, and all others, or one of them. */
const CUTS = ['off', 'mute', 'deaf', 'deaf to one'] as const;
const VICTIMS = ['leader', 'follower'] as const;
/** Mail goes on also where no other gateway can be reached; such mail has one copy, and says so. */
const SETTINGS = { spool: { shadow: 'prefer', selfFenceGraceMs: 5000 } };

export async function cutWires(rounds: number, seed: number): Promise<FaultResult> {
  const wires = new Wires();
  const stage = await ClusterStage.start(seed, { wires, settings: SETTINGS });
  try {
    const random = seededRandom(seed);
    const start = Math.floor(random() * CUTS.length * VICTIMS.length);
    for (let n = start; n < start + rounds; n += 1) await cutOne(stage, wires, n, random);
    return await stage.end(rounds);
  } finally {
    wires.heal();
    await stage.remove();
  }
}

async function cutOne(stage: ClusterStage, wires: Wires, n: number, random: () => number): Promise<void> {
  const leader = await leaderOf(stage.gateways);
  if (!leader) throw new Error('nobody leads');
  const role = VICTIMS[n % VICTIMS.length]!;
  const followers = stage.others(leader);
  const victim = role === 'leader' ? leader : followers[Math.floor(random() * followers.length)]!;
  const cut = CUTS[Math.floor(n / VICTIMS.length) % CUTS.length]!;
  const others = stage.others(victim);
  const beganMs = performance.now();
  if (cut === 'off') wires.isolate(victim.folder);
  else if (cut === 'deaf to one') {
    wires.cut(pick(others, random).folder, victim.folder);
  } else {
    for (const { folder } of others) {
      if (cut === 'mute') wires.cut(victim.folder, folder);
      else wires.cut(folder, victim.folder);
    }
  }
  await stage.goesOn(others, beganMs);
  stage.recoveredMs.push(performance.now() - beganMs);
  await stage.mailGoesOn(victim, beganMs);
  wires.heal();
  const endedMs = performance.now();
  stage.fault(`${role} ${cut}`, { beganMs, endedMs });
  for (const gateway of stage.gateways) await stage.cluster.whole(gateway);
  await stage.goesOn(stage.gateways, endedMs);
}

const pick = (gateways: readonly Gateway[], random: () => number): Gateway =>
  gateways[Math.floor(random() * gateways.length)]!;
