/**
 * The log of a member of a cluster: the replicated engine over the quorum of the voters, the key ring that grows with the
 * log, the lease, and the steward of the own engine member.
 *
 * Opens without a quorum. On a gateway that has joined it opens when the log has reached the gateway's own admission:
 * what stands before it is the past of the cluster, and nobody here must act as if it were not.
 */
import { LevelEventLog } from '#consensus/level-event-log.ts';
import type { PeerLog } from '#consensus/peer-log.ts';
import { formLog } from '#consensus/replicated/form-log.ts';
import { ReplicatedEventLog } from '#consensus/replicated/replicated-event-log.ts';
import type { ClusterMemberState } from '#domain/cluster/cluster.ts';
import { knownMemberOf } from '#node/cluster/admission.ts';
import { type ClusterFile, writeClusterFile } from '#node/cluster/cluster-file.ts';
import { engineEndpoints, quorumAccess } from '#node/cluster/engine-access.ts';
import { gatewayTls } from '#node/cluster/node-certificates.ts';
import { engineHasData, startOwnEngine } from '#node/cluster/own-engine.ts';
import { Steward } from '#node/cluster/steward.ts';
import { keysClient } from '#node/keys/client.ts';
import { segmentsFrom } from '#node/peer/log-segments.ts';
import { type PeerClient, PeerError, peerClient } from '#node/peer/peer-client.ts';
import type { ProcessContext } from '#node/process.ts';
import type { LedgerIdentity } from './identity.ts';
import { ClusterKeyRing } from './key-ring.ts';
import { logAsLedger } from './log-as-ledger.ts';
import { memberAdministration } from './member-administration.ts';
import { memberCluster } from './member-cluster.ts';
import type { OpenedLedger } from './opened-ledger.ts';

const CATCH_UP_LOOK_MS = 100;
const CATCH_UP_TELL_MS = 5000;

export async function openMember(
  context: ProcessContext,
  identity: LedgerIdentity,
  given: ClusterFile,
  reopen: () => void,
): Promise<OpenedLedger> {
  const { settings, layout, log: told } = context;
  let file = given;
  await startIfVoter(context, file);
  if (file.forming) file = await fillEngine(context, identity, file);
  const ring = new ClusterKeyRing(file.founder);
  await foldCluster(context, identity, ring);
  refuseOtherKey(identity, ring);
  const opened = engineShape(file, ring);
  const quorum = quorumAccess(layout, file, opened.endpoints);
  const peers = peerClient({
    tls: () => gatewayTls(layout),
    addressOf: (node) => file.members.find((member) => member.node === node)?.peerAddress || null,
  });
  let onMembers: () => void = () => {};
  const log = await ReplicatedEventLog.open({
    folder: layout.ledger,
    clusterId: file.clusterId,
    signer: identity.signer,
    keys: ring.ring,
    quorum,
    peers: peerLog(peers, () => file),
    mode: opened.mode,
    generation: file.generation,
    onStored: (events) => {
      if (ring.note(events)) onMembers();
    },
    changesKeys: ClusterKeyRing.changesKeys,
    ...(opened.standby === null ? {} : { ackWait: { standby: opened.standby } }),
    ackAtOnce: opened.role === 'standby',
  });
  await caughtUp(log, BigInt(file.admittedAt), context);
  refuseOtherKey(identity, ring);
  const { clusterId, node } = file;
  const { leaseTtlMs } = settings.cluster;
  const status = () => log.status();
  const cluster = await memberCluster({
    quorum,
    gateways: ring.gateways,
    clusterId,
    node,
    leaseTtlMs,
    status,
  });
  onMembers = () => {
    file = withMembers(file, ring.gateways.members);
    writeClusterFile(layout, file);
    cluster.changed();
    if (engineShape(file, ring).key !== opened.key) reopen();
  };
  onMembers();
  const keys = keysClient(layout);
  const steward = new Steward({
    settings,
    layout,
    log: told,
    keys,
    gateways: ring.gateways,
    file: () => file,
    leads: (job) => cluster.leads(job),
  });
  steward.start();
  const ledger = logAsLedger(log);
  return {
    log,
    cluster,
    administration: memberAdministration({
      quorum,
      ledger,
      keys,
      gateways: ring.gateways,
      steward,
      file: () => file,
    }),
    signers: () => ring.publicKeys(),
    async close() {
      onMembers = () => {};
      await steward.close();
      await cluster.close();
      await log.close();
      quorum.close();
      peers.close();
      keys.close();
    },
  };
}

