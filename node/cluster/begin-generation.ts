/**
 * Begins a new generation on this gateway after the majority was lost for good (replication.md §4.4): from the longest
 * log that any gateway which answers can show, whole and signed; a new engine, with new authorities for it.
 *
 *   logs of the others ─▶ new authorities ─▶ old engine aside ─▶ read from a copy ─▶ new engine ─▶ head ─▶ cluster.json
 *
 * The last step is the file; before it, the old generation stands as it was, and the steps are done again at the next
 * start. No member that serves is ever started on the old data, nor with `--force-new-cluster`: that loses what was
 * acknowledged. What they hold is read (scratch-engine.ts) and judged as every event is.
 */

import { admitGateway, enableAccess } from '#consensus/etcd/gateway-access.ts';
import { checkedEvent } from '#consensus/event-codec.ts';
import type { Head } from '#consensus/event-log.ts';
import { formLog } from '#consensus/replicated/form-log.ts';
import { signatureHolds } from '#consensus/signing.ts';
import {
  alsoTrusted,
  type NodeAuthorities,
  type SomeAuthorities,
} from '#domain/cluster/authority-renewal.ts';
import type { KeysPort } from '#node/keys/port.ts';
import type { Log } from '#node/log.ts';
import { segmentsFrom } from '#node/peer/log-segments.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import { knownMemberOf } from './admission.ts';
import { type ClusterFile, type KnownMember, writeClusterFile } from './cluster-file.ts';
import { administrationAccess, enginePrefix, quorumAccess } from './engine-access.ts';
import { engineSetAside, setEngineAside } from './engine-aside.ts';
import { engineProgram } from './engine-program.ts';
import { stopEtcd } from './etcd-process.ts';
import { externalQuorum, externalSettings } from './external-engine.ts';
import { type GatherPorts, gatherFromEngine, gatherFromGateways } from './gather-survivors.ts';
import { type AuthorityKeys, issueCertificates, makeAuthority } from './issue-certificates.ts';
import { carrySpools } from './known-spools.ts';
import { generationOf } from './newer-generation.ts';
import {
  ensureNodeKeys,
  NODE_CERTIFICATES,
  writeAuthorities,
  writeCertificates,
} from './node-certificates.ts';
import { hostsOfMember } from './own-addresses.ts';
import { type EnginePlace, endpointOf, engineFolder, engineReady, startOwnEngine } from './own-engine.ts';
import type { ScratchPorts } from './scratch-engine.ts';

const STOP_MS = 2000; // It has no quorum and nobody to hand over to; what it has taken is synced.

export interface GenerationPorts extends EnginePlace, GatherPorts {
  readonly log: Log;
  readonly keys: AuthorityKeys & Pick<KeysPort, 'nodeKey'>;
  readonly client: Pick<PeerClient, 'request'>;
  readonly file: ClusterFile;
  tell(step: string): void;
  /** Called before the first step that cannot be taken back. Throws when the operator has called it off. */
  pointOfNoReturn(): void;
}

/**
 * The file of the new generation, its event still to be recorded; or of a gateway that turns out to be removed. Rejects when
 * a step could not be done.
 */
