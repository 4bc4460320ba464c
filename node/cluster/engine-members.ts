/**
 * Brings the members of the engine to those that the log says vote: learners are promoted, a witness is added, who votes
 * no more is removed. Each voter does it; all steps may be done again, and by several at once.
 *
 * A learner that has made no way for five minutes is taken out, so that another one can come.
 */
import { EtcdRefusal } from '#consensus/etcd/call-failure.ts';
import type { Member } from '#consensus/etcd/cluster-messages.ts';
import type { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { admitAdministrator, dismissGateway } from '#consensus/etcd/gateway-access.ts';
import type { MemberAddress } from '#consensus/etcd/start-line.ts';
import { QuorumError } from '#consensus/key-value-quorum.ts';
import type { ClusterMemberState } from '#domain/cluster/cluster.ts';
import type { Log } from '#node/log.ts';
import { endpointOf } from './own-engine.ts';

const STALLED_MS = 300_000; // As k3s does; a log tail of a quarter of the quota is copied in less.

export interface EngineMembersPorts {
  readonly log: Log;
  /** Ends the lease of a gateway that is no member any more: it may go on to keep it alive. */
  endLease(node: string): Promise<void>;
}

interface Wanted {
  readonly members: readonly ClusterMemberState[];
  readonly removed: readonly string[];
}

export class EngineMembers {
  readonly #ports: EngineMembersPorts;
  readonly #dismissed = new Set<string>();
  readonly #administrators = new Set<string>();
  /** By peer address: since when it is a learner here. */
  readonly #learners = new Map<string, number>();
  #step = '';

  constructor(ports: EngineMembersPorts) {
    this.#ports = ports;
  }

  /** What is under way, one sentence; empty when nothing is. */
  get step(): string {
    return this.#step;
  }

  async look(administration: EtcdAdministration, wanted: Wanted): Promise<void> {
    await this.#admitAdministrators(administration, wanted.members);
    const peers = new Set(wanted.members.filter(votes).map(({ etcdPeer }) => etcdPeer));
    const members = await administration.members();
    const learner = members.find((member) => member.learner);
    this.#step = learner ? 'a new voter copies the state of the engine' : '';
    if (learner) await this.#promote(administration, learner);
    else await addWitness(administration, wanted.members, members);
    const voting = members.filter((member) => !member.learner);
    const complete = [...peers].every((peer) => voting.some(({ peerUrls }) => peerUrls.includes(peer)));
    const surplus = firstSurplus(members, peers, wanted.members);
    // Add, then remove: never fewer voters than the log wants. But a dead one is no voter, and etcd adds nobody beside it.
    if (surplus && (complete || (await isDead(administration, surplus, wanted.members)))) {
      await administration.remove(surplus.id);
      this.#ports.log.info({ member: surplus.name }, 'removed from the voters');
    }
    for (const node of wanted.removed) {
      if (this.#dismissed.has(node)) continue;
      await dismissGateway(administration, node);
      await this.#ports.endLease(node);
      this.#dismissed.add(node);
    }
  }

  /** A new voter cannot make itself one. */
  async #admitAdministrators(
    administration: EtcdAdministration,
    members: readonly ClusterMemberState[],
  ): Promise<void> {
    for (const { node, role } of members) {
      if (role !== 'voter' || this.#administrators.has(node)) continue;
      await admitAdministrator(administration, node);
      this.#administrators.add(node);
    }
  }

  async #promote(administration: EtcdAdministration, { id, peerUrls, name }: Member): Promise<void> {
    const key = peerUrls.join(' ');
    const sinceMs = this.#learners.get(key) ?? performance.now();
    this.#learners.set(key, sinceMs);
    try {
      await administration.promote(id);
      this.#learners.delete(key);
      this.#step = '';
      this.#ports.log.info({ member: name }, 'a new voter');
    } catch (error) {
      if (!(error instanceof EtcdRefusal) && !(error instanceof QuorumError)) throw error;
      this.#step = `a new voter copies the state of the engine (${error.message})`;
      this.#ports.log.debug({ member: name, problem: error.message }, 'not promoted yet');
      if (performance.now() - sinceMs < STALLED_MS) return;
      await administration.remove(id);
      this.#learners.delete(key);
      this.#ports.log.warn({ member: name }, 'a new voter made no way and was taken out; it may try again');
    }
  }
}

/** Who is no member at all goes before who is there and votes no more: the dead are not needed for the next removal. */
function firstSurplus(
  members: readonly Member[],
  voting: ReadonlySet<string>,
  known: readonly ClusterMemberState[],
): Member | null {
  const surplus = members.filter(({ peerUrls }) => !peerUrls.some((peer) => voting.has(peer)));
  const isKnown = ({ peerUrls }: Member): boolean =>
    known.some(({ etcdPeer }) => peerUrls.includes(etcdPeer));
  return surplus.find((member) => !isKnown(member)) ?? surplus[0] ?? null;
}

/** No member of the log any more, and silent: every vote counts as before without it. */
async function isDead(
  administration: EtcdAdministration,
  { peerUrls, clientUrls, learner }: Member,
  known: readonly ClusterMemberState[],
): Promise<boolean> {
  if (learner || known.some(({ etcdPeer }) => peerUrls.includes(etcdPeer))) return false;
  const [clientUrl] = clientUrls;
  if (clientUrl === undefined) return true; // It has never started.
  return administration.status(endpointOf(clientUrl)).then(
    () => false,
    () => true,
  );
}

/** As a start line names them: by their ids in the log; the engine knows no name of one that has not started yet. */
export function namedMembers(
  members: readonly Member[],
  known: readonly Pick<ClusterMemberState, 'node' | 'etcdPeer'>[],
): (MemberAddress & { readonly learner: boolean })[] {
  return members.map(({ name, peerUrls: [peerUrl = ''], learner }) => {
    const member = known.find(({ etcdPeer }) => etcdPeer === peerUrl);
    return { name: member?.node ?? name, peerUrl, learner };
  });
}

/** A witness has nobody on its machine who could add it; it starts when it sees itself in the list. */
async function addWitness(
  administration: EtcdAdministration,
  wanted: readonly ClusterMemberState[],
  known: readonly Member[],
): Promise<void> {
  const isKnown = ({ etcdPeer }: ClusterMemberState): boolean =>
    known.some(({ peerUrls }) => peerUrls.includes(etcdPeer));
  const waiting = wanted.find((member) => member.role === 'witness' && !isKnown(member));
  // After the gateways: of one voter and a witness either death would stop changes.
  const ready = wanted.filter(({ role }) => role === 'voter').every(isKnown);
  if (waiting && ready) await administration.addLearner(waiting.etcdPeer);
}

export const votes = ({ role }: Pick<ClusterMemberState, 'role'>): boolean =>
  role === 'voter' || role === 'witness';
