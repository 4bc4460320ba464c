/**
 * The log of this gateway with what belongs to it, as it is on its own or as a member of a cluster: chosen by
 * `cluster/cluster.json`, the only place that names the engines.
 */

import { LevelEventLog } from '#consensus/level-event-log.ts';
import { readClusterFile } from '#node/cluster/cluster-file.ts';
import { keysClient } from '#node/keys/client.ts';
import type { ProcessContext } from '#node/process.ts';
import { gatedAppend } from './format-gate.ts';
import type { LedgerIdentity } from './identity.ts';
import { logAsLedger } from './log-as-ledger.ts';
import type { OpenedLedger } from './opened-ledger.ts';
import { refuseNewerLog } from './own-format.ts';
import { singleAdministration } from './single-administration.ts';
import { singleCluster } from './single-cluster.ts';

/** `reopen`: what the file says has changed. */
export async function openLedger(
  context: ProcessContext,
  identity: LedgerIdentity,
  reopen: () => void,
): Promise<OpenedLedger> {
  const file = readClusterFile(context.layout);
  if (!file) return openSingle(context, identity, reopen);
  const { openMember } = await import('./open-member.ts'); // A gateway on its own needs no memory for etcd's client.
  return openMember(context, identity, file, reopen);
}

async function openSingle(
  { settings, layout }: ProcessContext,
  identity: LedgerIdentity,
  reopen: () => void,
): Promise<OpenedLedger> {
  const { clusterId, node, signer, verifyKey } = identity;
  const log = await LevelEventLog.open({
    folder: layout.ledger,
    clusterId,
    signer,
    keys: (name) => (name === node ? verifyKey : null),
  });
  await refuseNewerLog(log).catch(async (error: Error) => {
    await log.close();
    throw error;
  });
  const keys = keysClient(layout);
  const cluster = singleCluster(settings, identity);
  const append = gatedAppend(log, () => cluster.view());
  const ports = { settings, layout, identity, ledger: logAsLedger(log, append), keys };
  return {
    log,
    append,
    cluster,
    administration: singleAdministration(ports, reopen),
    signers: () => ({}),
    async close() {
      keys.close();
      await log.close();
    },
  };
}
