/**
 * This gateway's part in the renewal of the cluster's CAs after a removal (domain/cluster/authority-renewal.ts): one of
 * the gateways makes their keys, under the cluster key that the removed one does not know; then every one takes each step.
 *
 * Files and connections have been brought to the step before (steward.ts). What is left is the own etcd, which reads the
 * CAs that it trusts only when it starts: the voters restart it one after the other, in the order of the log, each when
 * the one before has told that it is done and all of them answer. A witness tells nothing: it is tried what it trusts.
 */
import { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { fromBase64Url } from '#domain/canonical-json.ts';
import {
  type AuthorityRenewal,
  nextSeries,
  type RenewalCommand,
  waitedFor,
} from '#domain/cluster/authority-renewal.ts';
import {
  CLUSTER_STREAM,
  type Cluster,
  type ClusterMemberState,
  clusterDecider,
} from '#domain/cluster/cluster.ts';
import { execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Log } from '#node/log.ts';
import type { GatewaysProjection } from '#projections/gateways.ts';
import { credentialsOf } from './engine-access.ts';
import { votes } from './engine-members.ts';
import { runningEtcd, stopEtcd } from './etcd-process.ts';
import { type AuthorityKeys, issueCertificates, makeAuthority } from './issue-certificates.ts';
import { ensureNodeKeys, pemOf } from './node-certificates.ts';
import { hostsOfMember } from './own-addresses.ts';
import {
  type EnginePlace,
  endpointOf,
  engineFolder,
  engineReady,
  engineTrustsAsNow,
  startOwnEngine,
} from './own-engine.ts';

const STOP_MS = 10_000;
const JOB = 'authority-renewal';

export interface RenewalPorts extends EnginePlace {
  readonly log: Log;
  readonly keys: AuthorityKeys;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly gateways: Pick<GatewaysProjection, 'removedKeyIsKnown'>;
  leads(job: string): Promise<boolean>;
}

type Formed = Extract<Cluster, { status: 'formed' }>;
type Renewing = Formed & { readonly renewal: AuthorityRenewal };

export class AuthorityRenewing {
  readonly #ports: RenewalPorts;
  #step = '';

  constructor(ports: RenewalPorts) {
    this.#ports = ports;
  }

  /** What this gateway waits for, one sentence; empty when for nothing. */
  get step(): string {
    return this.#step;
  }

  /** `administration`: of the engine, on a voter. Rejects as the ledger and the engine do; what is left is done later. */
  async look(
    cluster: Formed,
    self: ClusterMemberState,
    administration: EtcdAdministration | null,
  ): Promise<void> {
    this.#step = '';
    const { renewal } = cluster;
    if (renewal === null) {
      const isWanted = cluster.authoritiesAreKnown && !this.#ports.gateways.removedKeyIsKnown;
      if (isWanted && (await this.#ports.leads(JOB))) await this.#announce(cluster, self);
      return;
    }
    const renewing = { ...cluster, renewal };
    if (!renewal.taken.includes(self.node)) {
      if (await this.#engineIsReady(renewing, self, administration))
        await this.#record(renewal, self.node, self.node);
      return;
    }
    const { gateways, witnesses } = waitedFor(renewing);
    if (gateways.length > 0 || !administration || !(await this.#ports.leads(JOB))) return;
    for (const witness of witnesses) {
      if (await this.#hasTaken(renewing, self, witness)) await this.#record(renewal, witness.node, self.node);
    }
  }

  /** Keys of a series that no removed gateway has seen, since the cluster key was replaced before. */
  async #announce(
    { clusterId, authorities, removed, external }: Formed,
    { node }: ClusterMemberState,
  ): Promise<void> {
    const removals = removed.length;
    const atMs = Date.now();
    const context = { clusterId, series: nextSeries(authorities, removals), atMs };
    const make = (name: 'gateway' | 'peer' | 'client') => makeAuthority(this.#ports.keys, name, context);
    const gateway = await make('gateway');
    // Those of an external engine are its operator's.
    const next = external ? { gateway } : { gateway, peer: await make('peer'), client: await make('client') };
    await this.#execute({ type: 'AnnounceAuthorities', authorities: next, removals, at: atMs }, node, atMs);
    this.#ports.log.info({ series: context.series }, 'new authorities of the cluster are announced');
  }

  async #record({ step }: AuthorityRenewal, node: string, by: string): Promise<void> {
    const atMs = Date.now();
    await this.#execute({ type: 'RecordAuthoritiesTaken', node, step, at: atMs }, by, atMs);
    this.#ports.log.info({ member: node, step }, 'a step of the renewal of the authorities was taken');
  }

  /** Asked again it decides anew: what stands already is recorded once. */
  async #execute(command: RenewalCommand, by: string, atMs: number): Promise<void> {
    const requestId = `${JOB}|${by}|${atMs}|${JSON.stringify(command)}`;
    const meta = { requestId, actor: `node/${by}`, reason: 'a gateway was removed', atMs };
    await execute(this.#ports.ledger, clusterDecider, CLUSTER_STREAM, command, meta);
  }

  /** True when the own etcd, if there is one, trusts what this step asks for. */
  async #engineIsReady(
    { renewal, members, generation, clusterId }: Renewing,
    self: ClusterMemberState,
    administration: EtcdAdministration | null,
  ): Promise<boolean> {
    const { layout } = this.#ports;
    if (self.role !== 'voter') return true;
    if (!administration) return false;
    const own = endpointOf(self.etcdClient);
    const folder = engineFolder(layout, generation);
    if (runningEtcd(folder) === null) return false;
    if (!engineTrustsAsNow(layout, generation)) {
      const before = members.find(({ node, role }) => role === 'voter' && !renewal.taken.includes(node));
      const silent = before?.node === self.node ? await firstSilent(administration, members) : before;
      if (silent) {
        this.#step = `the etcd of this gateway is to be restarted; it waits for that of ${silent.name}`;
        return false;
      }
      await stopEtcd(folder, STOP_MS);
      const start = { state: 'existing', members: [{ name: self.node, peerUrl: self.etcdPeer }] } as const;
      await startOwnEngine(this.#ports, { clusterId, generation, node: self.node }, start);
      this.#ports.log.info('etcd was restarted: it trusts other authorities');
    }
    await engineReady(administration, own, folder);
    return true;
  }

  /** Tried at its etcd: what it trusts, whose certificate it shows, and at last what it trusts no more. */
  async #hasTaken(
    { renewal: { step, other }, authorities }: Renewing,
    self: ClusterMemberState,
    witness: ClusterMemberState,
  ): Promise<boolean> {
    const { layout } = this.#ports;
    if (!other.client) return true; // The engine has begun anew, with CAs of its own.
    const address = endpointOf(witness.etcdClient);
    const own = credentialsOf(layout, 'etcd-root');
    switch (step) {
      case 'trust':
        return answersTo(address, await this.#administratorOf(self, { ...authorities, ...other }));
      case 'issue':
        return answersTo(address, { ...own, ca: pemOf(fromBase64Url(authorities.client.certificate)) });
      case 'retire':
        return (
          (await answersTo(address, own)) &&
          !(await answersTo(address, await this.#administratorOf(self, { ...authorities, ...other })))
        );
    }
  }

  /** Credentials as issued by these CAs. */
  async #administratorOf(self: ClusterMemberState, authorities: Formed['authorities']) {
    const { layout, keys } = this.#ports;
    const own = credentialsOf(layout, 'etcd-root');
    const publicKeys = ensureNodeKeys(layout.cluster, ['etcd-root']);
    const hosts = hostsOfMember(self.node, self);
    const issued = await issueCertificates(keys, authorities, hosts, publicKeys, Date.now());
    return { ...own, certificate: pemOf(issued['etcd-root']!) };
  }
}

/** The first voting member whose etcd does not answer, or knows no leader. */
async function firstSilent(
  administration: EtcdAdministration,
  members: readonly ClusterMemberState[],
): Promise<ClusterMemberState | null> {
  for (const member of members.filter(votes)) {
    const status = await administration.status(endpointOf(member.etcdClient)).catch(() => null);
    if (!status || status.leader === 0n) return member;
  }
  return null;
}

async function answersTo(address: string, credentials: ReturnType<typeof credentialsOf>): Promise<boolean> {
  const access = new EtcdAdministration({ endpoints: [address], credentials });
  try {
    await access.status(address);
    return true;
  } catch {
    return false;
  } finally {
    access.close();
  }
}
