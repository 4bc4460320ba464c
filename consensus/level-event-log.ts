/**
 * The embedded engine: the event log of a single gateway.
 *
 *   LevelEventLog = LevelLog (the local store and all that reads it) + LocalSequencer (order) + vault
 */
import { type Appended, type Draft, type Expect, type Head, LogError, type LogStatus } from './event-log.ts';
import { LevelLog, type LevelLogOptions, type LevelLogParts } from './level-log.ts';
import { LevelStore } from './level-store.ts';
import { LocalSequencer } from './local-sequencer.ts';
import { VaultSpace } from './vault-space.ts';

export class LevelEventLog extends LevelLog {
  readonly vault: VaultSpace;
  readonly #sequencer: LocalSequencer;

  private constructor(options: LevelLogOptions, parts: LevelLogParts) {
    super(options, parts);
    this.#sequencer = new LocalSequencer(parts.store, options.signer);
    this.vault = new VaultSpace(parts.store);
  }

  /** Throws `log-damaged` when LevelDB cannot open its files at all. */
  static async open(options: LevelLogOptions): Promise<LevelEventLog> {
    const store = await LevelStore.open(options);
    return new LevelEventLog(options, await LevelLog.partsOf(store, options));
  }

  append(batch: readonly Draft[], options: { expect: Expect; signal?: AbortSignal }): Promise<Appended> {
    if (this.closing.signal.aborted) {
      return Promise.reject(new LogError('no-quorum', 'the event log is closed'));
    }
    return this.#sequencer.append(batch, options.expect, options.signal);
  }

  /** For what brings events from elsewhere into this log while nothing is appended to it. */
  get files(): LevelStore {
    return this.store;
  }

  async head(): Promise<Head> {
    return this.localHead();
  }

  status(): LogStatus {
    const { state, damage, refusal } = this.store;
    return {
      mode: 'single',
      generation: state.generation,
      localHead: state.position,
      quorumHead: state.position,
      writable: refusal === '',
      reason: refusal,
      obstacle: refusal === '' ? null : 'disk',
      notice: '',
      damagedAt: damage?.position ?? null,
    };
  }

  /** Answers what waits, ends subscriptions, closes the files. */
  async close(): Promise<void> {
    await this.#sequencer.idle();
    this.closing.abort();
    await this.#sequencer.idle();
    await this.store.close();
  }
}
