/**
 * One run of the simulation: some gateways over the fake quorum, callers that append, a nemesis, all from one seed; the
 * history is checked at the end. The same seed is the same run, to the last turn.
 */
import type { Draft, Expect, LogError } from '#consensus/event-log.ts';
import { QuorumError } from '#consensus/key-value-quorum.ts';
import { formLog } from '#consensus/replicated/form-log.ts';
import { FakeQuorum } from '../fake-quorum.ts';
import { chanceOfFaults, type FaultRates, NO_FAULTS, type QuorumFaults } from '../quorum-faults.ts';
import { CLUSTER } from '../scratch-log.ts';
import { History, type Outcome, type Told } from './history.ts';
import { Nemesis } from './nemesis.ts';
import { Chance, SimClock } from './sim-clock.ts';
import { type Control, SIM_TIMING, SimGateway } from './sim-gateway.ts';

const VIRTUAL_MS_MAX = 600_000;
const CALM_MS_MAX = 60_000; // Until everybody has everything, once nothing errs any more.
const EMPTY_HEAD = { position: 0n, hash: new Uint8Array(32), generation: 1 };
const PAYLOAD = Buffer.from('{}');

export interface SimReport {
  readonly events: number;
  readonly calls: number;
  /** Hash of the last event: everything that was recorded. */
  readonly head: string;
  /** What somebody did to the quorum, or null. */
  readonly rogue: string | null;
}

export async function simulate(seed: number, control: Control = 'none'): Promise<SimReport> {
  return new Simulation(seed, control).run();
}

class Simulation {
  readonly #clock = new SimClock();
  readonly #chance: Chance;
  readonly #quorum = new FakeQuorum(this.#clock);
  readonly #history = new History();
  readonly #gateways: SimGateway[] = [];
  readonly #control: Control;
  #calm = false;
  #ids = 0;
  readonly #deaths = new Map<SimGateway, { died: Promise<'died'>; die: (value: 'died') => void }>();

  constructor(seed: number, control: Control) {
    this.#chance = new Chance(seed);
    this.#control = control;
  }

