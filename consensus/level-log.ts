/**
 * What both engines have in common: everything that reads the local store, and what lies beside the events there.
 *
 *   LevelLog = LevelStore (disk) + tail, snapshots, checkpoints, scrub
 *
 * Opening does not refuse a damaged log: what is whole can be read, nothing is written, and `status` says what is wrong.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Checkpoints, type LogClock, SYSTEM_CLOCK } from './checkpoints.ts';
import type {
  Appended,
  Draft,
  Expect,
  Head,
  LogStatus,
  Position,
  SnapshotStore,
  StoredEvent,
  Subscription,
} from './event-log.ts';
import { streamEvents, verifiedPieces } from './level-read.ts';
import type { LevelStore, StoreOptions } from './level-store.ts';
import type { LocalLog, VaultStore } from './local-log.ts';
import { type ScrubReport, scrubStore } from './scrub.ts';
import { type SignedHead, signHead } from './signed-head.ts';
import type { KeyRing, Signer } from './signing.ts';
import { snapshotFiles } from './snapshot-files.ts';
import { followTail } from './tail.ts';

const END: Position = 2n ** 64n - 1n;
const SCRUB_REST_FACTOR = 3; // A scrub takes a quarter of a core at most.
const SCRUB_REST_MS_MAX = 1000;

export interface LevelLogOptions extends StoreOptions {
  /** Signs what is recorded here. */
  readonly signer: Signer;
  /** Knows whose signatures may stand in the log. */
  readonly keys: KeyRing;
  readonly clock?: LogClock;
}

export interface LevelLogParts {
  readonly store: LevelStore;
  readonly checkpoints: Checkpoints;
  readonly closing: AbortController;
}

export abstract class LevelLog implements LocalLog {
  readonly snapshots: SnapshotStore;
  readonly checkpoints: Pick<Checkpoints, 'list'>;
  readonly notices: readonly string[];
  abstract readonly vault: VaultStore;
  protected readonly store: LevelStore;
  protected readonly closing: AbortController;
  readonly #options: LevelLogOptions;

  protected constructor(options: LevelLogOptions, parts: LevelLogParts) {
    this.#options = options;
    this.store = parts.store;
    this.closing = parts.closing;
    this.checkpoints = parts.checkpoints;
    this.notices = parts.store.notices;
    this.snapshots = snapshotFiles(join(options.folder, 'snapshots'), parts.store);
  }

  protected static async partsOf(store: LevelStore, options: LevelLogOptions): Promise<LevelLogParts> {
    const closing = new AbortController();
    const { clusterId, signer, clock = SYSTEM_CLOCK } = options;
    const checkpoints = await Checkpoints.start(store, { clusterId, signer, clock }, closing.signal);
    return { store, checkpoints, closing };
  }

  abstract append(
    batch: readonly Draft[],
    options: { expect: Expect; signal?: AbortSignal },
  ): Promise<Appended>;
  abstract head(level: 'local' | 'quorum'): Promise<Head>;
  abstract status(): LogStatus;
  abstract close(): Promise<void>;

  async *read(from: Position, to: Position = END): AsyncGenerator<StoredEvent> {
    for await (const events of verifiedPieces(this.store, from, to)) yield* events;
  }

  readPieces(from: Position, to: Position = END): AsyncGenerator<StoredEvent[]> {
    return verifiedPieces(this.store, from, to);
  }

  readStream(stream: string): AsyncGenerator<StoredEvent> {
    return streamEvents(this.store, stream);
  }

  subscribe(from: Position, on: (event: StoredEvent) => Promise<void> | void): Subscription {
    return followTail(this.store, from, on, this.closing.signal);
  }

  signExport(): SignedHead {
    const { clusterId, signer, clock = SYSTEM_CLOCK } = this.#options;
    return signHead('export', this.store.state, { clusterId, signer, atMs: clock.nowMs() });
  }

  scrub(options: { unhurried: boolean }): Promise<ScrubReport> {
    const { signal } = this.closing;
    const rest = async (tookMs: number): Promise<void> => {
      signal.throwIfAborted();
      if (!options.unhurried) return;
      const restMs = Math.min(tookMs * SCRUB_REST_FACTOR, SCRUB_REST_MS_MAX);
      await wait(restMs, undefined, { signal, ref: false });
    };
    return scrubStore(this.store, { folder: this.#options.folder, keys: this.#options.keys, rest });
  }

  /** The head as the store has it. */
  protected localHead(): Head {
    const { position, hash, generation } = this.store.state;
    return { position, hash, generation };
  }
}