export async function beginGeneration(ports: GenerationPorts): Promise<ClusterFile> {
  const { layout, file, ring, tell } = ports;
  const { recovering } = file;
  const { cluster } = ring.gateways;
  if (!recovering || cluster.status !== 'formed') throw new Error('no generation was asked for');
  const { generation, dead } = recovering;
  const isExternal = file.engine === 'external';
  if (!isExternal) await engineProgram(ports.settings.cluster.etcd.binary);
  tell('a new generation: takes what the gateways that answer have beyond this one');
  // First: they hold only what was committed. What the own engine had merely written counts where it goes on from there.
  const uncommitted = await gatherFromGateways(ports, await answering(ports, survivorsOf(ports, dead)));
  ports.pointOfNoReturn();
  const made = isExternal ? cluster.authorities : await newAuthorities(ports, cluster.authorities);
  const old = { ...ports, authorities: made, uncommitted };
  const unread = isExternal ? null : await leaveOldEngine(old, generation);
  // Only now: what was taken in may have told of members.
  const survivors = survivorsOf(ports, dead);
  const self = survivors.find(({ node }) => node === file.node);
  if (!self) return stayRemoved(ports);
  const head = await longestHead(ports, await answering(ports, survivors));
  const { authorities, also } = withGatewaysOf(ring, made);
  const engine = { self, survivors, authorities, also, generation, head };
  if (isExternal) await beginExternally(ports, generation, head);
  else await beginInside(ports, engine);
  const members = survivors.map((member): KnownMember => {
    return { ...member, role: member.node === file.node && !isExternal ? 'voter' : 'gateway' };
  });
  const pending = { from: String(head.position), atMs: Date.now(), authorities };
  const next: ClusterFile = {
    ...{ ...file, generation, forming: false, members, pending },
    unread: unread ?? undefined,
  };
  writeClusterFile(layout, next);
  ports.log.warn({ generation, from: pending.from, dead }, 'a new generation has begun on this gateway');
  return next;
}

/** The others had done it and this gateway had not heard: nothing of the cluster may go on from here. */
function stayRemoved({ layout, log, file }: GenerationPorts): ClusterFile {
  const removed = 'this gateway was removed from the cluster before the others were lost';
  log.warn('no new generation begins here: the others had removed this gateway');
  const next: ClusterFile = { ...file, recovering: null, removed };
  writeClusterFile(layout, next);
  return next;
}

interface NewEngine {
  readonly self: KnownMember;
  readonly survivors: readonly KnownMember[];
  readonly authorities: NodeAuthorities;
  readonly also: SomeAuthorities;
  readonly generation: number;
  readonly head: Head;
}

async function beginInside(ports: GenerationPorts, engine: NewEngine): Promise<void> {
  const { layout, file } = ports;
  const { self, survivors, authorities, also, generation, head } = engine;
  const publicKeys = ensureNodeKeys(layout.cluster, NODE_CERTIFICATES);
  const hosts = hostsOfMember(file.node, self);
  const certificates = await issueCertificates(ports.keys, authorities, hosts, publicKeys, Date.now());
  writeCertificates(layout.cluster, certificates);
  writeAuthorities(layout.cluster, authorities, also);
  ports.tell('a new generation: starts a new engine');
  await startFirst(ports, self, survivors, generation, head);
}

/** Out of the way, and what it held beyond the own log into that; what could not be had. */
async function leaveOldEngine(
  ports: GenerationPorts & Pick<ScratchPorts, 'authorities' | 'uncommitted'>,
  generation: number,
): Promise<ClusterFile['unread'] | null> {
  const { layout, file, tell } = ports;
  // Of this generation too: an attempt that broke off may have started one, with authorities that nobody knows.
  for (const old of [file.generation, generation]) {
    await stopEtcd(engineFolder(layout, old), STOP_MS);
    setEngineAside(layout, old);
  }
  const voted = file.members.some(({ node, role }) => node === file.node && role === 'voter');
  const folder = voted ? engineSetAside(layout, file.generation) : null;
  if (folder === null) return null;
  tell('a new generation: reads what the old engine of this gateway holds');
  const reason = await gatherFromEngine(ports, folder);
  return reason === '' ? null : { folder, reason };
}

/** Beside the keys of the generation before, which stay as they are. */
async function beginExternally(
  { settings, layout, file }: GenerationPorts,
  generation: number,
  head: Head,
): Promise<void> {
  const quorum = externalQuorum(externalSettings(settings), generation);
  try {
    await formLog(quorum, { clusterId: file.clusterId, generation }, head);
    await carrySpools(layout, quorum);
  } finally {
    quorum.close();
  }
}

