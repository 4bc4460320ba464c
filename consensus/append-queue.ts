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
  #waiting: Waiting[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** Settles when the append is answered. `arrived` runs when it stands in the queue. */
  add(
    request: Pick<Waiting, 'batch' | 'expect' | 'signal'>,
    arrived: (waiting: Waiting) => void,
  ): Promise<Appended> {
    return new Promise((resolve, reject) => {
      checkBatch(request.batch);
      const waiting = { ...request, resolve, reject };
      this.#waiting.push(waiting);
      arrived(waiting);
    });
  }

  /** Takes those out that are to wait no longer; answering them is the caller's. */
  remove(isOver: (waiting: Waiting) => boolean): Waiting[] {
    const over = this.#waiting.filter(isOver);
    if (over.length > 0) this.#waiting = this.#waiting.filter((waiting) => !isOver(waiting));
    return over;
  }

  /**
   * The first of them, behind those that were taken `before` and are still to be recorded: at least one when there is
   * one and nothing is before it. Those that were called off meanwhile are answered and left out.
   */
  take(limits: GroupLimits, before: readonly Waiting[] = []): Waiting[] {
    const group = [...before];
    let events = 0;
    let bytes = 0;
    for (const { batch } of before) {
      events += batch.length;
      bytes += batch.reduce((sum, draft) => sum + draft.payload.length, 0);
    }
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
