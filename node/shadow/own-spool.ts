/**
 * This gateway as the owner of its spool: under which epoch, until when it may deliver, and what it does after another
 * gateway has taken over (replication.md §5.2 7, §5.4).
 *
 * - Deliveries of copied mail may begin until shortly before the own lease ends, or while every holder has promised not
 *   to take over. `send` gets the time in a file and asks beyond it.
 * - An epoch that has moved means that mails on this disk may be others' now. Nothing old leaves then until each gateway
 *   that had the spool has said which ones were adopted: those are dropped here, the rest goes on under a new epoch.
 *   A claimant that stays silent is waited for; when it is gone, too, for the time of grace (late is worse than twice).
 */
import type { ClusterPort, ClusterView } from '#node/ledger/cluster-port.ts';
import type { Log } from '#node/log.ts';
import { AskedPromises, type AskedPromisesPorts } from './asked-promises.ts';
import type { FenceState } from './fence-file.ts';
import type { Verdict } from './local-wire.ts';
import type { MailRegistry } from './mail-registry.ts';
import type { OwnState } from './own-state.ts';

const MS = 1_000_000n;
const DROPPED_KEPT_MS = 3_600_000;
const NO_PREFIX = '!'; // No mail is named so: all are asked for.
const STEP_MS_MAX = 1000;
const FOREVER_NS = (1n << 63n) - 1n;

export interface OwnSpoolPorts extends AskedPromisesPorts {
  readonly cluster: Pick<ClusterPort, 'renewSpool'>;
  readonly registry: MailRegistry;
  /** True once the registry was compared with all others since the start of this process and the last return. */
  readonly registryComplete: () => boolean;
  readonly nowMs: () => number;
  readonly leaseTtlMs: number;
  readonly graceMs: number;
  readonly load: () => OwnState | null;
  readonly save: (state: OwnState) => void;
  readonly publishFence: (fence: FenceState) => void;
  /** Which of these the claimant has adopted or granted, and who had the spool before it; null: not answered. */
  readonly askAdopted: (
    node: string,
    since: number,
    epoch: number,
    ids: readonly string[],
  ) => Promise<{ readonly ids: readonly string[]; readonly claimants: readonly string[] } | null>;
  /** All mails this gateway has anything of. */
  readonly mailsOnDisk: () => Promise<string[]>;
  /** Others have them: removes what is left of them here. */
  readonly dropMails: (ids: readonly string[]) => Promise<void>;
  /** True when the spool of that gateway is with another one, perhaps this: it can deliver nothing more. */
  readonly takeOver: (node: string) => Promise<boolean>;
  /** These mails go on here, whatever that gateway had of them: it is told so when it is back. */
  readonly keepFrom: (node: string, ids: readonly string[]) => Promise<void>;
  readonly onDoubtful: (count: number) => void;
  /** Everything on disk is known to be this gateway's own; copies of before are void as soon as the others know it. */
  readonly onReturned: () => void;
  readonly copiesOff: () => boolean;
  readonly onEpoch: () => void;
  readonly log: Log;
}

export class OwnSpool {
  readonly #ports: OwnSpoolPorts;
  #state: OwnState | null;
  #view: ClusterView | null = null;
  #leaseUntilNs = 0n;
  #returning = false;
  #waitedMs = 0;
  #tickedNs = 0n;
  #published = '';
  readonly #dropped: Set<string>;
  readonly #promises: AskedPromises;

  constructor(ports: OwnSpoolPorts) {
    this.#ports = ports;
    this.#promises = new AskedPromises(ports);
    this.#state = ports.load();
    this.#dropped = new Set(this.#state?.dropped.map(({ id }) => id));
  }

