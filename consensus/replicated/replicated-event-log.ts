/**
 * The replicated engine: the event log of a gateway in a cluster, behind the same surface as the embedded one, on the
 * same local store. Reads are local; appends go through the quorum's head.
 *
 *   ReplicatedEventLog = LevelLog (the local store and all that reads it) + Replica (order) + vault, acks, checkpoints
 *
 * Opens without a quorum: what is here can be read, `status` says why nothing can be appended.
 */
import { type LogClock, SYSTEM_CLOCK } from '../checkpoints.ts';
import {
  type Appended,
  type Draft,
  type Expect,
  type Head,
  LogError,
  type LogStatus,
  type StoredEvent,
} from '../event-log.ts';
import type { KeyValueQuorum } from '../key-value-quorum.ts';
import { LevelLog, type LevelLogOptions, type LevelLogParts } from '../level-log.ts';
import type { PeerLog } from '../peer-log.ts';
import type { ScrubReport } from '../scrub.ts';
import { signatureHolds } from '../signing.ts';
import { VaultSpace } from '../vault-space.ts';
import { AckWriter } from './ack-writer.ts';
import { type HealingPorts, heal, openHealed } from './healing.ts';
import { type PairAck, PairGate } from './pair-gate.ts';
import { QuorumView } from './quorum-view.ts';
import { Replica } from './replica.ts';
import { followingEvent, levelReplicaStore } from './replica-store.ts';
import { ReplicatedVault } from './replicated-vault.ts';
import { SharedCheckpoints } from './shared-checkpoints.ts';
import { REPLICATION_TIMING, type ReplicationTiming } from './timing.ts';
import { VaultMirror } from './vault-mirror.ts';

const HEAL_MS = 30_000; // A gateway that cannot be asked now may be there in half a minute.

export interface ReplicatedLogOptions extends LevelLogOptions {
  readonly quorum: KeyValueQuorum;
  readonly peers: PeerLog;
  /** Whether this gateway is one of the voters, or a client of theirs. */
  readonly mode: 'voter' | 'client';
  /** The highest generation that this gateway has heard of: an older quorum is refused. */
  readonly generation?: number;
  /** Told of events when they are on disk, before the next ones are judged: the key ring folds them here. */
  readonly onStored?: (events: readonly StoredEvent[]) => void;
  /** True for an event that may change the key ring: the events behind it are judged after `onStored` has had it. */
  readonly changesKeys?: (event: StoredEvent) => boolean;
  /** On the only voter of a pair: appends wait for the standby. */
  readonly ackWait?: PairAck;
  /** On the standby of a pair: its acknowledgements are waited for. */
  readonly ackAtOnce?: boolean;
  readonly timing?: Partial<ReplicationTiming>;
}

export class ReplicatedEventLog extends LevelLog {
  readonly vault: ReplicatedVault;
  readonly #mode: 'voter' | 'client';
  readonly #replica: Replica;
  readonly #mirror: VaultMirror;
  readonly #acks: AckWriter;
  readonly #shared: SharedCheckpoints;
  readonly #pair: PairGate | null;

  readonly #healing: HealingPorts;
  readonly #clock: LogClock;
  #healed: Promise<string> | null = null;
  #cancelHeal: (() => void) | null = null;

