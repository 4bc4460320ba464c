/** Appends that wait for their turn, taken in groups: all that fits goes in one durable write (group commit). */
import { checkBatch } from './check-draft.ts';
import type { Appended, Draft, Expect } from './event-log.ts';

/** One append and its caller. Exactly one of `resolve` and `reject` is called, once. */
export interface Waiting {
  readonly batch: readonly Draft[];
  readonly expect: Expect;
  readonly signal: AbortSignal | undefined;
  resolve(appended: Appended): void;
  reject(error: unknown): void;
}

export interface GroupLimits {
  readonly events: number;
  /** Octets of payload. */
  readonly bytes: number;
}

export class AppendQueue {
  readonly #waiting: Waiting[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** Settles when the append is answered. `arrived` runs when it stands in the queue. */
  add(request: Pick<Waiting, 'batch' | 'expect' | 'signal'>, arrived: () => void): Promise<Appended> {
    return new Promise((resolve, reject) => {
      checkBatch(request.batch);
      this.#waiting.push({ ...request, resolve, reject });
      arrived();
    });
  }

  /** To the front again, in their order: they were taken, and nothing came of it. */
  putBack(waiting: readonly Waiting[]): void {
    this.#waiting.unshift(...waiting);
  }

  /** The first of them, at least one when there is one; those that were called off meanwhile are answered and left out. */
  take(limits: GroupLimits): Waiting[] {
    const group: Waiting[] = [];
    let events = 0;
    let bytes = 0;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting[0]!;
      events += waiting.batch.length;
      bytes += waiting.batch.reduce((sum, draft) => sum + draft.payload.length, 0);
      if (group.length > 0 && (events > limits.events || bytes > limits.bytes)) break;
      this.#waiting.shift();
      if (waiting.signal?.aborted) waiting.reject(waiting.signal.reason);
      else group.push(waiting);
    }
    return group;
  }
}
