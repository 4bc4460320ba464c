/** ClusterAdministration of a member of a cluster. */
import { createHash } from 'node:crypto';
import type { LocalLog } from '#consensus/local-log.ts';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { rolesAfterAdmission } from '#domain/cluster/voters.ts';
import { admitMember } from '#node/cluster/admission.ts';
import type { ClusterAdministration } from '#node/cluster/cluster-administration.ts';
import { ClusterError, refusedBecause } from '#node/cluster/cluster-error.ts';
import type { ClusterFile } from '#node/cluster/cluster-file.ts';
import type { AuthorityKeys } from '#node/cluster/issue-certificates.ts';
import { issueToken } from '#node/cluster/join-token.ts';
import { readmitMember } from '#node/cluster/readmit-member.ts';
import { removeMember } from '#node/cluster/remove-member.ts';
import { requestGeneration } from '#node/cluster/request-generation.ts';
import type { Steward } from '#node/cluster/steward.ts';
import type { KeysPort } from '#node/keys/port.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import type { ClusterPort } from './cluster-port.ts';
import { type DetailsPorts, memberDetails } from './member-details.ts';
import type { LedgerPort } from './port.ts';

export interface MemberAdministrationPorts extends DetailsPorts {
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: AuthorityKeys & Pick<KeysPort, 'giveClusterKey' | 'replacementProgress'>;
  readonly steward: Steward;
  readonly cluster: ClusterPort;
  readonly log: LocalLog;
  readonly client: Pick<PeerClient, 'request'>;
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
      // Two voters are refused before a machine is set up for it; a witness may get its token before the second gateway.
      if (role === 'voter' && rolesAfterAdmission(cluster.members, role) === 'two-voters')
        throw refusedBecause('two-voters');
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
    details: () => memberDetails(ports),
    close: async () => {},
  };
}
