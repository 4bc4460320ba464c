/**
 * A seeded world for claims and fencing: gateways with the real `OwnSpool`, `Takeover` and `MailRegistry`, an engine with
 * leases and spool owners, a network and a clock that do what the seed says: partitions, pauses, restarts.
 *
 * Checked at each delivery: who begins it is the rightful owner of that mail at that moment, that is the gateway that
 * accepted it, or the one that adopted it last. Doubles are possible only between a delivery and its discard.
 */
import pino from 'pino';
import type { ClusterMember, ClusterView } from '#node/ledger/cluster-port.ts';
import type { FenceState } from '#node/shadow/fence-file.ts';
import { MailRegistry } from '#node/shadow/mail-registry.ts';
import { OwnSpool } from '#node/shadow/own-spool.ts';
import type { OwnState } from '#node/shadow/own-state.ts';
import { Takeover } from '#node/shadow/takeover.ts';
import { type Random, randomOf, VirtualTime } from './virtual-time.ts';

const TTL_MS = 15_000;
const RENEW_MS = 5000;
const DELIVER_MS = 900;
const ACCEPT_MS = 1500;
const GRACE_MS = 20_000;
const ANSWER_MS = 5000;
const NODES = ['a', 'b', 'c'];
const silent = pino({ level: 'silent' });

/** What is switched off, to see that the check notices. */
export interface Controls {
  /** The engine gives a spool to whoever asks. */
  readonly claimsWithoutCompare?: boolean;
  /** A gateway never learns that its spool was taken over. */
  readonly blindToClaims?: boolean;
}

interface Mail {
  readonly id: string;
  rightful: string;
  delivered: number;
  /** The sender was told 250. */
  accepted: boolean;
}

export interface Outcome {
  readonly violations: string[];
  readonly lost: string[];
  readonly accepted: number;
  readonly adopted: number;
  readonly doubled: number;
  readonly promises: number;
}

interface Notes {
  readonly adopted: Map<string, { epoch: number; to: string }>;
  readonly before: Map<number, string>;
}

class Engine {
  readonly leaseEndMs = new Map<string, number>();
  readonly spools = new Map(NODES.map((node) => [node, { epoch: 1, owner: node }]));
  readonly #time: VirtualTime;
  constructor(time: VirtualTime) {
    this.#time = time;
  }
  isAlive(node: string): boolean {
    return (this.leaseEndMs.get(node) ?? 0) > this.#time.nowMs;
  }
}

class Gateway {
  readonly node: string;
  readonly world: FencingWorld;
  registry: MailRegistry;
  ownSpool: OwnSpool;
  takeover: Takeover;
  /** Disk. */
  state: OwnState | null = null;
  readonly mails = new Set<string>();
  readonly copies = new Map<string, Map<number, Set<string>>>();
  readonly notes = new Map<string, Notes>();
  readonly askedUnder = new Map<string, number>();
  readonly promises = new Map<string, bigint>();
  fence: FenceState = { openUntilNs: 0n, askUnless: '', graceMs: 0 };
  view: ClusterView | null = null;
  /** What the others hold is known; forgotten by a restart. */
  complete = true;
  /** Events of an earlier process find another number. */
  life = 0;

  constructor(node: string, world: FencingWorld) {
    this.node = node;
    this.world = world;
    [this.registry, this.ownSpool, this.takeover] = this.#begin();
  }

  restart(): void {
    this.life += 1;
    this.view = null;
    [this.registry, this.ownSpool, this.takeover] = this.#begin();
    this.complete = false;
    for (const id of this.mails) this.registry.note(id, null);
  }

  /** Asks all others what they hold, as the comparison does at its start. */
  async compare(): Promise<void> {
    const { life, node, world, state } = this;
    if (state === null || this.ownSpool.isReturning) return;
    const answers = await Promise.all(
      NODES.filter((other) => other !== node).map((other) =>
        world.ask(node, other, (holder) => {
          if (holder.takeover.refusalOf(node, state.epoch)) return null;
          for (const [epoch, held] of holder.copies.get(node) ?? []) {
            if (epoch < state.epoch)
              for (const id of [...held]) if (!holder.notesOf(node).adopted.has(id)) held.delete(id);
          }
          return { other, ids: [...holder.idsHeld(node, state.epoch)] };
        }),
      ),
    );
    if (life !== this.life) return;
    for (const answer of answers) {
      for (const id of answer?.ids ?? [])
        if (this.registry.get(id)) this.registry.note(id, answer?.other ?? null);
    }
    this.complete ||= answers.every((answer) => answer !== null);
  }

