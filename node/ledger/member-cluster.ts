/**
 * ClusterPort of a member of a cluster: who belongs to it by the log, who is there and whose spool is whose by the
 * quorum, looked at every LOOK_MS and when a watch tells of a change.
 *
 * Without a quorum the last view stands, with `quorum: false` and the reason.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { LogStatus } from '#consensus/event-log.ts';
import {
  type KeyValue,
  type KeyValueQuorum,
  prefixEnd,
  QuorumError,
  type Watch,
} from '#consensus/key-value-quorum.ts';
import { VERSION } from '#node/version.ts';
import type { GatewaysProjection } from '#projections/gateways.ts';
import type { ClusterMember, ClusterPort, ClusterView } from './cluster-port.ts';
import {
  ACK,
  ALIVE,
  ackedOf,
  NODE,
  octetsOf,
  readsOf,
  SPOOL,
  type SpoolClaim,
  spoolOf,
  versionOf,
} from './member-keys.ts';
import { readsFormat } from './own-format.ts';
import { OwnLease } from './own-lease.ts';

const LOOK_MS = 2000; // What no watch has told is seen within two seconds.
const START_WAIT_MS = 1000; // The other processes wait for this one.
const LOOK_TIMEOUT_MS = 3000;
const RANGES = [ALIVE, NODE, SPOOL, ACK] as const;
const CLAIM_TRIES_MAX = 5; // Each fails only when someone else has changed the same key in between.

export interface MemberClusterOptions {
  readonly quorum: KeyValueQuorum;
  readonly gateways: GatewaysProjection;
  readonly clusterId: string;
  readonly node: string;
  readonly leaseTtlMs: number;
  status(): LogStatus;
}

export interface MemberCluster extends ClusterPort {
  /** The log has told of members, or of its own state. */
  changed(): void;
  /** Ends the lease of a gateway that was removed. */
  endLease(node: string): Promise<void>;
  close(): Promise<void>;
}

export async function memberCluster(options: MemberClusterOptions): Promise<MemberCluster> {
  const cluster = new RunningMember(options);
  await cluster.start();
  return cluster;
}

class RunningMember implements MemberCluster {
  readonly #options: MemberClusterOptions;
  readonly #lease: OwnLease;
  readonly #listeners = new Set<(view: ClusterView) => void>();
  readonly #watches = new Map<string, Watch>();
  #found = new Map<string, KeyValue>();
  #told = '';
  /** The own lease under which the claims of spools were last read. */
  #seenUnder: bigint | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  #closed = false;