  /** For requests to holders; null while this gateway is not the owner of its spool, or does not know. */
  epoch(): number | null {
    if (this.#state === null) return null;
    const { epoch, returning } = this.#state;
    return returning === null || returning.renewed ? epoch : null;
  }

  /** For names of new mails. */
  namingEpoch(): number {
    return this.#state?.epoch ?? 0;
  }

  get isReturning(): boolean {
    return this.#state?.returning != null;
  }

  onView(view: ClusterView): void {
    this.#view = view;
    const own = view.members.find(({ node }) => node === view.self);
    if (!own) return;
    if (this.#state === null) {
      const isOwner = own.spoolOwner === view.self;
      const returning = isOwner ? null : { since: 0, claimants: [own.spoolOwner], renewed: false };
      this.#save({ v: 1, epoch: own.spoolEpoch, returning, dropped: [] });
    } else if (own.spoolOwner !== view.self) this.onDeposed(own.spoolEpoch, own.spoolOwner);
    else if (own.spoolEpoch > this.#state.epoch && !this.#returning) {
      // Renewed by us in an earlier run that ended before it was written down.
      this.#becomeReturning([], true);
      this.#save({ ...this.#state, epoch: own.spoolEpoch });
    }
    this.#leaseUntilNs = view.leaseUntilNs ?? 0n;
    this.publish();
  }

  /** Another gateway has taken over: told by the engine or by a holder. */
  onDeposed(epoch: number, owner: string): void {
    if (this.#state === null || epoch <= this.#state.epoch) return;
    if (this.#state.returning !== null && !this.#state.returning.renewed) {
      if (this.#state.returning.claimants.includes(owner)) return;
    }
    this.#ports.log.warn({ epoch, owner }, 'the spool of this gateway was taken over');
    this.#becomeReturning([owner], false);
    this.publish();
  }

  #becomeReturning(claimants: readonly string[], renewed: boolean): void {
    if (this.#state === null) return;
    const known = this.#state.returning?.claimants ?? [];
    const self = this.#view?.self;
    const all = [...new Set([...known, ...claimants])].filter((node) => node !== self);
    const since = this.#state.returning?.since ?? this.#state.epoch;
    this.#save({ ...this.#state, returning: { since, claimants: all, renewed } });
  }

  #save(state: OwnState): void {
    this.#ports.save(state);
    this.#state = state;
    this.#ports.onEpoch();
  }

  /** Now and then, some times a second. Never rejects. */
  async tick(): Promise<void> {
    const stepMs = Number((this.#ports.nowNs() - this.#tickedNs) / MS);
    this.#tickedNs = this.#ports.nowNs();
    // Time in which this process could have heard something.
    this.#waitedMs = this.isReturning ? this.#waitedMs + Math.min(stepMs, STEP_MS_MAX) : 0;
    try {
      await this.#askPromises();
      if (this.isReturning && !this.#returning) await this.#return();
    } catch (error) {
      this.#ports.log.warn({ error: (error as Error).message }, 'own spool: not settled yet');
    }
    this.publish();
  }

  fence(): FenceState {
    const { marginMs, graceMs } = this.#ports;
    const leaseNs = this.#leaseUntilNs - BigInt(marginMs) * MS;
    const openUntilNs = [leaseNs, this.#promises.untilNs, 0n].reduce((a, b) => (a > b ? a : b));
    return {
      openUntilNs: this.#ports.copiesOff() ? FOREVER_NS : openUntilNs,
      askUnless: this.#askUnless(),
      graceMs,
    };
  }

  #askUnless(): string {
    if (this.#state === null) return '';
    const { returning, epoch } = this.#state;
    if (returning !== null && !returning.renewed) return NO_PREFIX;
    return returning !== null || this.#dropped.size > 0 ? this.#prefix(epoch) : '';
  }

  #prefix(epoch: number): string {
    return `${this.#view?.self ?? NO_PREFIX}.${epoch}.`;
  }

  publish(): void {
    const fence = this.fence();
    const text = `${fence.openUntilNs} ${fence.askUnless} ${fence.graceMs}`;
    if (text === this.#published) return;
    this.#ports.publishFence(fence);
    this.#published = text;
  }

  /** The process stops: what others claim from now on would not be seen. */
  close(): void {
    this.#leaseUntilNs = 0n;
    this.#promises.drop();
    this.publish();
  }

  verdict(id: string): Verdict {
    if (this.#dropped.has(id)) return 'drop';
    if (this.#state === null) return 'wait';
    const { returning, epoch } = this.#state;
    if (returning !== null && !(returning.renewed && id.startsWith(this.#prefix(epoch)))) return 'wait';
    if (this.#ports.nowNs() < this.fence().openUntilNs) return 'go';
    // Before all have said what they hold, a mail without a known holder may have one.
    const isAlone = this.#ports.registryComplete() && this.#ports.registry.get(id)?.holder === null;
    return isAlone ? 'go' : 'wait';
  }

  /** Only when the lease was not renewed in time: a promise also keeps the holders from helping. */
  async #askPromises(): Promise<void> {
    const { registryComplete, nowNs, leaseTtlMs } = this.#ports;
    const epoch = this.epoch();
    const inTrouble = this.#leaseUntilNs - nowNs() < (BigInt(leaseTtlMs) * MS) / 2n;
    if (!inTrouble) this.#promises.drop(); // Nobody has to be careful with us any more.
    if (epoch === null || this.isReturning || !inTrouble || !registryComplete()) return;
    await this.#promises.ask(epoch);
  }

  /** While this gateway lives on promises, nobody gets copies who has not promised. Asked before a copy and after it. */
  mayHold(node: string): boolean {
    return this.#promises.mayHold(node);
  }

  async #return(): Promise<void> {
    this.#returning = true;
    try {
      if (!(await this.#renewed())) return;
      const adopted = await this.#adoptedByOthers();
      if (adopted === null) return;
      await this.letGo([...adopted]);
      if (this.#state === null) return;
      for (const id of await this.#ports.mailsOnDisk()) {
        if (!this.#ports.registry.get(id)) this.#ports.registry.note(id, null);
      }
      this.#ports.onReturned();
      this.#save({ ...this.#state, returning: null });
      this.#ports.log.warn({ epoch: this.#state.epoch, dropped: adopted.size }, 'back under a new epoch');
    } finally {
      this.#returning = false;
    }
  }

  /** Another gateway has these for good: noted first, then nothing of them is left here. */
  async letGo(ids: readonly string[]): Promise<void> {
    const atMs = this.#ports.nowMs();
    if (this.#state === null) return;
    const kept = this.#state.dropped.filter((one) => atMs - one.atMs < DROPPED_KEPT_MS);
    for (const id of ids) this.#dropped.add(id);
    this.#save({ ...this.#state, dropped: [...kept, ...ids.map((id) => ({ id, atMs }))] });
    await this.#ports.dropMails(ids);
    for (const id of ids) this.#ports.registry.forget(id);
  }

  /** The engine knows this gateway as the owner again. */
  async #renewed(): Promise<boolean> {
    if (this.#state?.returning?.renewed) return true;
    if (!this.#view?.quorum) return false;
    const { epoch } = await this.#ports.cluster.renewSpool();
    if (this.#state === null || this.#state.returning === null) return false;
    // Copies of an earlier epoch are the holders' now; under this one nothing is copied yet.
    for (const id of this.#ports.registry.ids()) this.#ports.registry.note(id, null);
    this.#save({ ...this.#state, epoch, returning: { ...this.#state.returning, renewed: true } });
    return true;
  }

  /** null: somebody whose word is needed is silent; nothing old leaves until then. */
  async #adoptedByOthers(): Promise<Set<string> | null> {
    const { epoch, returning } = this.#state ?? {};
    if (epoch === undefined || !returning) return null;
    const old = (await this.#ports.mailsOnDisk()).filter((id) => !id.startsWith(this.#prefix(epoch)));
    const adopted = new Set<string>();
    const silent: string[] = [];
    const asked = new Set<string>();
    for (const node of this.#claimants(returning.claimants, asked)) {
      const answer = await this.#ports.askAdopted(node, returning.since, epoch, old);
      if (answer === null) silent.push(node);
      for (const id of answer?.ids ?? []) adopted.add(id);
      this.#alsoAsk(answer?.claimants ?? []);
    }
    if (silent.length === 0) return adopted;
    const gone = await Promise.all(silent.map((node) => this.#ports.takeOver(node)));
    if (gone.includes(false)) this.#waitedMs = 0;
    if (gone.includes(false) || this.#waitedMs < this.#ports.graceMs) return null;
    const kept = old.filter((id) => !adopted.has(id));
    for (const node of silent) await this.#ports.keepFrom(node, kept);
    this.#ports.onDoubtful(kept.length);
    return adopted;
  }

  *#claimants(known: readonly string[], asked: Set<string>): Generator<string> {
    for (let open = known; ; ) {
      const next = open.find((node) => !asked.has(node));
      if (next === undefined) return;
      asked.add(next);
      yield next;
      open = this.#state?.returning?.claimants ?? [];
    }
  }

  #alsoAsk(claimants: readonly string[]): void {
    const returning = this.#state?.returning;
    if (!this.#state || !returning || claimants.every((node) => returning.claimants.includes(node))) return;
    this.#becomeReturning(claimants, returning.renewed);
  }
}
