/**
 * A positive control of the faults of R9: the same loss of a gateway with the second copy switched off. What these runs
 * count must then show lost mails; when it does not, it would not show them in the other runs either.
 */
import { pileUpAndLose } from './cluster-lost.ts';
import { ClusterStage, type FaultResult } from './cluster-stage.ts';
import { seededRandom } from './seeded-random.ts';

const SETTINGS = { spool: { shadow: 'off' } };

export async function loseWithoutCopies(rounds: number, seed: number): Promise<FaultResult> {
  const stage = await ClusterStage.start(seed, { settings: SETTINGS });
  try {
    const lost = await pileUpAndLose(stage, seededRandom(seed));
    await stage.goesOn(stage.others(lost), performance.now());
    return await stage.end(rounds, stage.others(lost));
  } finally {
    await stage.remove();
  }
}
