/** What the ledger answers about the cluster, and what it does for operators and joiners. */
import type { ClusterAdministration } from '#node/cluster/cluster-administration.ts';
import type { IpcService } from '#node/ipc/server.ts';
import type { ClusterPort, ClusterView } from './cluster-port.ts';
import type { LedgerCalls } from './wire.ts';

export function clusterCalls(
  cluster: ClusterPort,
  administration: ClusterAdministration,
): IpcService['calls'] {
  return {
    'cluster.view': () => cluster.view(),
    'cluster.claimSpool': ({ node, epoch }: LedgerCalls['cluster.claimSpool']) =>
      cluster.claimSpool(node, epoch),
    'cluster.renewSpool': () => cluster.renewSpool(),
    'cluster.leads': ({ job }: LedgerCalls['cluster.leads']) => cluster.leads(job),
    'cluster.form': ({ meta }: LedgerCalls['cluster.form']) => administration.form(meta),
    'cluster.token': ({ role, meta }: LedgerCalls['cluster.token']) => administration.token(role, meta),
    'cluster.admit': (request: LedgerCalls['cluster.admit']) => administration.admit(request),
    'cluster.remove': ({ request, meta }: LedgerCalls['cluster.remove']) =>
      administration.remove(request, meta),
    'cluster.readmit': ({ node, request }: LedgerCalls['cluster.readmit']) =>
      administration.readmit(node, request),
    'cluster.recover': ({ request, meta }: LedgerCalls['cluster.recover']) =>
      administration.recover(request, meta),
    'cluster.details': () => administration.details(),
  };
}

/** The newest view each time the other side is ready for one; those in between are left out. */
export async function pushViews(
  cluster: ClusterPort,
  push: (item: unknown) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let newest: ClusterView | null = null;
  let wake: () => void = () => {};
  const subscription = cluster.follow((view) => {
    newest = view;
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      const view: ClusterView | null = newest;
      newest = null;
      if (view) await push(view);
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    subscription.stop();
  }
}