  #begin(): [MailRegistry, OwnSpool, Takeover] {
    const { world, node } = this;
    const { time } = world;
    const registry = new MailRegistry(() => time.nowNs);
    const life = this.life;
    const ownSpool = new OwnSpool({
      cluster: { renewSpool: () => world.renewSpool(node) },
      registry,
      untold: () => [],
      registryComplete: () => this.complete,
      nowNs: () => time.nowNs,
      nowMs: () => time.nowMs,
      leaseTtlMs: TTL_MS,
      marginMs: 3000,
      graceMs: GRACE_MS,
      load: () => this.state,
      save: (state) => {
        if (life === this.life) this.state = state;
      },
      publishFence: (fence) => {
        if (life === this.life) this.fence = fence;
      },
      askPromise: (to, epoch, forMs) =>
        world.ask(node, to, (holder) => {
          if (holder.takeover.refusalOf(node, epoch) || holder.takeover.isClaiming(node)) return false;
          holder.promises.set(node, time.nowNs + BigInt(forMs) * 1_000_000n);
          world.promised += 1;
          return true;
        }),
      askAdopted: (to, since, epoch, ids) =>
        world.ask(node, to, (holder) => {
          holder.askedUnder.set(node, epoch);
          const notes = holder.notesOf(node);
          const held = [...(holder.copies.get(node) ?? [])].flatMap(([at, set]) =>
            at < epoch ? [...set] : [],
          );
          for (const id of ids) if (held.includes(id)) holder.note(node, [id], epoch, to);
          return {
            ids: ids.filter((id) => (notes.adopted.get(id)?.epoch ?? 0) > since),
            claimants: [...notes.before].flatMap(([at, before]) => (at > since + 1 ? [before] : [])),
          };
        }),
      mailsOnDisk: async () => [...this.mails],
      dropMails: async (ids) => {
        for (const id of ids) this.mails.delete(id);
      },
      takeOver: (of) => this.takeover.takeOver(of),
      keepFrom: async (of, ids) => {
        const stand = this.takeover.standOf(of);
        if (stand?.owner === node) this.note(of, ids, stand.epoch, node);
        for (const id of ids) world.keep(node, id);
      },
      onDoubtful: () => {},
      onReturned: () => {
        this.complete = false;
      },
      copiesOff: () => false,
      onEpoch: () => {},
      log: silent,
    });
    const takeover = new Takeover({
      cluster: { claimSpool: (of, epoch) => world.claimSpool(node, of, epoch) },
      store: {
        owners: () => [...this.copies.keys()],
        epochsOf: (owner) => [...(this.copies.get(owner) ?? [])].map(([epoch, ids]) => ({ epoch, ids })),
      },
      promises: {
        give: () => {},
        mayClaim: (owner) => time.nowNs >= (this.promises.get(owner) ?? 0n),
      },
      adopt: async (owner, epoch, stand) => {
        const notes = this.notesOf(owner);
        const held = this.idsHeld(owner, epoch);
        const own = [...held].filter((id) => notes.adopted.get(id)?.to === node);
        const open = [...held].filter((id) => !notes.adopted.has(id));
        if (stand.owner === node) own.push(...open);
        else if (stand.owner !== owner && open.length > 0) {
          const grant = await world.ask(node, stand.owner, (claimant) =>
            claimant.grant(owner, stand.epoch, node, open),
          );
          if (life !== this.life) return;
          for (const id of grant?.taken ?? []) held.delete(id);
          own.push(...(grant?.granted ?? []));
        }
        for (const id of own.filter((one) => held.delete(one))) {
          this.note(owner, [id], stand.epoch, node);
          world.adopt(this, id);
        }
      },
      onFollowed: async (owner, epoch, before) => void this.notesOf(owner).before.set(epoch, before),
      log: silent,
    });
    return [registry, ownSpool, takeover];
  }

  notesOf(owner: string): Notes {
    const notes = this.notes.get(owner) ?? { adopted: new Map(), before: new Map() };
    this.notes.set(owner, notes);
    return notes;
  }

  note(owner: string, ids: readonly string[], epoch: number, to: string): void {
    const { adopted } = this.notesOf(owner);
    for (const id of ids) if (!adopted.has(id)) adopted.set(id, { epoch, to });
  }

  /** As copy-routes.ts does it. */
  grant(
    of: string,
    epoch: number,
    holder: string,
    ids: readonly string[],
  ): { granted: string[]; taken: string[] } | null {
    const stand = this.takeover.standOf(of);
    if (stand?.owner !== this.node || stand.epoch !== epoch || (this.askedUnder.get(of) ?? 0) > epoch)
      return null;
    const { adopted } = this.notesOf(of);
    const held = new Set([...(this.copies.get(of)?.values() ?? [])].flatMap((set) => [...set]));
    const granted = ids.filter((id) => !held.has(id) && (adopted.get(id)?.to ?? holder) === holder);
    this.note(of, granted, epoch, holder);
    return { granted, taken: ids.filter((id) => !granted.includes(id)) };
  }

  idsHeld(owner: string, epoch: number): Set<string> {
    const epochs = this.copies.get(owner) ?? new Map<number, Set<string>>();
    this.copies.set(owner, epochs);
    const ids = epochs.get(epoch) ?? new Set<string>();
    epochs.set(epoch, ids);
    return ids;
  }
}

