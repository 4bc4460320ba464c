/**
 * P18: the leader is killed under load: time until an append that was called after it is recorded, for the replicated
 * log and for the bare engine (puts of their own every 50 ms) at the same kill. Both ask a follower first, as gateways do that have a member of their own.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type BenchRow, type Round, rowOf } from './bench-row.ts';
import { barePut, replicatedSide } from './replicated-side.ts';

const KILLS = 5;
const LOAD_MS = 1_000;
const EVERY_MS = 50;

export async function bench(): Promise<BenchRow[]> {
  const side = await replicatedSide();
  try {
    const rounds: Round[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      if ((await side.etcd.leader()) === 0) await leadElsewhere(side.etcd);
      const leader = await side.etcd.leader();
      const product = untilRecorded(() => side.append());
      const anchor = untilRecorded(() => barePut(side.bare));
      await pause(LOAD_MS);
      const killed = performance.now();
      await side.etcd.kill(leader);
      const both = await Promise.all([product.firstAfter(killed), anchor.firstAfter(killed)]);
      rounds.push({ product: both[0], anchor: both[1] });
      await side.etcd.restart(leader);
    }
    return [rowOf('P18', 'leader killed, first commit again, against the bare engine', 'ms', rounds)];
  } finally {
    await side.dispose();
  }
}

async function leadElsewhere(etcd: Awaited<ReturnType<typeof replicatedSide>>['etcd']): Promise<void> {
  const { memberId } = await etcd.administration.status(etcd.addresses[1]!);
  await etcd.administration.moveLeader(etcd.addresses[0]!, memberId);
}

/** A commit every EVERY_MS, whatever became of those before, until one that was begun after the given moment is recorded. */
function untilRecorded(commit: () => Promise<unknown>) {
  const recorded = Promise.withResolvers<number>();
  let afterMs = Number.POSITIVE_INFINITY;
  const timer = setInterval(() => {
    const begunMs = performance.now();
    commit().then(
      () => {
        if (begunMs > afterMs) recorded.resolve(performance.now() - afterMs);
      },
      () => {}, // The next one is on its way.
    );
  }, EVERY_MS);
  return {
    firstAfter(ms: number): Promise<number> {
      afterMs = ms;
      return recorded.promise.finally(() => clearInterval(timer));
    },
  };
}
