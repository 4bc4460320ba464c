/** ClusterPort and ClusterAdministration over the ledger's socket; its calls outlast a restart of the ledger as those of `ledgerClient` do. */
import type { ClusterAdministration } from '#node/cluster/cluster-administration.ts';
import type { IpcStream } from '#node/ipc/client.ts';
import { ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import type { ClusterPort, ClusterView } from './cluster-port.ts';
import { LEDGER_WAIT_MS, pause, RETRY_MAX_MS, RETRY_MIN_MS, repeated } from './repeated-call.ts';
import type { LedgerCalls } from './wire.ts';

export interface ClusterClient extends ClusterPort, Omit<ClusterAdministration, 'close'> {
  close(): void;
}

export function clusterClient(socketPath: string, waitMs: number = LEDGER_WAIT_MS): ClusterClient {
  const ipc = ipcClient(socketPath, tokenFileOf(socketPath));
  const closed = new AbortController();

  function call<M extends keyof LedgerCalls, T>(method: M, params: LedgerCalls[M]): Promise<T> {
    return repeated(() => ipc.call<T>(method, params), waitMs, closed.signal);
  }

  async function follow(on: (view: ClusterView) => void, stop: AbortSignal): Promise<void> {
    let running: IpcStream | null = null;
    stop.addEventListener('abort', () => running?.stop(), { once: true });
    let pauseMs = RETRY_MIN_MS;
    while (!stop.aborted) {
      running = ipc.stream<ClusterView>('cluster.follow', null, (view) => {
        pauseMs = RETRY_MIN_MS;
        if (!stop.aborted) on(view);
      });
      // However it ended: the ledger is away or on its way down, and nothing else can go wrong there.
      await running.done.catch(() => {});
      await pause(pauseMs, stop);
      pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS);
    }
  }

  return {
    view: () => call<'cluster.view', ClusterView>('cluster.view', null),
    follow(on) {
      const stopping = new AbortController();
      const done = follow(on, AbortSignal.any([closed.signal, stopping.signal]));
      return { done, stop: () => stopping.abort() };
    },
    claimSpool: (node, epoch) => call('cluster.claimSpool', { node, epoch }),
    renewSpool: () => call('cluster.renewSpool', null),
    leads: (job) => call('cluster.leads', { job }),
    form: (meta) => call('cluster.form', { meta }),
    token: (role, meta) => call('cluster.token', { role, meta }),
    admit: (request) => call('cluster.admit', request),
    remove: (request, meta) => call('cluster.remove', { request, meta }),
    readmit: (node, request) => call('cluster.readmit', { node, request }),
    recover: (request, meta) => call('cluster.recover', { request, meta }),
    details: () => call('cluster.details', null),
    close() {
      closed.abort();
      ipc.close();
    },
  };
}