export class FencingWorld {
  readonly time = new VirtualTime();
  readonly random: Random;
  readonly engine = new Engine(this.time);
  readonly gateways = new Map<string, Gateway>();
  readonly mails = new Map<string, Mail>();
  readonly violations: string[] = [];
  readonly cut = new Set<string>();
  promised = 0;
  adoptedCount = 0;
  readonly #controls: Controls;
  #serial = 0;
  #accepting = true;

  constructor(seed: number, controls: Controls = {}) {
    this.random = randomOf(seed);
    this.#controls = controls;
    for (const node of NODES) this.gateways.set(node, new Gateway(node, this));
    for (const gateway of this.gateways.values()) this.#live(gateway);
  }

  #live(gateway: Gateway): void {
    const { node } = gateway;
    const every = (ms: number, run: () => void): void => {
      const turn = (): void => {
        run();
        this.time.after(ms / 2 + this.random.next(ms), node, turn);
      };
      this.time.after(this.random.next(ms), node, turn);
    };
    this.time.after(0, node, () => this.#keepLease(gateway));
    every(RENEW_MS * 0.9, () => void this.#keepLease(gateway));
    every(300, () => this.#push(gateway));
    every(250, () => {
      void gateway.ownSpool.tick();
      void gateway.takeover.look(gateway.view);
    });
    every(10_000, () => void gateway.compare());
    every(ACCEPT_MS, () => void this.#accept(gateway));
    every(DELIVER_MS, () => this.#deliver(gateway));
  }

  linked(a: string, b: string): boolean {
    return !this.cut.has([a, b].sort().join(' '));
  }

  #delay(): number {
    return 1 + this.random.next(40);
  }

  /** The ledger: a lease is counted from before its question; a new one is told with who owns the spool by then. */
  async #keepLease(gateway: Gateway): Promise<void> {
    const { node } = gateway;
    if (!this.linked(node, 'engine')) return;
    const askedNs = this.time.nowNs;
    await this.time.sleep(this.#delay(), null);
    if (!this.linked(node, 'engine')) return;
    this.engine.leaseEndMs.set(node, this.time.nowMs + TTL_MS);
    const view = this.#view(node, askedNs + BigInt(TTL_MS) * 1_000_000n);
    await this.time.sleep(this.#delay(), node);
    this.#show(gateway, view);
  }

  #push(gateway: Gateway): void {
    if (!this.linked(gateway.node, 'engine')) {
      if (gateway.view?.quorum) this.#show(gateway, { ...gateway.view, quorum: false });
      return;
    }
    this.#show(gateway, this.#view(gateway.node, gateway.view?.leaseUntilNs ?? 0n));
  }

  #show(gateway: Gateway, view: ClusterView): void {
    const before = gateway.view?.leaseUntilNs ?? 0n;
    const leaseUntilNs = (view.leaseUntilNs ?? 0n) > before ? view.leaseUntilNs : before;
    gateway.view = { ...view, leaseUntilNs };
    gateway.ownSpool.onView(gateway.view);
  }

  #view(self: string, leaseUntilNs: bigint): ClusterView {
    const members = NODES.map((node): ClusterMember => {
      const spool = this.engine.spools.get(node)!;
      const hidden = this.#controls.blindToClaims && node === self;
      return {
        node,
        name: node,
        role: 'voter',
        site: '',
        peerAddress: '',
        alive: this.engine.isAlive(node),
        spoolEpoch: hidden ? 1 : spool.epoch,
        spoolOwner: hidden ? self : spool.owner,
        ackedPosition: null,
        version: '',
        reads: 1,
      };
    });
    const { epoch } = this.engine.spools.get(self)!;
    const quorum = true;
    return {
      mode: 'voter',
      clusterId: '',
      generation: 1,
      self,
      quorum,
      reason: '',
      members,
      former: [],
      spoolEpoch: epoch,
      leaseUntilNs,
    };
  }

  async claimSpool(
    by: string,
    of: string,
    epoch: number,
  ): Promise<{ claimed: boolean; epoch: number; owner: string }> {
    await this.time.sleep(this.#delay(), by);
    if (!this.linked(by, 'engine')) throw new Error('no-quorum');
    const spool = this.engine.spools.get(of)!;
    const claimed =
      (spool.epoch === epoch && !this.engine.isAlive(of)) || this.#controls.claimsWithoutCompare === true;
    if (claimed) this.engine.spools.set(of, { epoch: spool.epoch + 1, owner: by });
    const stands = { claimed, ...this.engine.spools.get(of)! };
    await this.time.sleep(this.#delay(), by);
    return stands;
  }

  async renewSpool(node: string): Promise<{ epoch: number }> {
    await this.time.sleep(this.#delay(), node);
    if (!this.linked(node, 'engine')) throw new Error('no-quorum');
    const { epoch } = this.engine.spools.get(node)!;
    this.engine.spools.set(node, { epoch: epoch + 1, owner: node });
    await this.time.sleep(this.#delay(), node);
    return { epoch: epoch + 1 };
  }

  /** A question from one gateway to another; null when it was not answered in time. */
  ask<T>(from: string, to: string, answer: (other: Gateway) => T): Promise<T | null> {
    return new Promise((resolve) => {
      this.time.after(ANSWER_MS, from, () => resolve(null));
      this.time.after(this.#delay(), to, () => {
        if (!this.linked(from, to)) return;
        const given = answer(this.gateways.get(to)!);
        this.time.after(this.#delay(), from, () => {
          if (this.linked(from, to)) resolve(given);
        });
      });
    });
  }

  async #accept(gateway: Gateway): Promise<void> {
    const { node, life } = gateway;
    const epoch = gateway.ownSpool.epoch();
    const buddies = NODES.filter(
      (other) =>
        other !== node &&
        gateway.ownSpool.mayHold(other) &&
        gateway.view?.members.some((m) => m.node === other && m.alive),
    );
    const buddy = buddies[this.random.next(Math.max(1, buddies.length))];
    if (!this.#accepting || epoch === null || buddy === undefined) return;
    const id = `${node}.${gateway.ownSpool.namingEpoch()}.${String(this.#serial++).padStart(6, '0')}`;
    const answer = await this.ask(node, buddy, (holder) => {
      const refused = holder.takeover.refusalOf(node, epoch);
      if (!refused) holder.idsHeld(node, epoch).add(id);
      return { refused };
    });
    if (life !== gateway.life) return;
    if (answer?.refused) gateway.ownSpool.onDeposed(answer.refused.epoch, answer.refused.owner);
    const isOver = gateway.ownSpool.epoch() !== epoch;
    if (answer === null || answer.refused || isOver || !gateway.ownSpool.mayHold(buddy)) {
      // 451: the sender tries again. A copy that was made nevertheless is nobody's promise.
      this.gateways.get(buddy)!.copies.get(node)?.get(epoch)?.delete(id);
      return;
    }
    gateway.mails.add(id);
    gateway.registry.note(id, buddy);
    // Taken over between the copy and our answer: then it is the adopter's from the beginning.
    const rightful = this.mails.get(id)?.rightful ?? node;
    this.mails.set(id, { id, rightful, delivered: this.mails.get(id)?.delivered ?? 0, accepted: true });
  }

  adopt(gateway: Gateway, id: string): void {
    gateway.mails.add(id);
    gateway.registry.note(id, null);
    const mail = this.mails.get(id) ?? { id, rightful: gateway.node, delivered: 0, accepted: false };
    mail.rightful = gateway.node;
    this.mails.set(id, mail);
    this.adoptedCount += 1;
  }

  /** Whoever had taken it over is gone: late is worse than twice. */
  keep(node: string, id: string): void {
    const mail = this.mails.get(id);
    if (mail) mail.rightful = node;
  }

  /** As `send` does it: by the file, or by asking. */
  #deliver(gateway: Gateway): void {
    const ids = [...gateway.mails];
    const id = ids[this.random.next(Math.max(1, ids.length))];
    if (id === undefined) return;
    const { fence } = gateway;
    const asks = fence.askUnless !== '' && !id.startsWith(fence.askUnless);
    const verdict = !asks && this.time.nowNs < fence.openUntilNs ? 'go' : gateway.ownSpool.verdict(id);
    if (verdict === 'drop') gateway.mails.delete(id);
    if (verdict !== 'go') return;
    const mail = this.mails.get(id);
    if (!mail) return;
    if (mail.rightful !== gateway.node) {
      this.violations.push(
        `${Math.round(this.time.nowMs)} ms: ${gateway.node} delivers ${id}, which ${mail.rightful} has adopted`,
      );
    }
    mail.delivered += 1;
    const holder = gateway.registry.get(id)?.holder;
    const epoch = gateway.ownSpool.epoch();
    gateway.mails.delete(id);
    gateway.registry.forget(id);
    if (!holder || epoch === null) return;
    void this.ask(gateway.node, holder, (other) => {
      if (other.takeover.refusalOf(gateway.node, epoch)) return;
      for (const ids of other.copies.get(gateway.node)?.values() ?? []) ids.delete(id);
    });
  }

  /** Faults for a while, then peace until everything has left. */
  async run(faultsMs: number, peaceMs: number): Promise<Outcome> {
    const ends = ['engine', ...NODES];
    while (this.time.nowMs < faultsMs) {
      await this.time.runUntil(this.time.nowMs + 500 + this.random.next(8000));
      const node = NODES[this.random.next(NODES.length)]!;
      const other = ends[this.random.next(ends.length)]!;
      const link = [node, other].sort().join(' ');
      const dice = this.random.next(10);
      if (dice < 4 && node !== other) this.cut.add(link);
      else if (dice < 6) this.cut.clear();
      else if (dice < 8) this.time.pause(node);
      else if (dice < 9) for (const one of NODES) this.time.resume(one);
      else this.gateways.get(node)!.restart();
    }
    this.#accepting = false;
    this.cut.clear();
    for (const node of NODES) this.time.resume(node);
    await this.time.runUntil(faultsMs + peaceMs);
    const mails = [...this.mails.values()];
    return {
      violations: this.violations,
      lost: mails.filter(({ accepted, delivered }) => accepted && delivered === 0).map(({ id }) => id),
      accepted: mails.filter(({ accepted }) => accepted).length,
      adopted: this.adoptedCount,
      doubled: mails.filter(({ delivered }) => delivered > 1).length,
      promises: this.promised,
    };
  }
}
