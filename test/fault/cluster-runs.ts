/** The long runs on a cluster of three gateways by name, with the numbers of targets.md (R7–R12). */
import { loseWithoutCopies } from './cluster-control.ts';
import { stopAndLose } from './cluster-lost.ts';
import { cutWires } from './cluster-partition.ts';
import { comeBackAll } from './cluster-return.ts';
import { type FaultResult, wrongOf } from './cluster-stage.ts';

interface ClusterRun {
  readonly target: string;
  readonly rounds: number;
  /** Then a fresh cluster; ROUNDS_PER_CLUSTER when not given. */
  readonly perCluster?: number;
  run(rounds: number, seed: number): Promise<FaultResult>;
  /** A control: it is well when mails are lost. */
  readonly mustLose?: true;
}

const PAST_EVENTS = 1_000_000;
const ROUNDS_PER_CLUSTER = 10; // Mails and events are compared one by one, in memory.

export const CLUSTER_RUNS: Readonly<Record<string, ClusterRun>> = {
  'cluster-partition': { target: 'R7', rounds: 60, run: cutWires },
  'cluster-pause': {
    target: 'R8',
    rounds: 20,
    run: (pauses, seed) => stopAndLose({ pauses, losses: 0, past: 0 }, seed),
  },
  'cluster-lost': {
    target: 'R9',
    rounds: 20,
    run: (losses, seed) => stopAndLose({ pauses: 0, losses, past: 0 }, seed),
  },
  'cluster-replacement': {
    target: 'R10',
    rounds: 3,
    perCluster: 1,
    run: (losses, seed) => stopAndLose({ pauses: 0, losses, past: PAST_EVENTS }, seed),
  },
  'cluster-control': {
    target: 'control of R9, second copy off',
    rounds: 1,
    perCluster: 1,
    run: loseWithoutCopies,
    mustLose: true,
  },
  'cluster-return': { target: 'R11, R12', rounds: 12, run: comeBackAll },
};

/** True when all went well; what went wrong is told with its seed. */
export async function runCluster(
  { target, rounds: usual, perCluster = ROUNDS_PER_CLUSTER, run, mustLose }: ClusterRun,
  rounds: number = usual,
  firstSeed: number = Date.now() % 1_000_000,
): Promise<boolean> {
  let well = true;
  for (let done = 0, seed = firstSeed; done < rounds; seed += 1) {
    const some = Math.min(perCluster, rounds - done);
    console.log(`${target}: ${some} rounds, seed ${seed}`);
    try {
      const result = await run(some, seed);
      console.log(JSON.stringify(result));
      well &&= mustLose ? result.lost.length > 0 : wrongOf(result).length === 0;
    } catch (error) {
      console.log(`seed ${seed}: ${(error as Error).stack}`);
      well = false;
    }
    done += some;
  }
  return well;
}
