/**
 * The embedded engine: the event log of a single gateway, and the local part of a replicated one.
 *
 *   LevelEventLog = LevelStore (disk) + LocalSequencer (order) + tail, snapshots, checkpoints, vault, scrub
 *
 * Opening does not refuse a damaged log: what is whole can be read, nothing is written, and `status` says what is wrong.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Checkpoints, type LogClock, SYSTEM_CLOCK } from './checkpoints.ts';
import {
  type Appended,
  type Draft,
  type Expect,
  type Head,
  LogError,
  type LogStatus,
  type Position,
  type SnapshotStore,
  type StoredEvent,
  type Subscription,
} from './event-log.ts';
import { streamEvents, verifiedPieces } from './level-read.ts';
import { LevelStore, type StoreOptions } from './level-store.ts';
import type { LocalLog } from './local-log.ts';
import { LocalSequencer } from './local-sequencer.ts';
import { type ScrubReport, scrubStore } from './scrub.ts';
import { type SignedHead, signHead } from './signed-head.ts';
import type { KeyRing, Signer } from './signing.ts';
import { snapshotFiles } from './snapshot-files.ts';
import { followTail } from './tail.ts';
import { VaultSpace } from './vault-space.ts';

const END: Position = 2n ** 64n - 1n;
const SCRUB_REST_FACTOR = 3; // A scrub takes a quarter of a core at most.
const SCRUB_REST_MS_MAX = 1000;

export interface LevelEventLogOptions extends StoreOptions {
  /** Signs what is recorded here. */
  readonly signer: Signer;
  /** Knows whose signatures may stand in the log. */
  readonly keys: KeyRing;
  readonly clock?: LogClock;
}

export class LevelEventLog implements LocalLog {
  readonly snapshots: SnapshotStore;
  readonly vault: VaultSpace;
  readonly checkpoints: Pick<Checkpoints, 'list'>;
  readonly notices: readonly string[];
  readonly #options: LevelEventLogOptions;
  readonly #store: LevelStore;
  readonly #sequencer: LocalSequencer;
  readonly #closing: AbortController;

  private constructor(
    options: LevelEventLogOptions,
    parts: { store: LevelStore; checkpoints: Checkpoints; closing: AbortController },
  ) {
    this.#options = options;
    this.#store = parts.store;
    this.#closing = parts.closing;
    this.#sequencer = new LocalSequencer(parts.store, options.signer);
    this.checkpoints = parts.checkpoints;
    this.notices = parts.store.notices;
    this.snapshots = snapshotFiles(join(options.folder, 'snapshots'), parts.store);
    this.vault = new VaultSpace(parts.store);
  }

  /** Throws `log-damaged` when LevelDB cannot open its files at all. */
  static async open(options: LevelEventLogOptions): Promise<LevelEventLog> {
    const store = await LevelStore.open(options);
    const closing = new AbortController();
    const { clusterId, signer, clock = SYSTEM_CLOCK } = options;
    const checkpoints = await Checkpoints.start(store, { clusterId, signer, clock }, closing.signal);
    return new LevelEventLog(options, { store, checkpoints, closing });
  }

  append(batch: readonly Draft[], options: { expect: Expect; signal?: AbortSignal }): Promise<Appended> {
    if (this.#closing.signal.aborted) {
      return Promise.reject(new LogError('no-quorum', 'the event log is closed'));
    }
    return this.#sequencer.append(batch, options.expect, options.signal);
  }

  async *read(from: Position, to: Position = END): AsyncGenerator<StoredEvent> {
    for await (const events of verifiedPieces(this.#store, from, to)) yield* events;
  }

  readPieces(from: Position, to: Position = END): AsyncGenerator<StoredEvent[]> {
    return verifiedPieces(this.#store, from, to);
  }

  readStream(stream: string): AsyncGenerator<StoredEvent> {
    return streamEvents(this.#store, stream);
  }

  subscribe(from: Position, on: (event: StoredEvent) => Promise<void> | void): Subscription {
    return followTail(this.#store, from, on, this.#closing.signal);
  }

  async head(): Promise<Head> {
    const { position, hash, generation } = this.#store.state;
    return { position, hash, generation };
  }

  status(): LogStatus {
    const { state, damage, refusal } = this.#store;
    return {
      mode: 'single',
      generation: state.generation,
      localHead: state.position,
      quorumHead: state.position,
      writable: refusal === '',
      reason: refusal,
      damagedAt: damage?.position ?? null,
    };
  }

  signExport(): SignedHead {
    const { clusterId, signer, clock = SYSTEM_CLOCK } = this.#options;
    return signHead('export', this.#store.state, { clusterId, signer, atMs: clock.nowMs() });
  }

  scrub(options: { unhurried: boolean }): Promise<ScrubReport> {
    const rest = async (tookMs: number): Promise<void> => {
      this.#closing.signal.throwIfAborted();
      if (!options.unhurried) return;
      const restMs = Math.min(tookMs * SCRUB_REST_FACTOR, SCRUB_REST_MS_MAX);
      await wait(restMs, undefined, { signal: this.#closing.signal, ref: false });
    };
    return scrubStore(this.#store, { folder: this.#options.folder, keys: this.#options.keys, rest });
  }

  /** Answers what waits, ends subscriptions, closes the files. */
  async close(): Promise<void> {
    await this.#sequencer.idle();
    this.#closing.abort();
    await this.#sequencer.idle();
    await this.#store.close();
  }
}
