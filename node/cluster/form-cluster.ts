/**
 * Makes a cluster of one out of a gateway on its own: authorities, certificates, the engine (its own, with one voter, or
 * an external one, where nobody votes), the first events.
 *
 * The gateway goes on as before until the last step, the file `cluster.json`. Whatever breaks off before is done again
 * by asking again: what is there already stays.
 */
import { admitGateway, enableAccess } from '#consensus/etcd/gateway-access.ts';
import { toBase64Url } from '#domain/canonical-json.ts';
import { CLUSTER_STREAM, clusterDecider } from '#domain/cluster/cluster.ts';
import type { MemberFacts } from '#domain/cluster/cluster-messages.ts';
import { foldStream } from '#domain/decider.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { LedgerIdentity } from '#node/ledger/identity.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { knownMemberOf } from './admission.ts';
import { ClusterError, refusedBecause } from './cluster-error.ts';
import { NOTHING_PENDING, readClusterFile, writeClusterFile } from './cluster-file.ts';
import { administrationAccess, enginePrefix } from './engine-access.ts';
import { examineForInit } from './external-engine.ts';
import { type AuthorityKeys, issueCertificates, makeAuthorities } from './issue-certificates.ts';
import {
  ensureNodeKeys,
  NODE_CERTIFICATES,
  writeAuthorities,
  writeCertificates,
} from './node-certificates.ts';
import { hostsOfMember, ownAddresses } from './own-addresses.ts';
import { type EnginePlace, endpointOf, engineFolder, engineReady, startOwnEngine } from './own-engine.ts';

const FIRST_GENERATION = 1;
const FIRST_SERIES = 1;

export interface FormPorts extends EnginePlace {
  readonly identity: LedgerIdentity;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: AuthorityKeys & Pick<KeysPort, 'nodeKey'>;
}

/** Rejects with ClusterError. The ledger must be opened anew afterwards. */
export async function formCluster(ports: FormPorts, meta: CommandMeta): Promise<void> {
  const { layout, settings, identity, ledger, keys } = ports;
  const { clusterId, node, publicKey } = identity;
  if (readClusterFile(layout))
    throw new ClusterError('already-member', 'This gateway is a member of a cluster.');
  const known = foldStream(clusterDecider, await ledger.readStream(CLUSTER_STREAM));
  const { atMs } = meta;
  const { external } = settings.cluster;
  const isExternal = external !== undefined;
  if (known.status === 'formed' && known.external !== isExternal) throw otherEngine(known.external);
  if (external) await examineForInit(external, clusterId);
  const authorities =
    known.status === 'formed'
      ? known.authorities
      : await makeAuthorities(keys, { clusterId, series: FIRST_SERIES, atMs });
  const addresses = ownAddresses(settings);
  const founder: MemberFacts = {
    node,
    name: settings.node,
    publicKey: toBase64Url(publicKey),
    nodeKey: toBase64Url(await keys.nodeKey({})),
    ...addresses,
  };
  const publicKeys = ensureNodeKeys(layout.cluster, NODE_CERTIFICATES);
  const hosts = hostsOfMember(node, addresses);
  writeCertificates(layout.cluster, await issueCertificates(keys, authorities, hosts, publicKeys, atMs));
  writeAuthorities(layout.cluster, authorities);
  if (!external) await startFirstMember(ports, founder);
  const command = {
    ...({ type: 'FormCluster', clusterId, founder, authorities, at: atMs } as const),
    external: isExternal,
  } as const;
  if (known.status === 'single') {
    const done = await execute(ledger, clusterDecider, CLUSTER_STREAM, command, meta);
    if (done.kind === 'refused') throw refusedBecause(done.refusal);
  }
  writeClusterFile(layout, {
    format: 1,
    clusterId,
    generation: FIRST_GENERATION,
    node,
    engine: isExternal ? 'external' : 'own',
    founder: { node, publicKey: founder.publicKey },
    admittedAt: '0',
    forming: true,
    members: [knownMemberOf({ ...founder, role: isExternal ? 'gateway' : 'voter' })],
    ...NOTHING_PENDING,
  });
}

/** An attempt that broke off had chosen the other one, and the log says so. */
function otherEngine(isExternal: boolean): ClusterError {
  const was = isExternal
    ? 'an external etcd: set cluster.external again'
    : 'etcd inside: take cluster.external out';
  return new ClusterError(
    'refused',
    `An attempt that broke off began this cluster with ${was}, then init again.`,
  );
}

async function startFirstMember(
  ports: FormPorts,
  { node, etcdClient, etcdPeer }: MemberFacts,
): Promise<void> {
  const { layout, identity } = ports;
  const cluster = { clusterId: identity.clusterId, generation: FIRST_GENERATION, node };
  await startOwnEngine(ports, cluster, { state: 'new', members: [{ name: node, peerUrl: etcdPeer }] });
  const endpoint = endpointOf(etcdClient);
  const administration = administrationAccess(layout, [endpoint]);
  try {
    await engineReady(administration, endpoint, engineFolder(layout, FIRST_GENERATION));
    await enableAccess(administration, node);
    await admitGateway(administration, enginePrefix(identity.clusterId), node);
  } finally {
    administration.close();
  }
}
