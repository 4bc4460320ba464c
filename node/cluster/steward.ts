/**
 * Brings the engine to what the log says: a voter's own member runs, learners are promoted, who has left is removed
 * (replication.md §4.3). Every gateway looks after its own member; the voters, each of them, after the others.
 *
 * All steps may be done again, and by several at once; what cannot be done now is done at a later look. A learner that has made no way for five
 * minutes is taken out, so that another one can come.
 */
import { EtcdRefusal } from '#consensus/etcd/call-failure.ts';
import type { Member } from '#consensus/etcd/cluster-messages.ts';
import type { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { dismissGateway } from '#consensus/etcd/gateway-access.ts';
import { QuorumError } from '#consensus/key-value-quorum.ts';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { CLUSTER_STREAM, type ClusterMemberState, clusterDecider } from '#domain/cluster/cluster.ts';
import type { Layout } from '#node/config/layout.ts';
import type { Settings } from '#node/config/settings.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Log } from '#node/log.ts';
import type { GatewaysProjection } from '#projections/gateways.ts';
import { ClusterError } from './cluster-error.ts';
import type { ClusterFile } from './cluster-file.ts';
import { administrationAccess, engineEndpoints } from './engine-access.ts';
import { setEngineAside } from './engine-aside.ts';
import { runningEtcd, stopEtcd } from './etcd-process.ts';
import type { AuthorityKeys } from './issue-certificates.ts';
import { renewOwnCertificates } from './own-certificates.ts';
import { endpointOf, engineFolder, engineHasData, startOwnEngine } from './own-engine.ts';

const LOOK_MS = 2000;
const STALLED_MS = 300_000; // As k3s does; a log tail of a quarter of the quota is copied in less.
const STOP_MS = 10_000;

export interface StewardPorts {
  readonly settings: Settings;
  readonly layout: Layout;
  readonly log: Log;
  readonly keys: AuthorityKeys & Pick<KeysPort, 'replaceClusterKey'>;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly gateways: GatewaysProjection;
  file(): ClusterFile;
  leads(job: string): Promise<boolean>;
  /** Ends the lease of a gateway that is no member any more: it may go on to keep it alive. */
  endLease(node: string): Promise<void>;
}

type Formed = Extract<GatewaysProjection['cluster'], { status: 'formed' }>;

export class Steward {
  readonly #ports: StewardPorts;
  readonly #dismissed = new Set<string>();
  /** By peer address: since when it is a learner here. */
  readonly #learners = new Map<string, number>();
  #administration: { readonly endpoints: string; readonly access: EtcdAdministration } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #closed = false;
  #told = '';
  #step = '';

  constructor(ports: StewardPorts) {
    this.#ports = ports;
  }

  /** What is under way here, one sentence; empty when nothing is. */
  get step(): string {
    return this.#step;
  }

  start(): void {
    const tick = async (): Promise<void> => {
      await this.look();
      if (!this.#closed) this.#timer = setTimeout(() => void tick(), LOOK_MS);
    };
    void tick();
  }

  look(): Promise<void> {
    this.#running ??= this.#lookOnce().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
    if (this.#timer) clearTimeout(this.#timer);
    this.#administration?.access.close();
  }

  /** Null on a gateway that does not vote. */
  administration(): EtcdAdministration | null {
    const { layout, gateways } = this.#ports;
    const file = this.#ports.file();
    if (gateways.member(file.node)?.role !== 'voter') return null;
    const endpoints = engineEndpoints(file);
    const key = endpoints.join(' ');
    if (this.#administration?.endpoints !== key) {
      this.#administration?.access.close();
      this.#administration = { endpoints: key, access: administrationAccess(layout, endpoints) };
    }
    return this.#administration.access;
  }

  async #lookOnce(): Promise<void> {
    const { cluster } = this.#ports.gateways;
    if (cluster.status !== 'formed') return;
    try {
      await this.#ownMember(cluster);
      await this.#otherMembers(cluster);
      await this.#replaceKnownKey(cluster);
      this.#tell('');
    } catch (error) {
      const expected =
        error instanceof QuorumError ||
        error instanceof EtcdRefusal ||
        error instanceof ClusterError ||
        typeof (error as { code?: unknown }).code === 'string';
      if (!expected) throw error;
      this.#tell((error as Error).message);
    }
  }

  /** The same trouble is said once. */
  #tell(problem: string): void {
    if (problem === this.#told) return;
    this.#told = problem;
    if (problem !== '') this.#ports.log.warn({ problem }, 'the engine is not yet what the log says');
  }

  async #ownMember(cluster: Formed): Promise<void> {
    const { layout, keys, settings } = this.#ports;
    const file = this.#ports.file();
    const self = cluster.members.find(({ node }) => node === file.node);
    if (!self) return; // Removed: the others do the rest.
    await renewOwnCertificates({ layout, keys, settings }, cluster.authorities, self);
    const folder = engineFolder(layout, cluster.generation);
    if (self.role !== 'voter') {
      if (runningEtcd(folder) !== null || engineHasData(layout, cluster.generation)) await this.#leave(self);
      return;
    }
    if (runningEtcd(folder) !== null) return;
    if (engineHasData(layout, cluster.generation)) {
      // Its own data say who the members are.
      const members = [{ name: self.node, peerUrl: self.etcdPeer }];
      await startOwnEngine(this.#ports, file, { state: 'existing', members });
      return;
    }
    const administration = this.administration();
    if (!administration || cluster.members.filter(votes).length < 2) return;
    this.#step = 'this gateway becomes a voter: it copies the state of the engine';
    await administration.addLearner(self.etcdPeer);
    const members = await administration.members();
    await startOwnEngine(this.#ports, file, {
      state: 'existing',
      members: members.flatMap(({ peerUrls: [peerUrl = ''], name }) => {
        const known = cluster.members.find(({ etcdPeer }) => etcdPeer === peerUrl);
        return [{ name: known?.node ?? name, peerUrl }];
      }),
    });
    this.#ports.log.info('joins the voters as a learner');
  }

  /** A member that votes no more: only when the others have let it go, so that no vote is lost before. */
  async #leave({ etcdPeer }: ClusterMemberState): Promise<void> {
    const { layout, gateways, log } = this.#ports;
    const file = this.#ports.file();
    const others = engineEndpoints(file).filter((endpoint) => endpoint !== endpointOf(etcdPeer));
    const access = administrationAccess(layout, others);
    try {
      const members = await access.members();
      if (members.some(({ peerUrls }) => peerUrls.includes(etcdPeer))) return;
    } finally {
      access.close();
    }
    const { generation } = gateways.cluster as Formed;
    await stopEtcd(engineFolder(layout, generation), STOP_MS);
    const aside = setEngineAside(layout, generation);
    log.info({ aside }, 'votes no more; the data of the engine were moved aside');
  }

  async #otherMembers(cluster: Formed): Promise<void> {
    const administration = this.administration();
    if (!administration) return;
    const wanted = new Set(cluster.members.filter(votes).map(({ etcdPeer }) => etcdPeer));
    const members = await administration.members();
    const learner = members.find((member) => member.learner);
    this.#step = learner ? 'a new voter copies the state of the engine' : '';
    if (learner) await this.#promote(administration, learner);
    const voting = members.filter((member) => !member.learner);
    const complete = [...wanted].every((peer) => voting.some(({ peerUrls }) => peerUrls.includes(peer)));
    const surplus = members.filter(({ peerUrls }) => !peerUrls.some((peer) => wanted.has(peer)));
    // Add, then remove: never fewer voters than the log wants.
    if (complete && surplus[0]) {
      await administration.remove(surplus[0].id);
      this.#ports.log.info({ member: surplus[0].name }, 'removed from the voters');
    }
    for (const node of cluster.removed) {
      if (this.#dismissed.has(node)) continue;
      await dismissGateway(administration, node);
      await this.#ports.endLease(node);
      this.#dismissed.add(node);
    }
  }

  /** A removed gateway knows the cluster key: the others get another one. */
  async #replaceKnownKey({ members, removed }: Formed): Promise<void> {
    const { gateways, keys, ledger } = this.#ports;
    const file = this.#ports.file();
    const last = removed.at(-1);
    const mayDo = members.some(({ node }) => node === file.node) && gateways.removedKeyIsKnown;
    if (!mayDo || last === undefined || !(await this.#ports.leads('key-replacement'))) return;
    const replacement = `after-${removed.length}`;
    const holders = members
      .filter(({ role }) => role !== 'witness')
      .map(({ node, nodeKey }) => ({ node, nodeKey: fromBase64Url(nodeKey) }));
    await keys.replaceClusterKey({ replacement, holders });
    const atMs = Date.now();
    const meta = { requestId: `key-replacement|${replacement}`, actor: `node/${file.node}`, atMs };
    const command = { type: 'RecordKeyRotation', rotation: replacement, at: atMs } as const;
    const reason = `${last} was removed`;
    await execute(ledger, clusterDecider, CLUSTER_STREAM, command, { ...meta, reason });
    this.#ports.log.info({ replacement }, 'the cluster key was replaced');
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

const votes = ({ role }: ClusterMemberState): boolean => role === 'voter' || role === 'witness';