/** What the engine is opened with; another `key` asks for opening it anew. */
function engineShape(file: ClusterFile, { gateways }: ClusterKeyRing) {
  // Before the log is here, the file says what was told at the admission.
  const members = gateways.members.length > 0 ? gateways.members : file.members;
  const role = members.find(({ node }) => node === file.node)?.role ?? 'gateway';
  const mode: 'voter' | 'client' = role === 'voter' ? 'voter' : 'client';
  const endpoints = engineEndpoints({ node: file.node, members: members.map(knownMemberOf) });
  const standby = members.find((member) => member.role === 'standby')?.node ?? null;
  const waits = mode === 'voter' ? standby : null;
  return { role, mode, endpoints, standby: waits, key: [role, waits, ...endpoints].join(' ') };
}

function withMembers(file: ClusterFile, members: readonly ClusterMemberState[]): ClusterFile {
  return members.length === 0 ? file : { ...file, members: members.map(knownMemberOf) };
}

/** A voter's own member runs before the log is opened: alone it is the quorum. */
async function startIfVoter({ settings, layout, log }: ProcessContext, file: ClusterFile): Promise<void> {
  const self = file.members.find(({ node }) => node === file.node);
  if (self?.role !== 'voter' || !engineHasData(layout, file.generation)) return;
  try {
    const members = [{ name: self.node, peerUrl: self.etcdPeer }];
    await startOwnEngine({ settings, layout }, file, { state: 'existing', members });
  } catch (error) {
    log.error({ error: (error as Error).message }, 'the own member of the engine does not start');
  }
}

/** A generation begins: the head of this gateway's log is the head of the quorum. */
async function fillEngine(
  { layout, log: told }: ProcessContext,
  identity: LedgerIdentity,
  file: ClusterFile,
): Promise<ClusterFile> {
  const { clusterId, generation } = file;
  const log = await localLog(layout.ledger, identity);
  const head = await log.head();
  await log.close();
  const root = quorumAccess(layout, file, engineEndpoints(file), 'etcd-root');
  try {
    await formLog(root, { clusterId, generation }, head);
  } finally {
    root.close();
  }
  const formed = { ...file, forming: false };
  writeClusterFile(layout, formed);
  told.info({ generation, head: String(head.position) }, 'the engine goes on from this log');
  return formed;
}

async function foldCluster(
  { layout }: ProcessContext,
  identity: LedgerIdentity,
  ring: ClusterKeyRing,
): Promise<void> {
  const log = await localLog(layout.ledger, identity);
  try {
    for await (const event of log.readStream('cluster')) ring.note([event]);
  } finally {
    await log.close();
  }
}

/** Throws when the cluster has admitted this gateway with another key than it signs with. */
function refuseOtherKey(identity: LedgerIdentity, ring: ClusterKeyRing): void {
  if (ring.believes(identity)) return;
  throw new Error(
    `the signing key of this gateway is not the one that the cluster knows of ${identity.node}: ` +
      'restore ledger/signing.key and ledger/identity.json from a backup of this gateway, or let it join anew',
  );
}

/** For reading before the engine is there. */
function localLog(folder: string, { clusterId, signer }: LedgerIdentity): Promise<LevelEventLog> {
  return LevelEventLog.open({ folder, clusterId, signer, keys: () => null });
}

/** Asks one gateway after the other, those with the most likely whole log first: the voters. */
function peerLog(client: PeerClient, file: () => ClusterFile): PeerLog {
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

async function caughtUp(
  log: ReplicatedEventLog,
  admittedAt: bigint,
  { log: told }: ProcessContext,
): Promise<void> {
  let tellMs = performance.now() + CATCH_UP_TELL_MS;
  while (log.status().localHead < admittedAt) {
    if (performance.now() > tellMs) {
      const { localHead, reason } = log.status();
      told.info({ at: String(localHead), of: String(admittedAt), reason }, 'catching up with the cluster');
      tellMs = performance.now() + CATCH_UP_TELL_MS;
    }
    await new Promise((resolve) => setTimeout(resolve, CATCH_UP_LOOK_MS));
  }
}