  constructor(options: MemberClusterOptions) {
    this.#options = options;
    const { quorum, node, leaseTtlMs, gateways } = options;
    this.#lease = new OwnLease({
      quorum,
      node,
      ttlMs: leaseTtlMs,
      isMember: (holder) => gateways.member(holder) !== null,
      onChange: () => {
        this.changed();
        if (this.#lease.id !== this.#seenUnder) void this.#look();
      },
    });
  }

  /** Resolves after the first attempts, soon also without a quorum: then they come to nothing and are repeated. */
  async start(): Promise<void> {
    const first = this.#lease
      .start()
      .then(() => this.#introduce())
      .then(() => this.#look());
    await Promise.race([first, wait(START_WAIT_MS, undefined, { ref: false })]);
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  async view(): Promise<ClusterView> {
    return this.#view();
  }

  follow(on: (view: ClusterView) => void): ReturnType<ClusterPort['follow']> {
    this.#listeners.add(on);
    on(this.#view());
    return { done: new Promise(() => {}), stop: () => void this.#listeners.delete(on) };
  }

  async claimSpool(of: string, epoch: number): ReturnType<ClusterPort['claimSpool']> {
    const { quorum, node } = this.#options;
    const key = SPOOL + of;
    for (let attempt = 0; attempt < CLAIM_TRIES_MAX; attempt++) {
      const [found] = (await this.#asked(quorum.range({ key }))).values;
      const stands = spoolOf(found) ?? { epoch: 1, owner: of };
      if (stands.epoch !== epoch) return { claimed: false, ...stands };
      const claim: SpoolClaim = { epoch: epoch + 1, owner: node };
      const compare = [
        { key: ALIVE + of, createRevision: 0n },
        { key, modRevision: found?.modRevision ?? 0n },
      ];
      const success = [{ type: 'put' as const, key, value: octetsOf(claim) }];
      const failure = [{ type: 'range' as const, key: ALIVE + of }];
      const done = await this.#asked(quorum.txn({ compare, success, failure }));
      if (done.succeeded) {
        void this.#look();
        return { claimed: true, ...claim };
      }
      const [alive] = done.results[0]?.type === 'range' ? done.results[0].values : [];
      if (alive) return { claimed: false, ...stands };
    }
    throw unavailable('the claims of that spool change all the time');
  }

  async renewSpool(): Promise<{ epoch: number }> {
    const { quorum, node } = this.#options;
    const key = SPOOL + node;
    for (let attempt = 0; attempt < CLAIM_TRIES_MAX; attempt++) {
      const [found] = (await this.#asked(quorum.range({ key }))).values;
      const claim: SpoolClaim = { epoch: (spoolOf(found)?.epoch ?? 0) + 1, owner: node };
      const compare = [{ key, modRevision: found?.modRevision ?? 0n }];
      const success = [{ type: 'put' as const, key, value: octetsOf(claim) }];
      if ((await this.#asked(quorum.txn({ compare, success }))).succeeded) {
        await this.#look();
        return { epoch: claim.epoch };
      }
    }
    throw unavailable('the claims of the own spool change all the time');
  }

  leads(job: string): Promise<boolean> {
    return this.#asked(this.#lease.leads(job));
  }

  changed(): void {
    const view = this.#view();
    for (const listener of this.#listeners) listener(view);
  }

  async endLease(of: string): Promise<void> {
    const { quorum } = this.#options;
    const [alive] = (await quorum.range({ key: ALIVE + of })).values;
    if (alive && alive.lease !== 0n) await quorum.revoke(alive.lease);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearInterval(this.#timer);
    for (const watch of this.#watches.values()) watch.stop();
    await this.#looking;
    await this.#lease.close();
  }

  /** The first claim of the own spool, and what version runs here. */
  async #introduce(): Promise<void> {
    const { quorum, node } = this.#options;
    const spool = SPOOL + node;
    const first = octetsOf({ epoch: 1, owner: node } satisfies SpoolClaim);
    try {
      await quorum.txn({
        compare: [{ key: spool, createRevision: 0n }],
        success: [{ type: 'put', key: spool, value: first }],
      });
      const value = octetsOf({ version: VERSION, reads: readsFormat() });
      await quorum.txn({ compare: [], success: [{ type: 'put', key: NODE + node, value }] });
    } catch (error) {
      if (!(error instanceof QuorumError)) throw error;
    }
  }

  #look(): Promise<void> {
    this.#lookAgain = true;
    this.#looking ??= this.#lookWhileNews().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookWhileNews(): Promise<void> {
    while (this.#lookAgain && !this.#closed) {
      this.#lookAgain = false;
      this.#followChanges();
      const lease = this.#lease.id;
      try {
        const success = RANGES.map((key) => ({ type: 'range' as const, key, end: prefixEnd(key) }));
        const { results } = await this.#options.quorum.txn(
          { compare: [], success },
          { timeoutMs: LOOK_TIMEOUT_MS },
        );
        const values = results.flatMap((result) => (result.type === 'range' ? result.values : []));
        this.#found = new Map(values.map((value) => [value.key, value]));
        const isNew = lease !== this.#seenUnder;
        this.#seenUnder = lease;
        if (isNew) this.changed();
        const own = this.#options.node;
        if (!this.#found.has(NODE + own) || !this.#found.has(SPOOL + own)) await this.#introduce();
      } catch (error) {
        if (!(error instanceof QuorumError)) throw error;
      }
      this.#tellIfChanged();
    }
  }

  #followChanges(): void {
    for (const key of [ALIVE, SPOOL]) {
      if (this.#watches.has(key)) continue;
      const watch = this.#options.quorum.watch({ key, end: prefixEnd(key) }, () => void this.#look());
      this.#watches.set(key, watch);
      const ended = (): boolean => this.#watches.delete(key);
      watch.done.then(ended, ended);
    }
  }

  #tellIfChanged(): void {
    const { leaseUntilNs: _, ...view } = this.#view();
    const text = JSON.stringify(view, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    if (text === this.#told) return;
    this.#told = text;
    this.changed();
  }

  #view(): ClusterView {
    const { gateways, clusterId, node } = this.#options;
    const status = this.#options.status();
    const spoolAt = (of: string): SpoolClaim =>
      spoolOf(this.#found.get(SPOOL + of)) ?? { epoch: 1, owner: of };
    const removed = gateways.cluster.status === 'formed' ? gateways.cluster.removed : [];
    const former = removed.map((of) => {
      const { epoch, owner } = spoolAt(of);
      return { node: of, alive: this.#found.has(ALIVE + of), spoolEpoch: epoch, spoolOwner: owner };
    });
    const members = gateways.members.map((member): ClusterMember => {
      const spool = spoolAt(member.node);
      return {
        node: member.node,
        name: member.name,
        role: member.role,
        site: member.site,
        peerAddress: member.peerAddress,
        alive: this.#found.has(ALIVE + member.node),
        spoolEpoch: spool.epoch,
        spoolOwner: spool.owner,
        ackedPosition: ackedOf(this.#found.get(ACK + member.node)),
        version: versionOf(this.#found.get(NODE + member.node)),
        reads: member.node === node ? readsFormat() : readsOf(this.#found.get(NODE + member.node)),
      };
    });
    return {
      mode: status.mode,
      clusterId,
      generation: status.generation,
      self: node,
      quorum: status.writable,
      reason: status.reason,
      members,
      former,
      spoolEpoch: members.find((member) => member.node === node)?.spoolEpoch ?? 1,
      // Under a new lease nothing is sure before it is known who owns the spool now.
      leaseUntilNs: this.#lease.id !== null && this.#lease.id === this.#seenUnder ? this.#lease.untilNs : 0n,
    };
  }

  async #asked<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof QuorumError) throw unavailable(error.message);
      throw error;
    }
  }
}

function unavailable(message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code: 'no-quorum' });
}
