/**
 * `npm run fault`: the long fault runs, each with its seed, so that it can be played again.
 *
 *   run.ts [kills] [seed]           default: 300 kills (targets.md R1), a seed of the moment
 *   run.ts fuzz [seconds] [seed]    every reader of hostile octets (R15); default: 120 seconds each, ten minutes in all
 *   run.ts cluster-partition|-pause|-lost|-replacement|-return|-control [rounds] [seed]
 *                                   three gateways (R7–R12), default: the numbers of targets.md; control: the second
 *                                   copy is off, and the run fails unless it sees lost mails
 */
import { spawnSync } from 'node:child_process';
import { CLUSTER_RUNS, runCluster } from './cluster-runs.ts';
import { killUnderLoad } from './kill-load.ts';

const FUZZ_SECONDS = 120;
const FUZZED = [
  'test/domain/mail',
  'test/node/crypto/cms',
  'test/node/crypto/x509',
  'test/node/crypto/openpgp',
];

if (process.argv[2] === 'fuzz') {
  const seconds = Number(process.argv[3] ?? FUZZ_SECONDS);
  const seed = Number(process.argv[4] ?? Date.now() % 1_000_000);
  console.log(`R15: ${seconds} seconds each, seed ${seed}`);
  const files = [...FUZZED, 'test/node/receive'].map((folder) => `${folder}/fuzz.test.ts`);
  const fuzzed = spawnSync(process.execPath, ['test/run.ts', ...files], {
    stdio: 'inherit',
    env: { ...process.env, SEALGATE_FUZZ_SECONDS: String(seconds), SEALGATE_FUZZ_SEED: String(seed) },
  });
  process.exit(fuzzed.status ?? 1);
}

const [name = '', ...numbers] = process.argv.slice(2);
const clusterRun = CLUSTER_RUNS[name];
if (clusterRun) {
  const [rounds, seed] = numbers.map(Number);
  const well = await runCluster(clusterRun, rounds, seed);
  console.log(!well ? 'FAILED' : clusterRun.mustLose ? 'the loss was seen' : 'nothing lost');
  process.exit(well ? 0 : 1);
}

const KILLS = Number(process.argv[2] ?? 300);
const SEED = Number(process.argv[3] ?? Date.now() % 1_000_000);
const KILLS_PER_GATEWAY = 50; // Then a fresh one: its mails are compared one by one, in memory.
const BUDGET_MS = 15 * 60_000;
const SPOOL_RUNS = Math.min(KILLS, 200); // Kills exactly at the N-th sync (targets.md R1).

let failed = false;
for (let done = 0, round = 0; done < KILLS; round += 1) {
  const kills = Math.min(KILLS_PER_GATEWAY, KILLS - done);
  console.log(`R1: ${kills} kills, seed ${SEED + round}`);
  const counted = await killUnderLoad(kills, SEED + round, BUDGET_MS);
  console.log(JSON.stringify(counted));
  failed ||= counted.lost.length > 0 || counted.unexplained.length > 0;
  done += kills;
}

console.log(`R1, R3, R4: the spool, ${SPOOL_RUNS} kills at syncs; the gateway's disk`);
const files = ['test/fault/spool.test.ts', 'test/fault/disk.test.ts'];
const rest = spawnSync(process.execPath, ['test/run.ts', ...files], {
  stdio: 'inherit',
  env: { ...process.env, SEALGATE_FAULT_RUNS: String(SPOOL_RUNS) },
});
failed ||= rest.status !== 0;

console.log(failed ? 'FAILED' : 'nothing lost');
process.exitCode = failed ? 1 : 0;
