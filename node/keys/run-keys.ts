/**
 * Brings the `keys` process up over a ledger: node key, cluster key, the cluster's own secrets, then the socket.
 */
import { existsSync } from 'node:fs';
import type { Layout } from '#node/config/layout.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Log } from '#node/log.ts';
import type { RunningProcess } from '#node/process.ts';
import { ClusterKey } from './cluster-key.ts';
import { loadClusterSecrets } from './cluster-secrets.ts';
import { NodeAuthorities } from './node-authorities.ts';
import { loadNodeKey } from './node-key.ts';
import { OpenedKeys } from './opened-keys.ts';
import { privateKeys } from './private-keys.ts';
import { serveKeys } from './serve.ts';
import { VaultKeys } from './vault-keys.ts';

/** What the `keys` process needs of the ledger. */
export type KeysLedger = Pick<LedgerPort, 'identity' | 'readStream' | 'vault'>;

export async function runKeys(layout: Layout, ledger: KeysLedger, log: Log): Promise<RunningProcess> {
  const nodeKey = loadNodeKey(layout.keys);
  const { node } = await ledger.identity();
  const isMember = existsSync(layout.clusterFile);
  const clusterKey = await ClusterKey.load({ vault: ledger.vault, node, nodeKey }, !isMember);
  const vaultKeys = new VaultKeys(ledger.vault, clusterKey);
  const cluster = await loadClusterSecrets(vaultKeys);
  cluster.publishSpoolKey(layout.spoolPublicKey);
  const authorities = new NodeAuthorities(vaultKeys);
  const opened = new OpenedKeys(ledger, vaultKeys);
  const server = await serveKeys(
    layout.keysSocket,
    privateKeys(opened, cluster, { clusterKey, authorities, vault: ledger.vault, nodeKey }),
    log,
  );
  return {
    async stop() {
      await server.close();
      clusterKey.close();
    },
  };
}
