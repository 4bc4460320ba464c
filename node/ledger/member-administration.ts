/** ClusterAdministration of a member of a cluster. */
import { createHash } from 'node:crypto';
import { judgeVersion, readEtcdVersion } from '#consensus/etcd/version-rules.ts';
import type { KeyValueQuorum } from '#consensus/key-value-quorum.ts';
import type { LocalLog } from '#consensus/local-log.ts';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { admitMember } from '#node/cluster/admission.ts';
import type {
  ClusterAdministration,
  ClusterDetails,
  EngineMember,
} from '#node/cluster/cluster-administration.ts';
import { ClusterError } from '#node/cluster/cluster-error.ts';
import type { ClusterFile } from '#node/cluster/cluster-file.ts';
import type { AuthorityKeys } from '#node/cluster/issue-certificates.ts';
import { issueToken } from '#node/cluster/join-token.ts';
import { endpointOf } from '#node/cluster/own-engine.ts';
import { readmitMember } from '#node/cluster/readmit-member.ts';
import { removeMember } from '#node/cluster/remove-member.ts';
import { requestGeneration } from '#node/cluster/request-generation.ts';
import type { Steward } from '#node/cluster/steward.ts';
import type { KeysPort } from '#node/keys/port.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import type { GatewaysProjection } from '#projections/gateways.ts';
import type { ClusterPort } from './cluster-port.ts';
import type { LedgerPort } from './port.ts';

export interface MemberAdministrationPorts {
  readonly quorum: KeyValueQuorum;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: AuthorityKeys & Pick<KeysPort, 'giveClusterKey' | 'replacementProgress'>;
  readonly gateways: GatewaysProjection;
  readonly steward: Steward;
  readonly cluster: ClusterPort;
  readonly log: LocalLog;
  readonly client: Pick<PeerClient, 'request'>;
  file(): ClusterFile;
  save(file: ClusterFile): void;
  reopen(): void;
}

export function memberAdministration(ports: MemberAdministrationPorts): ClusterAdministration {
  const { quorum, gateways, steward } = ports;
  return {
    async form() {
      throw new ClusterError('already-member', 'This gateway is a member of a cluster already.');
    },
    async token(role, { actor, reason, atMs }) {
      const { cluster } = gateways;
      if (cluster.status !== 'formed')
        throw new ClusterError('not-member', 'The log of the cluster is not here yet.');
      const ca = fromBase64Url(cluster.authorities.gateway.certificate);
      const caSha256 = createHash('sha256').update(ca).digest('hex');
      return issueToken(quorum, caSha256, { role, by: actor, reason, atMs }).catch((error: Error) => {
        throw new ClusterError('no-quorum', `The cluster can make no changes now: ${error.message}`);
      });
    },
    admit: (request) =>
      admitMember(
        { ...ports, administration: steward.administration(), file: ports.file(), nowMs: Date.now },
        request,
      ),
    remove: (request, meta) => removeMember(ports, request, meta),
    readmit: (node, request) =>
      readmitMember({ ...ports, administration: steward.administration(), nowMs: Date.now }, node, request),
    recover: (request, meta) => requestGeneration(ports, request, meta),
    details: () => detailsOf(ports),
    close: async () => {},
  };
}

async function detailsOf({ gateways, steward, keys }: MemberAdministrationPorts): Promise<ClusterDetails> {
  const administration = steward.administration();
  const voters = gateways.members.filter(({ role }) => role === 'voter' || role === 'witness');
  const engine: EngineMember[] = [];
  const warnings = new Set<string>();
  const members = administration ? await administration.members().catch(() => []) : [];
  for (const { node, etcdClient, etcdPeer } of administration ? voters : []) {
    const member = members.find(({ peerUrls }) => peerUrls.includes(etcdPeer));
    const state = !member ? 'starting' : member.learner ? 'learner' : 'voter';
    const status = await administration?.status(endpointOf(etcdClient)).catch(() => null);
    const version = status?.version ?? '';
    const leader = status ? status.leader === status.memberId : false;
    engine.push({ node, state, version, leader, answers: Boolean(status) });
    const known = readEtcdVersion(version);
    const verdict = known ? judgeVersion(known) : null;
    if (verdict && verdict.verdict !== 'fine') warnings.add(verdict.reason);
  }
  const progress = steward.step === '' ? [] : [steward.step];
  if (gateways.removedKeyIsKnown) {
    const at = await keys.replacementProgress({}).catch(() => null);
    const far = at ? ` (${at.done} of ${at.of} values)` : '';
    progress.push(`the cluster key that a removed gateway knows is being replaced${far}`);
  }
  return { engine, warnings: [...warnings], progress };
}
