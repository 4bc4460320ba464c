/**
 * A member of a cluster at work: the replicated engine over the quorum of the voters, the key ring that grows with the
 * log, the lease, and the steward of the own engine member.
 *
 * Opens without a quorum. On a gateway that has joined it opens when the log has reached the gateway's own admission:
 * what stands before it is the past of the cluster, and nobody here must act as if it were not.
 */
import { formLog } from '#consensus/replicated/form-log.ts';
import { ReplicatedEventLog } from '#consensus/replicated/replicated-event-log.ts';
import { CLUSTER_STREAM, type ClusterMemberState, clusterDecider } from '#domain/cluster/cluster.ts';
import { LOG_FORMAT_STREAM } from '#domain/log-format.ts';
import { knownMemberOf } from '#node/cluster/admission.ts';
import { type ClusterFile, writeClusterFile } from '#node/cluster/cluster-file.ts';
import { credentialsOf, engineEndpoints, memberQuorum, quorumAccess } from '#node/cluster/engine-access.ts';
import { ExternalChores } from '#node/cluster/external-chores.ts';
import { keepSpools } from '#node/cluster/known-spools.ts';
import { newerGeneration } from '#node/cluster/newer-generation.ts';
import { engineHasData, startOwnEngine } from '#node/cluster/own-engine.ts';
import { settleAside } from '#node/cluster/settle-aside.ts';
import { Steward } from '#node/cluster/steward.ts';
import { tellOwnAddress } from '#node/cluster/tell-address.ts';
import { keysClient } from '#node/keys/client.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import type { ProcessContext } from '#node/process.ts';
import type { GatewaysProjection } from '#projections/gateways.ts';
import { execute } from './execute.ts';
import { gatedAppend } from './format-gate.ts';
import type { LedgerIdentity } from './identity.ts';
import { ClusterKeyRing } from './key-ring.ts';
import { logAsLedger } from './log-as-ledger.ts';
import { memberAdministration } from './member-administration.ts';
import { memberCluster } from './member-cluster.ts';
import { caughtUp, localLog, peerLog, refuseOtherKey } from './member-log.ts';
import type { OpenedLedger } from './opened-ledger.ts';
import { formatReached, readsFormat } from './own-format.ts';

const LOOK_MS = 5000; // A machine that was cut off finds the others within it; one that was moved is found by them.

export interface MemberStart {
  readonly context: ProcessContext;
  readonly identity: LedgerIdentity;
  readonly file: ClusterFile;
  /** Folded up to the own log's head. */
  readonly ring: ClusterKeyRing;
  readonly client: PeerClient;
  reopen(): void;
}

