/**
 * The pair without a third box: appends of the only voter are answered when the standby has them on its disk, too,
 * while the standby is there (`alive/<standby>`). Without it the voter goes on alone, and counts.
 */
import type { LogClock } from '../checkpoints.ts';
import type { Position } from '../event-log.ts';
import { type KeyValueQuorum, QuorumError, type Watch } from '../key-value-quorum.ts';
import { ackKey, decodeAck } from './quorum-keys.ts';

const LOOK_MS = 500; // While appends wait: what a lost watch could hold them up.

export interface PairAck {
  /** Node id of the standby. */
  readonly standby: string;
}

export interface PairPorts extends PairAck {
  readonly quorum: KeyValueQuorum;
  readonly clock: LogClock;
  readonly timeoutMs: number;
}

export class PairGate {
  readonly #ports: PairPorts;
  readonly #waiting: { position: Position; resolve: () => void }[] = [];
  readonly #watches = new Map<string, Watch>();
  #acked: Position = 0n;
  #isAlive = true; // Until the first look says otherwise.
  #alone = 0n;
  #looking: Promise<void> | null = null;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(ports: PairPorts) {
    this.#ports = ports;
  }

  /** Whether the standby was there at the last look. */
  get isTogether(): boolean {
    return this.#isAlive;
  }

  /** Events that were answered while they stood on this gateway only. */
  get alone(): bigint {
    return this.#alone;
  }

  /** Resolves when the standby has the log up to there, or is away. */
  async wait({ first, last }: { first: Position; last: Position }): Promise<void> {
    if (last <= this.#acked) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ position: last, resolve });
    void this.#look();
    await promise;
    if (last > this.#acked) this.#alone += last - (first > this.#acked ? first - 1n : this.#acked);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    for (const watch of this.#watches.values()) watch.stop();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #look(): Promise<void> {
    this.#looking ??= this.#ask().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #ask(): Promise<void> {
    const { quorum, standby, clock, timeoutMs } = this.#ports;
    const keys = [ackKey(standby), `alive/${standby}`];
    this.#cancel?.();
    for (const key of keys) this.#follow(key);
    try {
      const success = keys.map((key) => ({ type: 'range' as const, key }));
      const { results } = await quorum.txn({ compare: [], success }, { timeoutMs });
      const [ack, alive] = results.map((result) => (result.type === 'range' ? result.values[0] : undefined));
      const acked = ack ? decodeAck(ack.value) : null;
      if (acked && acked.position > this.#acked) this.#acked = acked.position;
      this.#isAlive = alive !== undefined;
      this.#release();
    } catch (error) {
      if (!(error instanceof QuorumError)) throw error;
    }
    if (this.#waiting.length > 0 && !this.#closed) {
      this.#cancel = clock.after(LOOK_MS, () => void this.#look());
    }
  }

  /** A hint that something has changed; what it is, the next look says. */
  #follow(key: string): void {
    if (this.#watches.has(key) || this.#closed) return;
    const watch = this.#ports.quorum.watch({ key }, (changes) => {
      for (const { type, value } of changes) {
        const acked = type === 'put' ? decodeAck(value.value) : null;
        if (acked && acked.position > this.#acked) this.#acked = acked.position;
      }
      this.#release();
      // Also while nothing is appended: operators are told that it is away until it is back.
      if (this.#waiting.length > 0 || !this.#isAlive) void this.#look();
    });
    this.#watches.set(key, watch);
    const ended = (): boolean => this.#watches.delete(key);
    watch.done.then(ended, ended);
  }

  #release(): void {
    const held = this.#waiting.splice(0);
    for (const one of held) {
      if (!this.#isAlive || one.position <= this.#acked) one.resolve();
      else this.#waiting.push(one);
    }
  }
}
