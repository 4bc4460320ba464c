/**
 * Brings the `keys` process up over a ledger: node key, cluster key, the cluster's own secrets, then the socket.
 */
import { existsSync } from 'node:fs';
import type { Layout } from '#node/config/layout.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Log } from '#node/log.ts';
import type { RunningProcess } from '#node/process.ts';
import { ClusterKey } from './cluster-key.ts';
import { ClusterSecrets } from './cluster-secrets.ts';
import { NodeAuthorities } from './node-authorities.ts';
import { loadNodeKey } from './node-key.ts';
import { OpenedKeys } from './opened-keys.ts';
import { PdfPasswords } from './pdf-passwords.ts';
import type { PdfKeysPort } from './pdf-port.ts';
import { privateKeys } from './private-keys.ts';
import { PDF_REQUESTS, REQUESTS } from './requests.ts';
import { SealedTokens } from './sealed-tokens.ts';
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
  const cluster = await ClusterSecrets.load(vaultKeys);
  cluster.publishSpoolKey(layout.spoolPublicKey);
  const passwords = new PdfPasswords(ledger, vaultKeys);
  const keys = privateKeys({
    keys: new OpenedKeys(ledger, vaultKeys),
    cluster,
    publishSpoolKey: () => cluster.publishSpoolKey(layout.spoolPublicKey),
    membership: { clusterKey, authorities: new NodeAuthorities(vaultKeys), vault: ledger.vault, nodeKey },
    passwords,
    tokens: new SealedTokens(vaultKeys),
  });
  const forProtect: PdfKeysPort = {
    pdfPassword: async ({ stream, version }) => (await passwords.open(stream, version)).password,
  };
  const servers = [
    await serveKeys(layout.keysPdfSocket, forProtect, PDF_REQUESTS, log),
    await serveKeys(layout.keysSocket, keys, REQUESTS, log),
  ];
  return {
    async stop() {
      await Promise.all(servers.map((server) => server.close()));
      clusterKey.close();
    },
  };
}
