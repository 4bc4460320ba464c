/** A gateway says how its cluster is in every place where it is asked: `/readyz`, metrics, the cluster's status, the command line. */
import assert from 'node:assert/strict';
import type { ClusterCondition } from '#node/web/cluster-condition.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { cli, type ScratchCluster } from './run-cluster.ts';

const WITHIN_MS = 120_000;

interface Readiness {
  readonly ready: boolean;
  readonly mode: string;
  readonly alarms: readonly string[];
}

/** Waits for it; `sentence` stands in what `sealgate status` prints. Gives what `/readyz` said. */
export async function tellsCondition(
  cluster: ScratchCluster,
  gateway: Gateway,
  condition: ClusterCondition,
  sentence: RegExp | null,
): Promise<Readiness> {
  let last: Readiness | null = null;
  const asked = async (): Promise<boolean> => {
    last = (await (await fetch(`${gateway.webUrl}/readyz`)).json()) as Readiness;
    return last.mode === condition && (condition === 'well') === (last.alarms.length === 0);
  };
  await until(asked, WITHIN_MS, () => `${JSON.stringify(last)}\n${cluster.output()}`);
  const metrics = await (await fetch(`${gateway.webUrl}/metrics`)).text();
  assert.match(metrics, new RegExp(`^sealgate_cluster_condition\\{condition="${condition}"\\} 1$`, 'm'));
  assert.equal((await cluster.status(gateway)).condition, condition);
  const { code, out } = await cli(gateway.settingsFile, 'status');
  assert.equal(code, condition === 'well' ? 0 : 1, out);
  if (sentence !== null) assert.match(out, sentence);
  return last as unknown as Readiness;
}
