/**
 * Brings the `keys` process up over a ledger: node key, cluster key, the cluster's own secrets, then the socket.
 */
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

/** What the `keys` process needs of the ledger. */
export type KeysLedger = Pick<LedgerPort, 'identity' | 'readStream' | 'vault'>;

export async function runKeys(layout: Layout, ledger: KeysLedger, log: Log): Promise<RunningProcess> {
  const nodeKey = loadNodeKey(layout.keys);
  const { node } = await ledger.identity();
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
