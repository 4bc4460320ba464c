/**
 * Brings the engine to what the log says: a voter's own member runs, the others vote or not (engine-members.ts), a key that
 * a removed gateway knows is replaced, events that all have leave the engine (replication.md §4.3). Every gateway looks
 * after its own member; the voters, each of them, after the others.
 *
 * All steps may be done again, and by several at once; what cannot be done now is done at a later look.
 */
import { EtcdRefusal } from '#consensus/etcd/call-failure.ts';
import type { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { QuorumError } from '#consensus/key-value-quorum.ts';
import type { KeyRing } from '#consensus/signing.ts';
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
import { administrationAccess, engineEndpoints, quorumAccess } from './engine-access.ts';
import { setEngineAside } from './engine-aside.ts';
import { EngineMembers, namedMembers, votes } from './engine-members.ts';
import { lastWords, runningEtcd, stopEtcd } from './etcd-process.ts';
import type { AuthorityKeys } from './issue-certificates.ts';
import { renewOwnCertificates } from './own-certificates.ts';
import { endpointOf, engineFolder, engineHasData, startOwnEngine } from './own-engine.ts';
import { AuthorityRenewing } from './renew-authorities.ts';
import { trimEngine } from './trim-engine.ts';

const LOOK_MS = 2000;
const STOP_MS = 10_000;

export interface StewardPorts {
  readonly settings: Settings;
  readonly layout: Layout;
  readonly log: Log;
  readonly keys: AuthorityKeys & Pick<KeysPort, 'replaceClusterKey' | 'refreshSecrets'>;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly gateways: GatewaysProjection;
  readonly keyRing: KeyRing;
  file(): ClusterFile;
  leads(job: string): Promise<boolean>;
  /** Ends the lease of a gateway that is no member any more: it may go on to keep it alive. */
  endLease(node: string): Promise<void>;
  /** Other certificates were written: connections from now on are to be made with them. */
  renewAccess(): void;
}

type Formed = Extract<GatewaysProjection['cluster'], { status: 'formed' }>;

export class Steward {
  readonly #ports: StewardPorts;
  readonly #members: EngineMembers;
  readonly #renewing: AuthorityRenewing;
  #administration: { readonly endpoints: string; readonly access: EtcdAdministration } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #closed = false;
  #told = '';
  #ownStep = '';
  #wasStarted = false;
  #ended = '';
  #trimAtMs = 0;
  /** Of the cluster's secrets: how many removals they have outlived. */
  #seriesTaken = 0;

  constructor(ports: StewardPorts) {
    this.#ports = ports;
    this.#members = new EngineMembers(ports);
    this.#renewing = new AuthorityRenewing(ports);
  }

  /** What is under way here, one sentence; empty when nothing is. */
  get step(): string {
    return this.settling || this.#renewing.step;
  }

  /** The part of it after which all vote that shall. */
  get settling(): string {
    return this.#ownStep || this.#members.step;
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
    this.#administration?.access.close(); // Without a leader a call would go on for ten seconds.
    await this.#running;
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** Null on a gateway that does not vote. */
  administration(): EtcdAdministration | null {
    const { layout, gateways } = this.#ports;
    const file = this.#ports.file();
    if (this.#closed || gateways.member(file.node)?.role !== 'voter') return null;
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
      await this.#takeNewSecrets(cluster);
      await this.#trim(cluster);
      await this.#renewAuthorities(cluster);
      this.#tell('');
    } catch (error) {
      const expected =
        error instanceof QuorumError ||
        error instanceof EtcdRefusal ||
        error instanceof ClusterError ||
        typeof (error as { code?: unknown }).code === 'string';
      if (!expected) throw error;
      if (this.#closed) return;
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
    this.#ownStep = '';
    if (!self) return; // Removed: the others do the rest.
    if (await renewOwnCertificates({ layout, keys, settings }, cluster, self)) {
      this.#administration?.access.close();
      this.#administration = null;
      this.#ports.renewAccess();
    }
    const folder = engineFolder(layout, cluster.generation);
    if (self.role !== 'voter') {
      if (runningEtcd(folder) !== null || engineHasData(layout, cluster.generation)) await this.#leave(self);
      return;
    }
    if (runningEtcd(folder) !== null) return;
    this.#tellEnd(folder);
    // Data of a member that was taken out are of no more use: it voted no more meanwhile.
    const isLeft =
      cluster.members.filter(votes).length > 1 && !(await this.#isListed(self.etcdPeer).catch(() => true));
    if (isLeft) setEngineAside(layout, cluster.generation);
    if (engineHasData(layout, cluster.generation)) {
      // Its own data say who the members are.
      const members = [{ name: self.node, peerUrl: self.etcdPeer }];
      await startOwnEngine(this.#ports, file, { state: 'existing', members });
      this.#wasStarted = true;
      return;
    }
    const administration = this.administration();
    if (!administration || cluster.members.filter(votes).length < 2) return;
    this.#ownStep ||= 'this gateway becomes a voter: it copies the state of the engine';
    setEngineAside(layout, cluster.generation); // Of a first start that found none of the others.
    if (await this.#takenOut(administration, self)) return;
    await administration.addLearner(self.etcdPeer);
    const members = namedMembers(await administration.members(), cluster.members);
    await startOwnEngine(this.#ports, file, { state: 'existing', members });
    this.#wasStarted = true;
    this.#ports.log.info('joins the voters as a learner');
  }

  /** One that was started and does not run: what is in its way stands in what it wrote last. */
  #tellEnd(folder: string): void {
    const words = this.#wasStarted ? lastWords(folder) : '';
    if (words !== '') this.#ownStep = `etcd has ended on this gateway and is started again: ${words}`;
    if (words !== '' && words !== this.#ended) this.#ports.log.warn({ etcd: words }, 'etcd has ended');
    this.#ended = words;
  }

  /** It has voted, and what it voted for is lost: it must not vote a second time under the same id. */
  async #takenOut(administration: EtcdAdministration, { etcdPeer }: ClusterMemberState): Promise<boolean> {
    const known = (await administration.members()).find(({ peerUrls }) => peerUrls.includes(etcdPeer));
    if (!known || known.learner) return false;
    await administration.remove(known.id);
    this.#ports.log.warn('the data of the engine are lost: this gateway joins the voters anew');
    return true;
  }

  /** A member that votes no more: only when the others have let it go, so that no vote is lost before. */
  async #leave({ etcdPeer }: ClusterMemberState): Promise<void> {
    const { layout, gateways, log } = this.#ports;
    if (await this.#isListed(etcdPeer)) return;
    const { generation } = gateways.cluster as Formed;
    await stopEtcd(engineFolder(layout, generation), STOP_MS);
    const aside = setEngineAside(layout, generation);
    log.info({ aside }, 'votes no more; the data of the engine were moved aside');
  }

  /** Whether the others have this gateway's member in their list. Rejects when none of them answers. */
  async #isListed(etcdPeer: string): Promise<boolean> {
    const others = engineEndpoints(this.#ports.file()).filter((one) => one !== endpointOf(etcdPeer));
    if (others.length === 0) throw new QuorumError('unavailable', 'there is no other voter to ask');
    const access = administrationAccess(this.#ports.layout, others);
    try {
      return (await access.members()).some(({ peerUrls }) => peerUrls.includes(etcdPeer));
    } finally {
      access.close();
    }
  }

  async #otherMembers(cluster: Formed): Promise<void> {
    const administration = this.administration();
    if (administration) await this.#members.look(administration, cluster);
  }

  /** Another gateway may have begun another series of them after a removal: mails are to be sealed to it. */
  async #takeNewSecrets({ removed }: Formed): Promise<void> {
    const { gateways, keys } = this.#ports;
    if (gateways.removedKeyIsKnown || this.#seriesTaken === removed.length) return;
    await keys.refreshSecrets({ series: removed.length });
    this.#seriesTaken = removed.length;
  }

  async #renewAuthorities(cluster: Formed): Promise<void> {
    const self = cluster.members.find(({ node }) => node === this.#ports.file().node);
    if (self) await this.#renewing.look(cluster, self, this.administration());
  }

  async #trim({ members }: Formed): Promise<void> {
    const administration = this.administration();
    const { settings, layout, keyRing, log, leads } = this.#ports;
    const file = this.#ports.file();
    const self = members.find(({ node }) => node === file.node);
    if (!administration || !self || performance.now() < this.#trimAtMs) return;
    this.#trimAtMs = performance.now() + settings.cluster.log.trimEveryMs;
    const { clusterId } = file;
    const root = () => quorumAccess(layout, file, engineEndpoints(file), 'etcd-root');
    const ports = { settings, clusterId, keys: keyRing, log, root, leads };
    await trimEngine(ports, administration, members, endpointOf(self.etcdClient));
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
    await keys.replaceClusterKey({ replacement, series: removed.length, holders });
    const atMs = Date.now();
    const meta = { requestId: `key-replacement|${replacement}`, actor: `node/${file.node}`, atMs };
    const command = { type: 'RecordKeyRotation', rotation: replacement, at: atMs } as const;
    const reason = `${last} was removed`;
    await execute(ledger, clusterDecider, CLUSTER_STREAM, command, { ...meta, reason });
    this.#ports.log.info({ replacement }, 'the cluster key was replaced');
  }
}