export async function runMember(start: MemberStart): Promise<OpenedLedger> {
  const { context, identity, ring, client, reopen } = start;
  const { settings, layout, log: told } = context;
  let file = start.file;
  const save = (next: ClusterFile): void => {
    file = next;
    writeClusterFile(layout, file);
  };
  await startIfVoter(context, file);
  if (file.forming) save(await fillEngine(context, identity, file));
  refuseOtherKey(identity, ring);
  const opened = engineShape(file, ring);
  const quorum = memberQuorum(context, file, opened.endpoints);
  const stop = new AbortController();
  let onMembers: () => void = () => {};
  const log = await ReplicatedEventLog.open({
    folder: layout.ledger,
    clusterId: file.clusterId,
    signer: identity.signer,
    keys: ring.ring,
    quorum,
    peers: peerLog(client, () => file),
    mode: opened.mode,
    generation: file.generation,
    onStored: (events) => {
      if (ring.note(events)) onMembers();
      // Raised while this gateway was away, with another version: the next start says so, and refuses.
      if (events.some(({ stream }) => stream === LOG_FORMAT_STREAM)) void reopenIfNewer();
    },
    changesKeys: ClusterKeyRing.changesKeys,
    timing: { checkpointEvents: settings.cluster.log.checkpointEvents },
    ...(opened.standby === null ? {} : { ackWait: { standby: opened.standby } }),
    ackAtOnce: opened.role === 'standby',
  });
  await caughtUp(log, BigInt(file.admittedAt), told, stop.signal);
  refuseOtherKey(identity, ring);
  const cluster = await memberCluster({
    quorum,
    gateways: ring.gateways,
    clusterId: file.clusterId,
    node: file.node,
    leaseTtlMs: settings.cluster.leaseTtlMs,
    status: () => log.status(),
  });
  const append = gatedAppend(log, () => cluster.view());
  const ledger = logAsLedger(log, append);
  cluster.follow((view) => keepSpools(layout, view));
  onMembers = () => {
    save(withMembers(file, ring));
    cluster.changed();
    if (file.removed !== '' || engineShape(file, ring).key !== opened.key) reopen();
  };
  const keys = keysClient(layout);
  const steward = new Steward({
    settings,
    layout,
    log: told,
    keys,
    gateways: ring.gateways,
    keyRing: ring.ring,
    file: () => file,
    leads: (job) => cluster.leads(job),
    endLease: (of) => cluster.endLease(of),
    renewAccess() {
      if (file.engine === 'own') quorum.renew(credentialsOf(layout, 'etcd-client'));
      client.redial();
    },
    ledger,
  });
  const chores =
    file.engine === 'external'
      ? new ExternalChores({
          ...{ settings, quorum, log: told, clusterId: file.clusterId, keys: ring.ring },
          gateways: ring.gateways,
          leads: (job) => cluster.leads(job),
          endLease: (of) => cluster.endLease(of),
        })
      : null;
  const settled = settlePending().catch((error: Error) => {
    told.error({ error: error.message }, 'what the new generation still asks for was not recorded');
    if (!stop.signal.aborted) reopen();
  });
  const looking = setInterval(() => void lookForNewer(), LOOK_MS);
  return {
    log,
    append,
    cluster,
    administration: memberAdministration({
      ...{ quorum, ledger, log, keys, steward, cluster, client, reopen },
      settings,
      keyRing: ring.ring,
      gateways: ring.gateways,
      file: () => file,
      save,
    }),
    signers: () => ring.publicKeys(),
    async close() {
      onMembers = () => {};
      stop.abort();
      clearInterval(looking);
      await chores?.close();
      // Nobody answers without a majority, and what asks would be waited for.
      if (!log.status().writable) quorum.close();
      await steward.close();
      await cluster.close();
      await log.close();
      await settled;
      quorum.close();
      client.close();
      keys.close();
    },
  };

  /** First what belongs to a new generation; only then the engine is brought to what the log says. */
  async function settlePending(): Promise<void> {
    if (file.pending) await recordGeneration();
    onMembers();
    steward.start();
    if (!file.aside) return;
    const openOld = (folder: string) => localLog(folder, identity);
    const events = await settleAside({ ledger, log, openOld, nowMs: Date.now }, file.aside);
    if (events > 0)
      told.warn({ events, folder: file.aside.folder }, 'events of an older generation are kept apart');
    save({ ...file, aside: null });
  }

  async function recordGeneration(): Promise<void> {
    const { pending, recovering, generation, node: survivor } = file;
    if (!pending || !recovering) return;
    const { from, authorities, atMs } = pending;
    const { dead, actor, reason } = recovering;
    await caughtUp(log, BigInt(from), told, stop.signal);
    const command = {
      type: 'StartGeneration',
      generation,
      from,
      survivor,
      dead,
      authorities,
      at: atMs,
    } as const;
    const meta = { requestId: `generation|${generation}`, actor, reason, atMs };
    const done = await execute(ledger, clusterDecider, CLUSTER_STREAM, command, meta);
    if (done.kind === 'refused') throw new Error(done.refusal);
    save({ ...file, pending: null, recovering: null });
  }

  async function reopenIfNewer(): Promise<void> {
    if ((await formatReached(log)) > readsFormat()) reopen();
  }

  async function lookForNewer(): Promise<void> {
    if (log.status().writable) return tellAddress();
    if (await newerGeneration(client, file)) reopen();
  }

  async function tellAddress(): Promise<void> {
    const known = ring.gateways.members.find(({ node }) => node === file.node);
    try {
      if (await tellOwnAddress(ledger, settings, known, Date.now())) told.info({}, 'a new address is told');
    } catch (error) {
      told.warn({ error: (error as Error).message }, 'the new address of this gateway is not told yet');
    }
  }
}

/** What the engine is opened with; another `key` asks for opening it anew. */
function engineShape(file: ClusterFile, { gateways }: ClusterKeyRing) {
  const members = tells(gateways, file) ? gateways.members : file.members;
  const role = members.find(({ node }) => node === file.node)?.role ?? 'gateway';
  const mode: 'voter' | 'client' = role === 'voter' ? 'voter' : 'client';
  const endpoints = engineEndpoints({ node: file.node, members: members.map(knownMemberOf) });
  const standby = members.find((member) => member.role === 'standby')?.node ?? null;
  const waits = mode === 'voter' ? standby : null;
  return { role, mode, endpoints, standby: waits, key: [role, waits, ...endpoints].join(' ') };
}

/** Before the log says who the members are, the file does: at the admission, and when a generation begins or is adopted. */
function tells({ members, cluster }: GatewaysProjection, { pending, generation }: ClusterFile): boolean {
  const isOfNow = cluster.status === 'formed' && cluster.generation >= generation;
  return members.length > 0 && !pending && isOfNow;
}

function withMembers(file: ClusterFile, { gateways }: ClusterKeyRing): ClusterFile {
  const members: readonly ClusterMemberState[] = gateways.members;
  if (!tells(gateways, file)) return file;
  const wasRemoved = gateways.cluster.status === 'formed' && gateways.cluster.removed.includes(file.node);
  const removed = wasRemoved ? 'this gateway was removed from the cluster' : '';
  return { ...file, members: members.map(knownMemberOf), removed };
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

/** A cluster begins: the head of this gateway's log is the head of the quorum. */
async function fillEngine(
  context: ProcessContext,
  identity: LedgerIdentity,
  file: ClusterFile,
): Promise<ClusterFile> {
  const { layout, log: told } = context;
  const { clusterId, generation } = file;
  const log = await localLog(layout.ledger, identity);
  const head = await log.head();
  await log.close();
  const root =
    file.engine === 'external'
      ? memberQuorum(context, file, [])
      : quorumAccess(layout, file, engineEndpoints(file), 'etcd-root');
  try {
    await formLog(root, { clusterId, generation }, head);
  } finally {
    root.close();
  }
  told.info({ generation, head: String(head.position) }, 'the engine goes on from this log');
  return { ...file, forming: false };
}