  private constructor(options: ReplicatedLogOptions, parts: LevelLogParts, healing: HealingPorts) {
    super(options, parts);
    const { quorum, clusterId, signer, keys, ackWait, clock = SYSTEM_CLOCK } = options;
    const { store } = parts;
    const timing = { ...REPLICATION_TIMING, ...options.timing };
    const { timeoutMs } = healing;
    this.#healing = healing;
    this.#clock = clock;
    this.#mode = options.mode;
    this.#shared = new SharedCheckpoints({
      ...{ quorum, clusterId, signer, keys, timeoutMs },
      everyEvents: timing.checkpointEvents,
    });
    const onStored = (events: readonly StoredEvent[]): void => {
      options.onStored?.(events);
      this.#shared.note(events);
      if (options.ackAtOnce) void this.#acks.write();
      void this.#shared.write();
    };
    this.#replica = new Replica({
      ...{ quorum, clusterId, signer, clock, timing, onStored },
      peers: options.peers,
      store: levelReplicaStore(store),
      generation: Math.max(options.generation ?? 1, store.state.generation),
      verify: (event) => signatureHolds(event, keys),
      follows: followingEvent,
      mayWrite: (position) => keys(signer.node, position) !== null,
      changesKeys: options.changesKeys ?? (() => false),
      random: Math.random,
    });
    const head = (): Head => this.localHead();
    const { node } = signer;
    this.#acks = new AckWriter({ quorum, node, clock, head, everyMs: timing.ackMs, timeoutMs });
    const vault = { quorum, clusterId, signer, keys, timeoutMs, local: new VaultSpace(store) };
    this.vault = new ReplicatedVault(vault);
    this.#mirror = new VaultMirror({ ...vault, store, clock });
    this.#pair = ackWait ? new PairGate({ ...ackWait, quorum, clock, timeoutMs }) : null;
  }

  /** Throws `log-damaged` when LevelDB cannot open its files at all, and there is nobody to heal it from. */
  static async open(options: ReplicatedLogOptions): Promise<ReplicatedEventLog> {
    const { quorum, peers, clusterId, generation = 1, clock = SYSTEM_CLOCK } = options;
    const { lookTimeoutMs, txnTimeoutMs } = { ...REPLICATION_TIMING, ...options.timing };
    const view = new QuorumView({ quorum, clusterId, generation, lookTimeoutMs, clock });
    const healing = {
      store: { ...options, headFileTrails: true },
      quorum,
      peers,
      view,
      timeoutMs: txnTimeoutMs,
    };
    const store = await openHealed(healing);
    const log = new ReplicatedEventLog(options, await LevelLog.partsOf(store, options), healing);
    await log.#replica.start();
    const compared = log.#mirror.start();
    if (log.#replica.problem === '') await compared; // Without a quorum it comes to nothing, and is done again.
    log.#acks.start();
    log.#watchDamage();
    return log;
  }

  async append(
    batch: readonly Draft[],
    options: { expect: Expect; signal?: AbortSignal },
  ): Promise<Appended> {
    if (this.closing.signal.aborted) throw new LogError('no-quorum', 'the event log is closed');
    const appended = await this.#replica.append(batch, options.expect, options.signal);
    await this.#pair?.wait(appended);
    return appended;
  }

  head(level: 'local' | 'quorum'): Promise<Head> {
    return level === 'local' ? Promise.resolve(this.localHead()) : this.#replica.quorumHead();
  }

  status(): LogStatus {
    const { state, damage, refusal } = this.store;
    const { view, tail, problem, obstacle } = this.#replica;
    const reason = refusal || problem;
    return {
      mode: this.#mode,
      generation: view.generation,
      localHead: state.position,
      quorumHead: view.head?.position ?? null,
      writable: reason === '',
      reason,
      obstacle: refusal === '' ? obstacle : 'disk',
      notice: this.#notice(),
      damagedAt: damage?.position ?? tail.blocked?.position ?? null,
    };
  }

  /** As that of a single gateway; what is damaged is rebuilt from the other gateways. */
  override async scrub(options: { unhurried: boolean }): Promise<ScrubReport> {
    const report = await super.scrub(options);
    if (!report.damage) return report;
    const mended = await this.#heal();
    return mended === '' ? report : { ...(await super.scrub(options)), mended };
  }

  /** Answers what waits, ends subscriptions, closes the files; the quorum is its owner's to close. */
  async close(): Promise<void> {
    this.#cancelHeal?.();
    await this.#healed;
    await this.#replica.close();
    this.#pair?.close();
    await this.#acks.close();
    await this.#mirror.close();
    this.closing.abort();
    await this.store.close();
  }

  /** Damage that a read has found is healed without waiting for the scrub. */
  #watchDamage(): void {
    const look = (): void => {
      if (this.store.damage) void this.#heal();
      this.#cancelHeal = this.#clock.after(HEAL_MS, look);
    };
    this.#cancelHeal = this.#clock.after(HEAL_MS, look);
  }

  async #heal(): Promise<string> {
    this.#healed ??= heal(this.store, this.#healing);
    try {
      return await this.#healed;
    } finally {
      this.#healed = null;
    }
  }

  #notice(): string {
    const pair = this.#pair;
    const alone =
      pair && !pair.isTogether ? `the standby is away; ${pair.alone} events stand on this gateway only` : '';
    return [this.#replica.tamper.told, this.#mirror.refused, alone].filter((text) => text !== '').join('; ');
  }
}
