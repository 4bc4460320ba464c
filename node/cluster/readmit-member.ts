/**
 * Takes a member of an older generation into this one: certificates of the new authorities, where the engine is, and
 * whether its head stands in this log.
 */
import type { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { admitGateway } from '#consensus/etcd/gateway-access.ts';
import { QuorumError } from '#consensus/key-value-quorum.ts';
import type { LocalLog } from '#consensus/local-log.ts';
import { alsoTrusted } from '#domain/cluster/authority-renewal.ts';
import type { GatewaysProjection } from '#projections/gateways.ts';
import { knownMemberOf } from './admission.ts';
import type { Readmission, ReadmitRequest } from './adopt-generation.ts';
import type { ClusterFile } from './cluster-file.ts';
import { enginePrefix } from './engine-access.ts';
import { type AuthorityKeys, issueCertificates } from './issue-certificates.ts';
import { fromText, toText } from './join-protocol.ts';
import { hostsOfMember } from './own-addresses.ts';

export interface ReadmitPorts {
  readonly log: Pick<LocalLog, 'read'>;
  readonly keys: AuthorityKeys;
  readonly administration: EtcdAdministration | null;
  readonly gateways: GatewaysProjection;
  file(): ClusterFile;
  readonly nowMs: () => number;
}

export async function readmitMember(
  ports: ReadmitPorts,
  node: string,
  { publicKeys, head }: ReadmitRequest,
): Promise<Readmission> {
  const { gateways, administration, keys } = ports;
  const { cluster } = gateways;
  const file = ports.file();
  const member = gateways.member(node);
  if (cluster.status !== 'formed' || !member)
    return { kind: 'refused', refusal: 'removed-member', detail: '' };
  // Its members are those of the generation only when the event that says so stands.
  if (file.pending || (!administration && file.engine === 'own'))
    return { kind: 'refused', refusal: 'not-a-voter', detail: '' };
  try {
    if (administration) await admitGateway(administration, enginePrefix(file.clusterId), node);
    const hosts = hostsOfMember(node, member);
    const issued = await issueCertificates(
      keys,
      cluster.authorities,
      hosts,
      fromText(publicKeys),
      ports.nowMs(),
    );
    const { generation, authorities, members } = cluster;
    return {
      kind: 'admitted',
      onChain: await stands(ports.log, head),
      answer: {
        v: 1,
        clusterId: file.clusterId,
        generation,
        founder: file.founder,
        admittedAt: '0',
        role: member.role,
        engine: file.engine,
        authorities,
        alsoTrusted: alsoTrusted(cluster),
        certificates: toText(issued),
        engineMembers: [],
        members: members.map(knownMemberOf),
      },
    };
  } catch (error) {
    if (!(error instanceof QuorumError)) throw error;
    return { kind: 'refused', refusal: 'no-quorum', detail: error.message };
  }
}

async function stands(log: Pick<LocalLog, 'read'>, head: ReadmitRequest['head']): Promise<boolean> {
  const position = BigInt(head.position);
  if (position === 0n) return true;
  for await (const event of log.read(position, position)) {
    return Buffer.from(event.hash).toString('hex') === head.hash;
  }
  return false;
}
