/** What a member's log needs before and around the engine: reading without it, the logs of the others, catching up. */
import { LevelEventLog } from '#consensus/level-event-log.ts';
import type { PeerLog } from '#consensus/peer-log.ts';
import type { ReplicatedEventLog } from '#consensus/replicated/replicated-event-log.ts';
import { CLUSTER_STREAM } from '#domain/cluster/cluster.ts';
import type { ClusterFile } from '#node/cluster/cluster-file.ts';
import type { Log } from '#node/log.ts';
import { segmentsFrom } from '#node/peer/log-segments.ts';
import { type PeerClient, PeerError } from '#node/peer/peer-client.ts';
import type { LedgerIdentity } from './identity.ts';
import { ClusterKeyRing } from './key-ring.ts';
import { refuseNewerLog } from './own-format.ts';

const CATCH_UP_LOOK_MS = 100;
const CATCH_UP_TELL_MS = 5000;

/** For reading while no engine is open. */
export function localLog(folder: string, { clusterId, signer }: LedgerIdentity): Promise<LevelEventLog> {
  return LevelEventLog.open({ folder, clusterId, signer, keys: () => null });
}

/** The key ring as the log of this gateway says, and its head. */
export async function foldLog(
  folder: string,
  identity: LedgerIdentity,
  file: ClusterFile,
): Promise<{ ring: ClusterKeyRing; head: Awaited<ReturnType<LevelEventLog['head']>> }> {
  const ring = new ClusterKeyRing(file.founder);
  const log = await localLog(folder, identity);
  try {
    await refuseNewerLog(log);
    for await (const event of log.readStream(CLUSTER_STREAM)) ring.note([event]);
    return { ring, head: await log.head() };
  } finally {
    await log.close();
  }
}

/** Asks one gateway after the other, those with the most likely whole log first: the voters. */
export function peerLog(client: PeerClient, file: () => ClusterFile): PeerLog {
  return {
    async *segments(from) {
      const { node, members } = file();
      const others = members.filter((m) => m.node !== node && m.peerAddress !== '');
      const ordered = [...others].sort((a, b) => Number(b.role === 'voter') - Number(a.role === 'voter'));
      let last: unknown = new PeerError('unknown-node', 'there is no other gateway');
      for (const peer of ordered) {
        try {
          yield* segmentsFrom(client, peer.node, from);
          return;
        } catch (error) {
          last = error;
        }
      }
      throw last;
    },
  };
}

/** Resolves when the log has reached the position; says now and then how far it is. */
export async function caughtUp(
  log: Pick<ReplicatedEventLog, 'status'>,
  position: bigint,
  told: Log,
  stop: AbortSignal,
): Promise<void> {
  let tellMs = performance.now() + CATCH_UP_TELL_MS;
  while (log.status().localHead < position && !stop.aborted) {
    if (performance.now() > tellMs) {
      const { localHead, reason } = log.status();
      told.info({ at: String(localHead), of: String(position), reason }, 'catching up with the cluster');
      tellMs = performance.now() + CATCH_UP_TELL_MS;
    }
    await new Promise((resolve) => setTimeout(resolve, CATCH_UP_LOOK_MS));
  }
}

/** Throws when the cluster has admitted this gateway with another key than it signs with. */
export function refuseOtherKey(identity: LedgerIdentity, ring: ClusterKeyRing): void {
  if (ring.believes(identity)) return;
  throw new Error(
    `the signing key of this gateway is not the one that the cluster knows of ${identity.node}: ` +
      'restore ledger/signing.key and ledger/identity.json from a backup of this gateway, or let it join anew',
  );
}
