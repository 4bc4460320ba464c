/**
 * Begins a new generation on this gateway after the majority was lost for good (replication.md §4.4): from the longest
 * log that any gateway which answers can show, whole and signed; a new engine, with new authorities for it.
 *
 *   longest log ─▶ new authorities, certificates ─▶ old engine aside ─▶ new engine ─▶ head ─▶ cluster.json
 *
 * The last step is the file; before it, the old generation stands as it was, and the steps are done again at the next
 * start. No member is ever started on the old data, nor with `--force-new-cluster`: that loses what was acknowledged.
 */

import { admitGateway, enableAccess } from '#consensus/etcd/gateway-access.ts';
import { checkedEvent } from '#consensus/event-codec.ts';
import type { Head } from '#consensus/event-log.ts';
import { formLog } from '#consensus/replicated/form-log.ts';
import { signatureHolds } from '#consensus/signing.ts';
import type { NodeAuthorities } from '#domain/cluster/cluster.ts';
import type { KeysPort } from '#node/keys/port.ts';
import type { ClusterKeyRing } from '#node/ledger/key-ring.ts';
import type { Log } from '#node/log.ts';
import { segmentsFrom } from '#node/peer/log-segments.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import { type ClusterFile, type KnownMember, writeClusterFile } from './cluster-file.ts';
import { administrationAccess, enginePrefix, quorumAccess } from './engine-access.ts';
import { setEngineAside } from './engine-aside.ts';
import { engineProgram } from './engine-program.ts';
import { stopEtcd } from './etcd-process.ts';
import { externalQuorum, externalSettings } from './external-engine.ts';
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

const STOP_MS = 2000; // It has no quorum and nobody to hand over to; what it has taken is synced.

export interface GenerationPorts extends EnginePlace {
  readonly log: Log;
  readonly keys: AuthorityKeys & Pick<KeysPort, 'nodeKey'>;
  readonly client: Pick<PeerClient, 'request'>;
  /** The own log's head, and the ring folded up to it. */
  readonly head: Head;
  readonly ring: ClusterKeyRing;
  readonly file: ClusterFile;
  tell(step: string): void;
  /** Called before the first step that cannot be taken back. Throws when the operator has called it off. */
  pointOfNoReturn(): void;
}

/** The file of the new generation, its event still to be recorded. Rejects when a step could not be done. */
export async function beginGeneration(ports: GenerationPorts): Promise<ClusterFile> {
  const { layout, file, ring, tell } = ports;
  const { recovering } = file;
  const { cluster } = ring.gateways;
  if (!recovering || cluster.status !== 'formed') throw new Error('no generation was asked for');
  const { generation, dead } = recovering;
  const self = file.members.find(({ node }) => node === file.node);
  if (!self) throw new Error('this gateway is not among the members of its own file');
  const survivors = file.members.filter(({ node, role }) => !dead.includes(node) && role !== 'witness');
  tell('a new generation: looks for the longest log of the gateways that answer');
  const head = await longestHead(ports, survivors);
  const isExternal = file.engine === 'external';
  if (!isExternal) await engineProgram(ports.settings.cluster.etcd.binary);
  ports.pointOfNoReturn();
  const authorities = isExternal ? cluster.authorities : await newAuthorities(ports, cluster.authorities);
  if (isExternal) await beginExternally(ports, generation, head);
  else await beginInside(ports, { self, survivors, authorities, generation, head });
  const members = survivors.map((member): KnownMember => {
    return { ...member, role: member.node === file.node && !isExternal ? 'voter' : 'gateway' };
  });
  const pending = { from: String(head.position), atMs: Date.now(), authorities };
  const next: ClusterFile = { ...file, generation, forming: false, members, pending };
  writeClusterFile(layout, next);
  ports.log.warn({ generation, from: pending.from, dead }, 'a new generation has begun on this gateway');
  return next;
}

interface NewEngine {
  readonly self: KnownMember;
  readonly survivors: readonly KnownMember[];
  readonly authorities: NodeAuthorities;
  readonly generation: number;
  readonly head: Head;
}

async function beginInside(ports: GenerationPorts, engine: NewEngine): Promise<void> {
  const { layout, file } = ports;
  const { self, survivors, authorities, generation, head } = engine;
  const publicKeys = ensureNodeKeys(layout.cluster, NODE_CERTIFICATES);
  const hosts = hostsOfMember(file.node, self);
  const certificates = await issueCertificates(ports.keys, authorities, hosts, publicKeys, Date.now());
  // Of this generation too: an attempt that broke off may have started one, with authorities that nobody knows.
  for (const old of [file.generation, generation]) {
    await stopEtcd(engineFolder(layout, old), STOP_MS);
    setEngineAside(layout, old);
  }
  writeCertificates(layout.cluster, certificates);
  writeAuthorities(layout.cluster, authorities);
  ports.tell('a new generation: starts a new engine');
  await startFirst(ports, self, survivors, generation, head);
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

/** Of the own log and those that can be fetched: the last event behind which everything is whole and rightly signed. */
async function longestHead(ports: GenerationPorts, survivors: readonly KnownMember[]): Promise<Head> {
  let longest = ports.head;
  const others = survivors.filter(({ node, peerAddress }) => node !== ports.file.node && peerAddress !== '');
  // All at once, and for a moment only: a machine that is off must not hold this up.
  const answers = await Promise.all(others.map(({ node }) => generationOf(ports.client, node)));
  for (const node of answers.flatMap((answer) => answer?.node ?? [])) {
    try {
      const found = await verifiedHead(ports, node);
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

async function verifiedHead({ client, head, ring }: GenerationPorts, node: string): Promise<Head> {
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
