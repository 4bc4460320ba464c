/**
 * Members, alarms and upkeep of our own etcd: the supervisor's side. Never used on an external cluster (requirement 32).
 *
 * Rejects with QuorumError as the port does, and with EtcdRefusal where etcd understood and will not: a learner that is
 * not in step yet, a removal that would cost the quorum.
 */
import { QuorumError } from '../key-value-quorum.ts';
import { EtcdRefusal } from './call-failure.ts';
import {
  ALARM_DISARM,
  ALARM_LIST,
  type Alarm,
  DEFRAGMENT,
  KNOWN_MEMBERS,
  MEMBER_ADD_LEARNER,
  MEMBER_LIST,
  MEMBER_PROMOTE,
  MEMBER_REMOVE,
  type Member,
  type MemberStatus,
  MOVE_LEADER,
  STATUS,
} from './cluster-messages.ts';
import { type ClientCredentials, Endpoint } from './endpoint.ts';
import { EndpointSet } from './endpoint-set.ts';
import { COMPACT } from './kv-messages.ts';
import type { Method } from './method.ts';

/** Two elections. `MemberAdd` is refused as "unhealthy" until all members were connected for 5 s, and asked again. */
const CALL_MS = 10_000;
const STATUS_MS = 2_000;
/** Rewrites the whole file; 2 GiB on a slow disk. The member answers nobody meanwhile. */
const DEFRAGMENT_MS = 120_000;
const COMPACT_MS = 60_000;

export class EtcdAdministration {
  readonly #credentials: ClientCredentials;
  readonly #set: EndpointSet;
  readonly #single = new Map<string, Endpoint>();

  /** `endpoints`: `host:port`, those to ask about the cluster. */
  constructor(options: { readonly endpoints: readonly string[]; readonly credentials: ClientCredentials }) {
    this.#credentials = options.credentials;
    this.#set = new EndpointSet(options.endpoints, options.credentials);
  }

  async members(): Promise<readonly Member[]> {
    const asked = { timeoutMs: CALL_MS, kind: 'read' } as const;
    return (await this.#set.call(MEMBER_LIST, null, asked)).members;
  }

  /** As the first one to answer knows them, perhaps old; also without a quorum, and soon. */
  async knownMembers(): Promise<readonly Member[]> {
    const asked = { timeoutMs: STATUS_MS, kind: 'read' } as const;
    const { members } = await this.#set.attempt(asked, (endpoint, timeoutMs) =>
      endpoint.unary(KNOWN_MEMBERS, null, { timeoutMs, leaderless: true }),
    );
    return members;
  }

  /** The same peer URL again gives the learner that is there. */
  async addLearner(peerUrl: string): Promise<Member> {
    try {
      const { added } = await this.change(MEMBER_ADD_LEARNER, { peerUrls: [peerUrl] });
      if (added) return added;
    } catch (error) {
      const perhapsDone = error instanceof QuorumError && error.code === 'unclear';
      if (!perhapsDone && !(error instanceof EtcdRefusal && error.reason === 'exists')) throw error;
    }
    const found = (await this.members()).find(({ peerUrls }) => peerUrls.includes(peerUrl));
    if (!found) throw new QuorumError('unclear', `whether ${peerUrl} was added is not known`);
    return found;
  }

  /** A voter already is fine. Rejects `learner-not-ready` until it has the leader's data. */
  async promote(id: bigint): Promise<void> {
    const found = (await this.members()).find((member) => member.id === id);
    if (found && !found.learner) return;
    await this.change(MEMBER_PROMOTE, { id });
  }

  /** A member that is gone already is fine. */
  async remove(id: bigint): Promise<void> {
    if (!(await this.members()).some((member) => member.id === id)) return;
    await this.change(MEMBER_REMOVE, { id });
  }

  /** What one member, `host:port`, says of itself; also without a quorum. */
  status(address: string): Promise<MemberStatus> {
    return this.#at(address).unary(STATUS, null, { timeoutMs: STATUS_MS, leaderless: true });
  }

  alarms(): Promise<readonly Alarm[]> {
    return this.#set.call(ALARM_LIST, null, { timeoutMs: CALL_MS, kind: 'read' });
  }

  async disarm(memberId: bigint, kind: 'no-space' | 'corrupt'): Promise<void> {
    const asked = { timeoutMs: CALL_MS, kind: 'repeatable' } as const;
    await this.#set.call(ALARM_DISARM, { memberId, kind }, asked);
  }

  /** Drops all history before the revision. One that was dropped already is fine. */
  async compact(revision: bigint): Promise<void> {
    try {
      await this.#set.call(COMPACT, { revision }, { timeoutMs: COMPACT_MS, kind: 'change' });
    } catch (error) {
      if (!(error instanceof QuorumError) || error.code !== 'compacted') throw error;
    }
  }

  /** Gives freed space of one member back to the disk. One member at a time, the leader last. */
  async defragment(address: string): Promise<void> {
    await this.#at(address).unary(DEFRAGMENT, null, { timeoutMs: DEFRAGMENT_MS, leaderless: true });
  }

  /** Asked of the leader, `host:port`. */
  async moveLeader(leaderAddress: string, to: bigint): Promise<void> {
    await this.#at(leaderAddress).unary(MOVE_LEADER, { id: to }, { timeoutMs: CALL_MS });
  }

  /** For what has its own module (`gateway-access.ts`). */
  change<Q, R>(method: Method<Q, R>, request: Q): Promise<R> {
    return this.#set.call(method, request, { timeoutMs: CALL_MS, kind: 'change' });
  }

  close(): void {
    this.#set.close();
    for (const endpoint of this.#single.values()) endpoint.close();
  }

  #at(address: string): Endpoint {
    let endpoint = this.#single.get(address);
    if (!endpoint) {
      endpoint = new Endpoint(address, this.#credentials);
      this.#single.set(address, endpoint);
    }
    return endpoint;
  }
}
