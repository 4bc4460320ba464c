/**
 * Tells the others how far this gateway's own log is on its disk: `ack/<node>`. The trimmer waits for it, and in a pair
 * the voter's appends do.
 */
import type { LogClock } from '../checkpoints.ts';
import type { Head } from '../event-log.ts';
import { type KeyValueQuorum, QuorumError } from '../key-value-quorum.ts';
import { ackKey, encodeAck } from './quorum-keys.ts';

const RENEW_MS = 3_600_000; // Unchanged, it still says that the gateway is there; seven days of silence count as gone.

export interface AckPorts {
  readonly quorum: KeyValueQuorum;
  readonly node: string;
  readonly clock: LogClock;
  readonly head: () => Head;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

export class AckWriter {
  readonly #ports: AckPorts;
  #acked = -1n;
  #ackedMs = 0;
  #running: Promise<void> | null = null;
  #again = false;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(ports: AckPorts) {
    this.#ports = ports;
  }

  /** Writes every `everyMs`, when there is news, until `close`. */
  start(): void {
    const tick = (): void => {
      void this.write();
      this.#cancel = this.#ports.clock.after(this.#ports.everyMs, tick);
    };
    tick();
  }

  /** Writes the head of now, when it is not yet known; one write at a time. */
  write(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      const { quorum, node, clock, timeoutMs } = this.#ports;
      const { position, hash, generation } = this.#ports.head();
      const isKnown = position === this.#acked && clock.elapsedMs() - this.#ackedMs < RENEW_MS;
      if (isKnown) continue;
      const value = encodeAck({ position, hash, generation, atMs: clock.nowMs() });
      try {
        await quorum.txn(
          { compare: [], success: [{ type: 'put', key: ackKey(node), value }] },
          { timeoutMs },
        );
        this.#acked = position;
        this.#ackedMs = clock.elapsedMs();
      } catch (error) {
        if (!(error instanceof QuorumError)) throw error; // The next tick tries again.
      }
    }
  }
}
