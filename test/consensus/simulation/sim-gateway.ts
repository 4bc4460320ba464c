/** One gateway of the simulation: a disk that lasts, and incarnations of the engine's core that come and go. */
import { hash as digestOf } from 'node:crypto';
import { decodeRecord } from '#consensus/event-codec.ts';
import type { SealedEvent } from '#consensus/event-group.ts';
import type { Appended, Draft, Expect, StoredEvent } from '#consensus/event-log.ts';
import type { KeyValueQuorum } from '#consensus/key-value-quorum.ts';
import type { PeerLog } from '#consensus/peer-log.ts';
import { AckWriter } from '#consensus/replicated/ack-writer.ts';
import { Replica } from '#consensus/replicated/replica.ts';
import { followingEvent, type ReplicaStore } from '#consensus/replicated/replica-store.ts';
import type { Signer } from '#consensus/signing.ts';
import type { FakeClient, FakeQuorum } from '../fake-quorum.ts';
import type { QuorumFaults } from '../quorum-faults.ts';
import { CLUSTER } from '../scratch-log.ts';
import { MemoryLog, MemoryStore } from './memory-store.ts';
import type { Chance, SimClock } from './sim-clock.ts';

export const SIM_TIMING = {
  pollMs: 400,
  lookTimeoutMs: 300,
  txnTimeoutMs: 500,
  patienceMs: 1500,
  backoffMsMin: 5,
  backoffMsMax: 100,
  ackMs: 500,
  checkpointEvents: 10,
};

/** What a control switches off, to see that the checks notice. */
export const controls = ['idempotence', 'head-compare', 'signatures', 'chain'] as const;
export type Control = 'none' | (typeof controls)[number];

export interface SimContext {
  readonly clock: SimClock;
  readonly chance: Chance;
  readonly quorum: FakeQuorum;
  readonly faults: QuorumFaults;
  readonly control: Control;
  readonly peersOf: (gateway: SimGateway) => PeerLog;
}

/** As good as a signature here, and a hundred times as quick. */
function simSignature(node: string, message: Uint8Array): Buffer {
  const half = digestOf('sha256', Buffer.concat([Buffer.from(node), message]), 'buffer');
  return Buffer.concat([half, half]);
}

export class SimGateway {
  readonly node: string;
  readonly disk = new MemoryLog();
  readonly #context: SimContext;
  client!: FakeClient;
  replica!: Replica;
  #store!: MemoryStore;
  #acks!: AckWriter;

  constructor(node: string, context: SimContext) {
    this.node = node;
    this.#context = context;
    this.begin();
  }

  append(batch: readonly Draft[], expect: Expect): Promise<Appended> {
    return this.replica.append(batch, expect);
  }

  /** The process dies at once, and another one begins on the same disk. */
  restart(): void {
    this.#store.alive = false;
    this.client.kill();
    this.begin();
  }

  begin(): void {
    const { clock, chance, quorum, faults, control, peersOf } = this.#context;
    const { node } = this;
    const store = new MemoryStore(this.disk, clock, () => chance.next() * 4);
    const client = quorum.client(faults);
    const own = {
      nowMs: () => clock.nowMs(),
      elapsedMs: () => clock.elapsedMs(),
      after: (delayMs: number, run: () => void) => clock.after(delayMs, () => store.alive && run()),
    };
    const signer: Signer = { node, sign: (message) => simSignature(node, message) };
    const holds = ({ node: by, hash, signature }: StoredEvent): boolean =>
      simSignature(by, hash).equals(signature);
    const wired = control === 'head-compare' ? withoutHeadCompare(client) : client;
    this.#store = store;
    this.client = client;
    this.replica = new Replica({
      quorum: wired,
      peers: peersOf(this),
      store: control === 'idempotence' ? withoutIds(store) : store,
      clusterId: CLUSTER,
      generation: 1,
      signer,
      verify: control === 'signatures' ? () => true : holds,
      follows: control === 'chain' ? unchained : followingEvent,
      changesKeys: () => false,
      mayWrite: () => true,
      onStored: () => {},
      clock: own,
      random: chance.next,
      timing: SIM_TIMING,
    });
    const head = () => store.head;
    this.#acks = new AckWriter({ quorum: client, node, clock: own, head, everyMs: 500, timeoutMs: 500 });
    void this.replica.start();
    this.#acks.start();
  }
}

function withoutIds(store: MemoryStore): ReplicaStore {
  return {
    get head() {
      return store.head;
    },
    admit: () => store.admit(),
    exclusive: (run) => store.exclusive(run),
    write: (build) => store.write(build),
    eventAt: (position) => store.eventAt(position),
    streamVersion: (stream) => store.streamVersion(stream),
    positionsOfIds: async (ids) => ids.map(() => null),
  };
}

/** Takes whatever the quorum says for the next event. */
function unchained(record: Buffer): SealedEvent {
  return { event: decodeRecord(record), record };
}

function withoutHeadCompare(client: FakeClient): KeyValueQuorum {
  const txn: KeyValueQuorum['txn'] = (request, options) =>
    client.txn({ ...request, compare: request.compare.filter(({ key }) => key !== 'head') }, options);
  return {
    txn,
    range: (request) => client.range(request),
    watch: (request, on) => client.watch(request, on),
    grant: (ttlMs) => client.grant(ttlMs),
    keepAlive: (id) => client.keepAlive(id),
    revoke: (id) => client.revoke(id),
    compact: (revision) => client.compact(revision),
    close: () => client.close(),
  };
}