/** Gateways go on to know each other by the same authority; the engine's are new, so that no old member can come near. */
async function newAuthorities(
  { keys, file }: GenerationPorts,
  old: NodeAuthorities,
): Promise<NodeAuthorities> {
  const { clusterId } = file;
  const series = Math.max(old.peer.series, old.client.series) + 1;
  const context = { clusterId, series, atMs: Date.now() };
  return {
    gateway: old.gateway,
    peer: await makeAuthority(keys, 'peer', context),
    client: await makeAuthority(keys, 'client', context),
  };
}

/** What was taken in may have told how far the renewal of the gateways' own authority is, which goes on. */
function withGatewaysOf(
  { gateways: { cluster } }: GenerationPorts['ring'],
  made: NodeAuthorities,
): Pick<NewEngine, 'authorities' | 'also'> {
  if (cluster.status !== 'formed') return { authorities: made, also: {} };
  const { gateway } = alsoTrusted(cluster);
  const authorities = { ...made, gateway: cluster.authorities.gateway };
  return { authorities, also: gateway ? { gateway } : {} };
}

async function startFirst(
  ports: GenerationPorts,
  { node, etcdClient, etcdPeer }: KnownMember,
  survivors: readonly KnownMember[],
  generation: number,
  head: Head,
): Promise<void> {
  const { layout, file } = ports;
  const { clusterId } = file;
  const members = [{ name: node, peerUrl: etcdPeer }];
  await startOwnEngine(ports, { clusterId, generation, node }, { state: 'new', members });
  const endpoint = endpointOf(etcdClient);
  const administration = administrationAccess(layout, [endpoint]);
  const root = quorumAccess(layout, file, [endpoint], 'etcd-root');
  try {
    await engineReady(administration, endpoint, engineFolder(layout, generation));
    await enableAccess(administration, node);
    for (const survivor of survivors) {
      await admitGateway(administration, enginePrefix(clusterId), survivor.node);
    }
    await formLog(root, { clusterId, generation }, head);
    await carrySpools(layout, root);
  } finally {
    administration.close();
    root.close();
  }
}

/** Gateways that live, this one among them; as the log says, whose end the file may not have heard yet. */
function survivorsOf({ file, ring }: GenerationPorts, dead: readonly string[]): KnownMember[] {
  const { members } = ring.gateways;
  const known = members.length > 0 ? members.map(knownMemberOf) : file.members;
  return known.filter(({ node, role }) => !dead.includes(node) && role !== 'witness');
}

/** Those of the others that answer now. */
async function answering(
  { client, file }: GenerationPorts,
  survivors: readonly KnownMember[],
): Promise<string[]> {
  const others = survivors.filter(({ node, peerAddress }) => node !== file.node && peerAddress !== '');
  // All at once, and for a moment only: a machine that is off must not hold this up.
  const answers = await Promise.all(others.map(({ node }) => generationOf(client, node)));
  return answers.flatMap((answer) => answer?.node ?? []);
}

/**
 * Of the own log and those that can be fetched: the last event behind which everything is whole and rightly signed. Another
 * is longer only where this log could not take its events in, as a damaged one: then it is healed from there.
 */
async function longestHead(ports: GenerationPorts, others: readonly string[]): Promise<Head> {
  const own = await ports.local.head();
  let longest = own;
  for (const node of others) {
    try {
      const found = await verifiedHead(ports, own, node);
      if (found.position > longest.position) longest = found;
    } catch (error) {
      ports.log.warn(
        { node, error: (error as Error).message },
        'its log cannot be had for the new generation',
      );
    }
  }
  return longest;
}

async function verifiedHead({ client, ring }: GenerationPorts, head: Head, node: string): Promise<Head> {
  const further = ring.copy();
  let last: Head = head;
  for await (const record of segmentsFrom(client, node, head.position + 1n)) {
    const event = checkedEvent(record, last.position + 1n, last.hash);
    if (!(await signatureHolds(event, further.ring))) break;
    further.note([event]);
    last = { position: event.position, hash: event.hash, generation: event.generation };
  }
  return last;
}
