/**
 * What befalls the cluster in a run: cuts, lost majorities, deaths, broken watches, compaction, a full store, trimming,
 * and now and then somebody with access to the quorum who is no gateway.
 */
import { encodeCanonical, hashOf, recordOf } from '#consensus/event-codec.ts';
import type { Head } from '#consensus/event-log.ts';
import { QuorumError } from '#consensus/key-value-quorum.ts';
import { decodeAck, decodeHead, encodeHead, eventKey } from '#consensus/replicated/quorum-keys.ts';
import type { FakeQuorum } from '../fake-quorum.ts';
import type { Chance, SimClock } from './sim-clock.ts';
import type { SimGateway } from './sim-gateway.ts';

export interface NemesisContext {
  readonly clock: SimClock;
  readonly chance: Chance;
  readonly quorum: FakeQuorum;
  readonly gateways: readonly SimGateway[];
  readonly restart: (gateway: SimGateway) => void;
  readonly isRogueCertain: boolean;
}

const ROGUE_RATE = 0.15;

export class Nemesis {
  /** What the stranger did, or null. */
  rogue: string | null = null;
  /** After it nothing can be appended any more, and every gateway must say so. */
  isBlocking = false;
  readonly #context: NemesisContext;
  readonly #deeds: readonly (() => Promise<void>)[];
  #stopped = false;

  constructor(context: NemesisContext) {
    this.#context = context;
    this.#deeds = [
      () => this.#cutOne(),
      () => this.#loseMajority(),
      async () => context.restart(context.chance.oneOf(context.gateways)),
      async () => context.chance.oneOf(context.gateways).client.breakWatches(),
      () => this.#compact(),
      () => this.#fill(),
      () => this.#trim(),
    ];
  }

  async run(): Promise<void> {
    const { clock, chance, isRogueCertain } = this.#context;
    const rogueAfter = isRogueCertain || chance.happens(ROGUE_RATE) ? 1 + chance.below(4) : -1;
    for (let deed = 1; !this.#stopped; deed++) {
      await clock.wait(10 + chance.next() * 200);
      if (this.#stopped) return;
      if (deed === rogueAfter) this.#intrude();
      else await chance.oneOf(this.#deeds)();
    }
  }

  stop(): void {
    this.#stopped = true;
    const { quorum, gateways } = this.#context;
    quorum.reachable = true;
    quorum.store.full = false;
    for (const { client } of gateways) client.reachable = true;
  }

  async #cutOne(): Promise<void> {
    const { clock, chance, gateways } = this.#context;
    const { client } = chance.oneOf(gateways);
    client.reachable = false;
    client.breakWatches();
    await clock.wait(chance.next() * 1000);
    client.reachable = true;
  }

  async #loseMajority(): Promise<void> {
    const { clock, chance, quorum } = this.#context;
    quorum.reachable = false;
    await clock.wait(chance.next() * (chance.happens(0.3) ? 4000 : 500));
    quorum.reachable = true;
  }

  async #compact(): Promise<void> {
    const { quorum, chance } = this.#context;
    const { store } = quorum;
    const revision = BigInt(chance.below(Number(store.revision)) + 1);
    if (!store.isCompacted(revision)) store.compact(revision);
  }

  async #fill(): Promise<void> {
    const { clock, chance, quorum } = this.#context;
    const { store } = quorum;
    if (chance.happens(0.5)) store.fillsUpWith = 'events/';
    else store.full = true;
    await clock.wait(chance.next() * 400);
    store.fillsUpWith = null;
    store.full = false;
  }

  /** As trim-log.ts, without checkpoints: up to what all have on their disks. */
  async #trim(): Promise<void> {
    const { quorum, gateways } = this.#context;
    const { store } = quorum;
    const acks = store
      .range({ key: 'ack/', end: 'ack0' })
      .values.map(({ value }) => decodeAck(value)!.position);
    const [current] = store.range({ key: 'floor' }).values;
    const floor = decodeHead(current!.value)!.position;
    const next = acks.length < gateways.length ? 0n : acks.sort((a, b) => Number(a - b))[0]!;
    const event = gateways[0]!.disk.events[Number(next) - 1];
    if (next <= floor || !event || store.full) return;
    store.txn({ compare: [], success: [{ type: 'put', key: 'floor', value: encodeHead(event) }] });
    store.txn({ compare: [], success: [{ type: 'delete', key: 'events/', end: eventKey(next + 1n) }] });
  }

  #intrude(): void {
    const { quorum, chance } = this.#context;
    if (quorum.store.full) return;
    const deeds = [() => this.#forge(), () => this.#replay(), () => this.#delete(), () => this.#alter()];
    try {
      chance.oneOf(this.#context.isRogueCertain ? deeds.slice(0, 2) : deeds)();
    } catch (error) {
      if (!(error instanceof QuorumError)) throw error;
    }
  }

  #head(): Head {
    return decodeHead(this.#context.quorum.store.range({ key: 'head' }).values[0]!.value)!;
  }

  /** A well-formed, well-chained event that no gateway has signed. */
  #forge(): void {
    const { position, hash: prev } = this.#head();
    const event = {
      ...{ id: 'forged', stream: 'forged', kind: 'X', schema: 1, atMs: 1, actor: 'a', reason: '' },
      ...{ payload: Buffer.from('{}'), position: position + 1n, version: 1, generation: 1, node: 'g1', prev },
    };
    const canonical = encodeCanonical(event);
    const hash = hashOf(canonical);
    this.#putAsHead(recordOf(canonical, hash, Buffer.alloc(64)), {
      position: event.position,
      hash,
      generation: 1,
    });
    this.rogue = 'forged';
  }

  /** An old event, signed as it is, in the place of the next one. */
  #replay(): void {
    const { disk } = this.#context.gateways[0]!;
    if (disk.records.length === 0) return;
    const at = this.#context.chance.below(disk.records.length);
    const { hash } = disk.events[at]!;
    this.#putAsHead(disk.records[at]!, { position: this.#head().position + 1n, hash, generation: 1 });
    this.rogue = 'replayed';
  }

  #putAsHead(record: Buffer, head: Head): void {
    const value = Buffer.concat([Buffer.of(1), record]);
    this.#context.quorum.store.txn({
      compare: [],
      success: [
        { type: 'put', key: eventKey(head.position), value },
        { type: 'put', key: 'head', value: encodeHead(head) },
      ],
    });
    this.isBlocking = true;
  }

  #delete(): void {
    const { values } = this.#context.quorum.store.range({ key: 'events/', end: 'events0' });
    if (values.length === 0) return;
    const { key } = this.#context.chance.oneOf(values);
    this.#context.quorum.store.txn({ compare: [], success: [{ type: 'delete', key }] });
    this.rogue = 'deleted';
  }

  #alter(): void {
    const { values } = this.#context.quorum.store.range({ key: 'events/', end: 'events0' });
    if (values.length === 0) return;
    const { key, value } = this.#context.chance.oneOf(values);
    const altered = Buffer.from(value);
    altered[this.#context.chance.below(altered.length)]! ^= 1;
    this.#context.quorum.store.txn({ compare: [], success: [{ type: 'put', key, value: altered }] });
    this.rogue = 'altered';
  }
}
