/**
 * Tells the cluster where this gateway is reached, and where it stands, when its settings name another address than the
 * log. The members of the engine keep theirs: its certificates and its own list name them (docs/clustering.md, Move a
 * gateway).
 */
import { randomUUID } from 'node:crypto';
import { CLUSTER_STREAM, type ClusterMemberState, clusterDecider } from '#domain/cluster/cluster.ts';
import type { Settings } from '#node/config/settings.ts';
import { execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { ownAddresses } from './own-addresses.ts';

/** `known`: as the log has it. True when it was told. Rejects with the log's errors. */
export async function tellOwnAddress(
  ledger: Pick<LedgerPort, 'readStream' | 'append'>,
  settings: Settings,
  known: ClusterMemberState | undefined,
  nowMs: number,
): Promise<boolean> {
  const { site, peerAddress } = ownAddresses(settings);
  if (!known || (known.site === site && known.peerAddress === peerAddress)) return false;
  const { node, etcdClient, etcdPeer } = known;
  const meta = {
    requestId: randomUUID(),
    actor: `node/${node}`,
    reason: 'its settings name another address',
    atMs: nowMs,
  };
  const addresses = { site, peerAddress, etcdClient, etcdPeer };
  const command = { type: 'ChangeAddresses', node, ...addresses, at: nowMs } as const;
  const done = await execute(ledger, clusterDecider, CLUSTER_STREAM, command, meta);
  return done.kind === 'done' && done.events.length > 0;
}
