/**
 * The cluster in short, for health. The ledger's view is of now; what the members of the engine say of themselves is what
 * they said the last time: a dead one would let health wait for its timeout.
 */
import type { ClusterDetails } from '#node/cluster/cluster-administration.ts';
import type { ClusterClient } from '#node/ledger/cluster-client.ts';
import { readCounts } from '#node/shadow/counts-file.ts';
import type { ClusterGlance } from '#node/web/status-admin-port.ts';
import { conditionOf, memberRows } from './cluster-members.ts';
import type { PortParts } from './parts.ts';

const NOTHING_KNOWN = { engine: [], room: null } as const;
const ASK_AGAIN_MS = 5_000; // The page's own rhythm.

/** Rejects as the ledger's calls do; null on a gateway on its own. */
export function clusterGlance(
  { ledger, settings, layout }: Pick<PortParts, 'ledger' | 'settings' | 'layout'>,
  cluster: Pick<ClusterClient, 'view' | 'details'>,
): () => Promise<ClusterGlance | null> {
  let known: Pick<ClusterDetails, 'engine' | 'room'> = NOTHING_KNOWN;
  let askedMs = Number.NEGATIVE_INFINITY;

  function askEngine(): void {
    const nowMs = performance.now();
    if (nowMs - askedMs < ASK_AGAIN_MS) return;
    askedMs = nowMs;
    cluster.details().then(
      (details) => {
        known = details;
      },
      () => {
        known = NOTHING_KNOWN;
      },
    );
  }

  return async () => {
    const [view, log] = await Promise.all([cluster.view(), ledger.status()]);
    if (view.mode === 'single') return null;
    askEngine();
    const { engine, room } = known;
    const facts = { view, log, engine };
    const rows = memberRows(facts);
    const condition = conditionOf(facts, rows, settings, readCounts(layout.shadowCounts));
    if (condition === null) return null;
    const members = rows.map(({ name, role, isSelf, alive, behind }) => ({
      ...{ name, role, isSelf, alive, behind },
    }));
    return { condition, generation: view.generation, members, room };
  };
}
