/**
 * Admits a gateway that shows a token: recorded in the log, known to the engine, given the cluster key and certificates.
 *
 * Every step may be done again, so a join that broke off anywhere is done by asking again with the same token. What is
 * said to a stranger depends on the secret of the token; who has it learns why it is refused.
 */
import type { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { admitGateway } from '#consensus/etcd/gateway-access.ts';
import { type KeyValueQuorum, QuorumError } from '#consensus/key-value-quorum.ts';
import { alsoTrusted, renewalForWitness } from '#domain/cluster/authority-renewal.ts';
import { CLUSTER_STREAM, clusterDecider } from '#domain/cluster/cluster.ts';
import type { MemberFacts } from '#domain/cluster/cluster-messages.ts';
import { foldStream } from '#domain/decider.ts';
import { LOG_FORMAT_STREAM, logFormatDecider } from '#domain/log-format.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { errorCode, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { VERSION } from '#node/version.ts';
import type { GatewaysProjection } from '#projections/gateways.ts';
import type { ClusterFile, KnownMember } from './cluster-file.ts';
import { enginePrefix } from './engine-access.ts';
import { namedMembers } from './engine-members.ts';
import { type AuthorityKeys, issueCertificates } from './issue-certificates.ts';
import {
  fromText,
  JOIN_REFUSALS,
  type JoinAnswer,
  type JoinRefusal,
  type JoinRequest,
  toText,
} from './join-protocol.ts';
import { claimToken } from './join-token.ts';
import { hostsOfMember } from './own-addresses.ts';

/** Certificates and leases are compared across machines; more is a clock that nobody sets. */
const CLOCK_DIFFERENCE_MS_MAX = 60_000;

export interface AdmissionPorts {
  readonly quorum: Pick<KeyValueQuorum, 'txn' | 'range'>;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: AuthorityKeys & Pick<KeysPort, 'giveClusterKey'>;
  /** Null on a gateway that does not vote, and where the engine is an external one. */
  readonly administration: EtcdAdministration | null;
  readonly gateways: GatewaysProjection;
  readonly file: ClusterFile;
  readonly nowMs: () => number;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly answer: JoinAnswer }
  | { readonly kind: 'refused'; readonly refusal: JoinRefusal; readonly detail: string };

const refused = (refusal: JoinRefusal, detail = ''): Admission => ({ kind: 'refused', refusal, detail });

export async function admitMember(ports: AdmissionPorts, request: JoinRequest): Promise<Admission> {
  const { quorum, ledger, keys, administration, gateways, file } = ports;
  const atMs = ports.nowMs();
  try {
    const claimed = await claimToken(quorum, { id: request.tokenId, secret: request.secret }, request, atMs);
    if ('refusal' in claimed) return refused(claimed.refusal);
    const wrong = whyNot(request, atMs);
    if (wrong) return wrong;
    const reached = foldStream(logFormatDecider, await ledger.readStream(LOG_FORMAT_STREAM));
    if (request.reads < reached) return refused('older-version', VERSION);
    // Whoever came now would have the old key only, and never get the new one.
    if (gateways.removedKeyIsKnown) return refused('busy');
    const { cluster } = gateways;
    if (request.witness && cluster.status === 'formed' && !renewalForWitness(cluster)) return refused('busy');
    if (request.engine !== file.engine) return refused('other-engine', file.engine);
    const isExternal = file.engine === 'external';
    if (!administration && !isExternal) return refused('not-a-voter', votersOf(gateways.members).join(', '));
    const { role } = claimed.token;
    // A machine without mail for the third vote, and for nothing else.
    if ((role === 'witness') !== request.witness) return refused('wrong-token');
    const member = factsOf(request);
    const { by, reason } = claimed.token;
    const meta = { requestId: `join|${request.tokenId}`, actor: by, reason, atMs };
    const command = { type: 'AdmitMember', member, role, at: atMs } as const;
    const done = await execute(ledger, clusterDecider, CLUSTER_STREAM, command, meta);
    if (done.kind === 'refused') return refused(asJoinRefusal(done.refusal));
    if (done.state.status !== 'formed') throw new Error('a cluster without members has admitted one');
    const { generation, members } = done.state;
    const renewed = (request.witness ? renewalForWitness(done.state) : null) ?? done.state;
    const { authorities } = renewed;
    const admitted = members.find(({ node }) => node === member.node);
    if (!admitted) return refused('removed-member');
    if (admitted.role !== 'witness') {
      // Users of an external engine are its operator's to make.
      if (administration) await admitGateway(administration, enginePrefix(file.clusterId), member.node);
      await keys.giveClusterKey({
        node: member.node,
        nodeKey: Buffer.from(member.nodeKey, 'base64url'),
      });
    }
    const hosts = hostsOfMember(member.node, member);
    const certificates = await issueCertificates(
      keys,
      authorities,
      hosts,
      fromText(request.publicKeys),
      atMs,
    );
    return {
      kind: 'admitted',
      answer: {
        v: 1,
        clusterId: file.clusterId,
        generation,
        founder: file.founder,
        admittedAt: String(await positionOfAdmission(ledger, member.node)),
        role: admitted.role,
        engine: file.engine,
        authorities,
        alsoTrusted: alsoTrusted(renewed),
        certificates: toText(certificates),
        engineMembers:
          request.witness && administration ? namedMembers(await administration.members(), members) : [],
        members: members.map(knownMemberOf),
      },
    };
  } catch (error) {
    const lost = error instanceof QuorumError || ['no-quorum', 'unresolved'].includes(errorCode(error) ?? '');
    if (lost) return refused('no-quorum', (error as Error).message);
    throw error;
  }
}

function whyNot({ atMs: theirs, version }: JoinRequest, atMs: number): Admission | null {
  const differenceMs = theirs - atMs;
  if (Math.abs(differenceMs) > CLOCK_DIFFERENCE_MS_MAX) {
    return refused('clock', `${Math.round(differenceMs / 1000)}`);
  }
  const order = compareVersions(version, VERSION);
  if (order === 0) return null;
  return refused(order < 0 ? 'older-version' : 'newer-version', VERSION);
}

/** By major and minor number: gateways of one minor version read each other's events. */
function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

function factsOf(request: JoinRequest): MemberFacts {
  const { node, name, publicKey, nodeKey, site, peerAddress, etcdClient, etcdPeer } = request;
  return { node, name, publicKey, nodeKey, site, peerAddress, etcdClient, etcdPeer };
}

function asJoinRefusal(word: string): JoinRefusal {
  const known = JOIN_REFUSALS.find((refusal) => refusal === word);
  if (!known) throw new Error(`a join was refused: ${word}`);
  return known;
}

const votersOf = (members: readonly KnownMember[]): string[] =>
  members.filter(({ role }) => role === 'voter').map(({ peerAddress }) => peerAddress);

export function knownMemberOf(member: KnownMember): KnownMember {
  const { node, name, role, site, peerAddress, etcdClient, etcdPeer } = member;
  return { node, name, role, site, peerAddress, etcdClient, etcdPeer };
}

async function positionOfAdmission(ledger: Pick<LedgerPort, 'readStream'>, node: string): Promise<bigint> {
  const events = await ledger.readStream(CLUSTER_STREAM);
  const admitted = events.find(
    ({ kind, payload }) =>
      (kind === 'GatewayAdmitted' || kind === 'WitnessAdmitted') &&
      (JSON.parse(Buffer.from(payload).toString('utf8')) as { node: string }).node === node,
  );
  if (!admitted) throw new Error(`${node} is a member, but its admission is not in the log`);
  return admitted.position;
}
