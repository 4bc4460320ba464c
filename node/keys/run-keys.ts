/**
 * Brings the `keys` process up over a ledger: node key, cluster key, the cluster's own secrets, then the socket.
 *
 * The ledger may start at the same time: the first questions to it are repeated for LEDGER_WAIT_MS.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Layout } from '#node/config/layout.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Log } from '#node/log.ts';
import type { RunningProcess } from '#node/process.ts';
import { loadClusterSecrets } from './cluster-secrets.ts';
import { loadNodeKey } from './node-key.ts';
import { OpenedKeys } from './opened-keys.ts';
import { privateKeys } from './private-keys.ts';
import { serveKeys } from './serve.ts';
import { loadClusterKey, VaultKeys } from './vault-keys.ts';

const LEDGER_WAIT_MS = 60_000; // A ledger that checks a large log at its first start; afterwards the supervisor tries again.
const LEDGER_RETRY_MS = 200;

/** What the `keys` process needs of the ledger. */
export type KeysLedger = Pick<LedgerPort, 'identity' | 'readStream' | 'vault'>;

export async function runKeys(layout: Layout, ledger: KeysLedger, log: Log): Promise<RunningProcess> {
  const nodeKey = loadNodeKey(layout.keys);
  const { node } = await whenLedgerAnswers(() => ledger.identity());
  const clusterKey = await loadClusterKey(ledger.vault, node, nodeKey);
  const vaultKeys = new VaultKeys(ledger.vault, clusterKey);
  const cluster = await loadClusterSecrets(vaultKeys);
  cluster.publishSpoolKey(layout.spoolPublicKey);
  const opened = new OpenedKeys(ledger, vaultKeys);
  const server = await serveKeys(layout.keysSocket, privateKeys(opened, cluster), log);
  return {
    async stop() {
      await server.close();
      clusterKey.fill(0);
    },
  };
}

async function whenLedgerAnswers<T>(ask: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + LEDGER_WAIT_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'disconnected' || performance.now() >= untilMs) throw error;
      await wait(LEDGER_RETRY_MS);
    }
  }
}
