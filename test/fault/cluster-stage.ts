/**
 * A cluster of three under load, round after round of faults, and what is true of it in the end.
 *
 * A round's faults come from its seed. Nothing is timed but by conditions: a busy machine is slower, not wrong.
 */
import { ledgerClient } from '#node/ledger/client.ts';
import { ScratchCluster, type ScratchClusterOptions } from '../cluster/run-cluster.ts';
import { type OpensslPartner, opensslPartner } from '../gateway/openssl.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { type Fault, type MailCount, MailCounter } from './cluster-count.ts';
import { BOB, ClusterLoad } from './cluster-load.ts';
import { signalAll } from './cluster-nemesis.ts';

const GATEWAYS = 3;
const GOES_ON_MS = 120_000; // Elections, leases, ten seconds a mail without a place for its copy: on two busy cores.
const SETTLES_MS = 180_000;
const CHECKED_EVENTS_MAX = 50_000n;

export interface FaultResult extends MailCount {
  readonly seed: number;
  readonly rounds: number;
  readonly changes: number;
  /** Mails answered with 5xx. */
  readonly refused: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
  /** From each fault until what it was about was well again, ms, in order. */
  readonly recoveredMs: readonly number[];
}

/** What must not be: each list is empty, or names what went wrong. */
export function wrongOf({ lost, stale, unexplained, refused }: FaultResult): string[] {
  return [
    ...lost.map((mail) => `lost: ${mail}`),
    ...stale.map((mail) => `sent twice by a stale owner: ${mail}`),
    ...unexplained.map((mail) => `sent twice: ${mail}`),
    ...refused.map((mail) => `refused: ${mail}`),
  ];
}

export class ClusterStage {
  readonly cluster: ScratchCluster;
  readonly load = new ClusterLoad();
  readonly counter: MailCounter;
  readonly faults: Fault[] = [];
  readonly recoveredMs: number[] = [];
  readonly seed: number;
  #head = 0n;
  readonly #names: Record<string, number> = {};
  readonly #partner: OpensslPartner;
  readonly #ends = new Map<Gateway, AbortController>();

  private constructor(cluster: ScratchCluster, partner: OpensslPartner, seed: number) {
    this.cluster = cluster;
    this.#partner = partner;
    this.seed = seed;
    this.counter = new MailCounter(cluster.gateways);
  }

  static async start(seed: number, options: ScratchClusterOptions): Promise<ClusterStage> {
    const partner = opensslPartner(BOB);
    const cluster = await ScratchCluster.voters(GATEWAYS, options);
    const stage = new ClusterStage(cluster, partner, seed);
    try {
      await ClusterLoad.prepare(cluster, partner);
      for (const gateway of cluster.gateways) stage.loadOn(gateway);
      await stage.goesOn(cluster.gateways, performance.now());
      return stage;
    } catch (error) {
      await stage.remove();
      throw error;
    }
  }

  get gateways(): readonly Gateway[] {
    return this.cluster.gateways;
  }

  others(...gateways: readonly Gateway[]): Gateway[] {
    return this.gateways.filter((gateway) => !gateways.includes(gateway));
  }

  loadOn(gateway: Gateway): void {
    const ends = new AbortController();
    this.#ends.set(gateway, ends);
    this.load.on(gateway, ends.signal);
  }

  endLoadOn(gateway: Gateway): void {
    this.#ends.get(gateway)?.abort();
  }

  fault(name: string, fault: Fault): void {
    this.faults.push(fault);
    this.#names[name] = (this.#names[name] ?? 0) + 1;
  }

  /** Each of them makes changes, and mails that it accepted after `sinceMs` arrive. */
  async goesOn(gateways: readonly Gateway[], sinceMs: number): Promise<void> {
    await Promise.all(
      gateways.map(async (gateway) => {
        await this.changesGoOn(gateway);
        await this.mailGoesOn(gateway, sinceMs);
      }),
    );
  }

  async changesGoOn(gateway: Gateway): Promise<void> {
    const before = this.load.changesOn.get(gateway) ?? 0;
    await this.wait(
      () => (this.load.changesOn.get(gateway) ?? 0) > before,
      `no change on ${this.#name(gateway)}`,
    );
  }

  async mailGoesOn(gateway: Gateway, sinceMs: number): Promise<void> {
    const { accepted } = this.load;
    const flows = (): boolean => this.counter.flowsOn(gateway, accepted, sinceMs);
    await this.wait(flows, `no mail of ${this.#name(gateway)} arrives`);
  }

  async wait(condition: () => boolean | Promise<boolean>, failure: string): Promise<void> {
    await until(condition, GOES_ON_MS, () => `seed ${this.seed}: ${failure}\n${this.#output()}`);
  }

  /**
   * Ends the load; everything that was accepted comes out; the logs of `gateways` are one. Logs too long for the memory
   * of this process are compared by their heads alone.
   */
  async end(rounds: number, gateways: readonly Gateway[] = this.gateways): Promise<FaultResult> {
    await this.load.stop();
    const { accepted, history } = this.load;
    const settled = (): boolean => this.counter.missing(accepted).length === 0;
    await until(settled, SETTLES_MS, () => 'mails are missing').catch(() => {});
    await this.#equalHeads(gateways);
    if (this.#head <= CHECKED_EVENTS_MAX) await this.load.check(gateways);
    return {
      seed: this.seed,
      rounds,
      changes: history.told.filter(({ outcome }) => outcome.kind === 'recorded').length,
      refused: this.load.refused,
      faults: this.#names,
      recoveredMs: this.recoveredMs.map(Math.round),
      ...this.counter.count(accepted, this.faults),
    };
  }

  async remove(): Promise<void> {
    for (const gateway of this.gateways) signalAll(gateway, 'SIGCONT');
    await this.load.stop();
    await this.cluster.remove();
    this.#partner.remove();
  }

  async #equalHeads(gateways: readonly Gateway[]): Promise<void> {
    const ledgers = gateways.map(({ layout }) => ledgerClient(layout.ledgerSocket));
    let heads: string[] = [];
    const equal = async (): Promise<boolean> => {
      const found = await Promise.all(ledgers.map((ledger) => ledger.head()));
      this.#head = found[0]!.position;
      heads = found.map(({ position, hash }) => `${position} ${Buffer.from(hash).toString('hex')}`);
      return new Set(heads).size === 1;
    };
    await until(equal, SETTLES_MS, () => `seed ${this.seed}: heads differ: ${heads.join(', ')}`);
    for (const ledger of ledgers) ledger.close();
  }

  #name(gateway: Gateway): string {
    return `gateway ${this.gateways.indexOf(gateway) + 1}`;
  }

  #output(): string {
    return this.cluster.output().slice(-6000);
  }
}