  async run(): Promise<SimReport> {
    let report: SimReport | null = null;
    let failure: unknown = null;
    this.#play().then(
      (played) => {
        report = played;
      },
      (error) => {
        failure = error ?? new Error('failed');
      },
    );
    await this.#clock.run(VIRTUAL_MS_MAX, () => report !== null || failure !== null);
    if (failure) throw failure;
    return report!;
  }

  async #play(): Promise<SimReport> {
    const chance = this.#chance;
    await formLog(this.#quorum.client(), { clusterId: CLUSTER, generation: 1 }, EMPTY_HEAD);
    const faults = this.#faults();
    const context = {
      ...{ clock: this.#clock, chance, quorum: this.#quorum, faults, control: this.#control },
      peersOf: (own: SimGateway) => ({ segments: (from: bigint) => this.#segments(own, from) }),
    };
    const count = 2 + chance.below(2);
    for (let i = 1; i <= count; i++) {
      const gateway = new SimGateway(`g${i}`, context);
      this.#gateways.push(gateway);
      this.#renewDeath(gateway);
    }
    const nemesis = new Nemesis({
      ...{ clock: this.#clock, chance, quorum: this.#quorum, gateways: this.#gateways },
      restart: (gateway) => this.#restart(gateway),
      isRogueCertain: this.#control === 'signatures' || this.#control === 'chain',
    });
    const callers = this.#gateways.flatMap((gateway) =>
      Array.from({ length: 1 + chance.below(2) }, () => this.#caller(gateway, 2 + chance.below(4))),
    );
    await Promise.all([nemesis.run(), Promise.all(callers).then(() => nemesis.stop())]);
    this.#calm = true;
    await this.#settle(nemesis.isBlocking);
    for (const { node, replica } of this.#gateways) {
      const { told } = replica.tamper;
      if (nemesis.rogue === null && told !== '') throw new Error(`${node} cries wolf: ${told}`);
    }
    this.#history.check(this.#gateways.map(({ disk }) => disk.events));
    const events = Math.max(...this.#gateways.map(({ disk }) => disk.events.length));
    const head = Buffer.from(this.#gateways[0]!.disk.head.hash).toString('hex');
    return { events, calls: this.#history.told.length, head, rogue: nemesis.rogue };
  }

  /** Nothing errs any more: everybody gets everything, and can append again. */
  async #settle(isBlocked: boolean): Promise<void> {
    const startedMs = this.#clock.elapsedMs();
    await this.#clock.wait(2 * SIM_TIMING.pollMs); // Each has looked once more.
    if (!isBlocked) {
      await Promise.all(
        this.#gateways.map(async (gateway) => {
          const told = this.#history.call([this.#draft('last')], 'any');
          this.#history.answer(told, await this.#ask(gateway, told));
          if (told.outcome.kind !== 'recorded')
            throw new Error(`${gateway.node} cannot append: ${told.outcome.kind}`);
        }),
      );
    }
    for (;;) {
      const problems = this.#gateways.map(({ node, replica, disk }) => {
        const isBehind = disk.head.position !== this.#gateways[0]!.disk.head.position;
        if (isBlocked)
          return replica.problem === '' || isBehind ? `${node} does not see that it is blocked` : '';
        const head = replica.view.head?.position;
        return isBehind || disk.head.position !== head
          ? `${node} at ${disk.head.position} of ${head}`
          : replica.problem;
      });
      const problem = problems.find((text) => text !== '');
      if (problem === undefined) return;
      if (this.#clock.elapsedMs() - startedMs > CALM_MS_MAX) throw new Error(`not settled: ${problem}`);
      await this.#clock.wait(200);
    }
  }

  async #caller(gateway: SimGateway, appends: number): Promise<void> {
    const chance = this.#chance;
    for (let i = 0; i < appends; i++) {
      if (chance.happens(0.5)) await this.#clock.wait(chance.next() * 150);
      const stream = `s${chance.below(3)}`;
      const batch = Array.from({ length: 1 + chance.below(3) }, () => this.#draft(stream));
      const told = this.#history.call(batch, this.#expectation(gateway, stream));
      this.#history.answer(told, await this.#persist(gateway, told));
    }
  }

  /** Asks, and often again after an unclear answer, perhaps another gateway; sometimes two at once. */
  async #persist(gateway: SimGateway, told: Told): Promise<Outcome> {
    const chance = this.#chance;
    if (chance.happens(0.1)) return this.#askTwo(told);
    let wasUnclear = false;
    for (;;) {
      const outcome = await this.#ask(chance.happens(0.3) ? chance.oneOf(this.#gateways) : gateway, told);
      if (outcome.kind === 'failed' && wasUnclear) return { kind: 'unknown' };
      if (outcome.kind !== 'unknown') return outcome;
      wasUnclear = true;
      if (chance.happens(0.2)) return outcome;
    }
  }

  async #askTwo(told: Told): Promise<Outcome> {
    const [one, two] = [this.#chance.oneOf(this.#gateways), this.#chance.oneOf(this.#gateways)];
    const outcomes = await Promise.all([this.#ask(one, told), this.#ask(two, told)]);
    const recorded = outcomes.filter((outcome) => outcome.kind === 'recorded');
    if (recorded.length === 2 && recorded[0]!.appended.first !== recorded[1]!.appended.first) {
      throw new Error('the same ids were recorded twice');
    }
    if (recorded[0]) {
      if (outcomes.some((outcome) => isOutrun(outcome, told.expect))) throw new Error('recorded and refused');
      return recorded[0];
    }
    const [first] = outcomes;
    return outcomes.every(({ kind }) => kind === 'refused' || kind === 'failed')
      ? first!
      : { kind: 'unknown' };
  }

  async #ask(gateway: SimGateway, { batch, expect }: Told): Promise<Outcome> {
    const { died } = this.#deaths.get(gateway)!;
    try {
      const appended = await Promise.race([gateway.append(batch, expect), died]);
      return appended === 'died' ? { kind: 'unknown' } : { kind: 'recorded', appended };
    } catch (error) {
      const { code, actual } = error as LogError;
      if (code === 'version-conflict') return { kind: 'refused', actual: actual! };
      if (code === 'no-quorum' || code === 'quota-full') return { kind: 'failed' };
      if (code === 'unresolved') return { kind: 'unknown' };
      throw error;
    }
  }

  #expectation(gateway: SimGateway, stream: string): Expect {
    const chance = this.#chance;
    if (chance.happens(0.4)) return 'any';
    if (chance.happens(0.2)) return { head: gateway.disk.head.position };
    const known = gateway.disk.versions.get(stream) ?? 0;
    return { stream, version: chance.happens(0.1) ? chance.below(6) : known };
  }

  #draft(stream: string): Draft {
    this.#ids += 1;
    const id = `id-${this.#ids}`;
    return { id, stream, kind: 'X', schema: 1, atMs: 1, actor: 'a', reason: '', payload: PAYLOAD };
  }

  #faults(): QuorumFaults {
    const { next } = this.#chance;
    const some = (most: number): number => (next() < 0.5 ? 0 : next() * most);
    const rates: FaultRates = {
      latencyMsMax: 1 + next() * 20,
      lost: some(0.1),
      unclear: some(0.3),
      watchLost: some(0.5),
      watchRepeated: some(0.5),
      watchOld: some(0.5),
      watchShuffled: some(0.5),
      watchBroken: some(0.1),
    };
    const wild = chanceOfFaults(rates, next);
    const now = (): QuorumFaults => (this.#calm ? NO_FAULTS : wild);
    return {
      latencyMs: () => wild.latencyMs(),
      lateMs: () => wild.lateMs(),
      fate: (kind) => now().fate(kind),
      deliver: (revision, history) => now().deliver(revision, history),
      breakWatch: () => now().breakWatch(),
    };
  }

  async *#segments(own: SimGateway, from: bigint): AsyncGenerator<Buffer> {
    const others = this.#gateways.filter((gateway) => gateway !== own);
    await this.#clock.wait(this.#chance.next() * 10);
    if (!this.#calm && this.#chance.happens(0.2)) throw new QuorumError('unavailable', 'no gateway answers');
    yield* this.#chance.oneOf(others).disk.records.slice(Number(from) - 1);
  }

  #restart(gateway: SimGateway): void {
    gateway.restart();
    this.#deaths.get(gateway)!.die('died');
    this.#renewDeath(gateway);
  }

  #renewDeath(gateway: SimGateway): void {
    const { promise, resolve } = Promise.withResolvers<'died'>();
    this.#deaths.set(gateway, { died: promise, die: resolve });
  }
}

/** Refused by a version that is already behind: then it can never have been recorded. */
function isOutrun(outcome: Outcome, expect: Expect): boolean {
  if (outcome.kind !== 'refused' || expect === 'any') return false;
  return outcome.actual > ('head' in expect ? expect.head : BigInt(expect.version));
}
