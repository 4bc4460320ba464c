/**
 * Appends that were taken and are not answered yet: how long each may wait, and which of them may already stand in the
 * log although no answer said so.
 *
 * Who is in doubt is never told that the append came to nothing, until the log has moved past the head it was sent at
 * and does not hold it: the transaction compared that head, so it can never be done any more.
 */
import type { AppendQueue, GroupLimits, Waiting } from '../append-queue.ts';
import type { Judgement } from '../event-group.ts';
import { LogError } from '../event-log.ts';

export class PendingAppends {
  readonly #queue: AppendQueue;
  /** When each append is given up, milliseconds of the monotonic clock. */
  readonly #deadlines = new WeakMap<Waiting, number>();
  /** Sent without a clear answer, at a head of this revision. */
  readonly #doubts = new Map<Waiting, bigint>();
  #waiting: readonly Waiting[] = [];

  constructor(queue: AppendQueue) {
    this.#queue = queue;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Taken and not answered, in their order. */
  get waiting(): readonly Waiting[] {
    return this.#waiting;
  }

  giveUntil(waiting: Waiting, deadlineMs: number): void {
    this.#deadlines.set(waiting, deadlineMs);
  }

  /** Takes more from the queue, as far as they fit. */
  fill(limits: GroupLimits): void {
    this.#waiting = this.#queue.take(limits, this.#waiting);
  }

  /** They were sent at that head, and may stand or come to stand. Those that were not yet in doubt. */
  doubt(waiting: readonly Waiting[], revision: bigint): Waiting[] {
    const fresh = waiting.filter((one) => !this.#doubts.has(one));
    for (const one of fresh) this.#doubts.set(one, revision);
    return fresh;
  }

  /** They surely do not stand. */
  trust(waiting: readonly Waiting[]): void {
    for (const one of waiting) this.#doubts.delete(one);
  }

  /** Judged at a head of that revision: what was sent at an older one and is not in the log never will be. */
  judged(judgements: readonly Judgement[], revision: bigint): void {
    for (const { waiting, appended } of judgements) {
      const sentAt = this.#doubts.get(waiting);
      if (sentAt !== undefined && sentAt !== revision && !appended?.repeated) this.#doubts.delete(waiting);
    }
  }

  /** Answers those of them that still wait. */
  settle(judgements: readonly Judgement[]): void {
    const settled = new Set<Waiting>();
    for (const { waiting, appended, answer } of judgements) {
      if (!this.#waiting.includes(waiting)) continue;
      settled.add(waiting);
      // Found after an unclear answer: it was this very append that has recorded it.
      const isOwn = this.#doubts.delete(waiting) && appended?.repeated;
      if (isOwn) waiting.resolve({ ...appended, repeated: false });
      else answer();
    }
    this.#waiting = this.#waiting.filter((waiting) => !settled.has(waiting));
  }

  /** Answers all, or the given ones, with the error; `unresolved` those in doubt. */
  reject(error: unknown, given: readonly Waiting[] = this.#waiting): void {
    const rejected = new Set(given);
    for (const waiting of rejected) {
      const isInDoubt = this.#doubts.delete(waiting);
      waiting.reject(isInDoubt ? unresolved('no clear answer from the quorum') : error);
    }
    this.#waiting = this.#waiting.filter((waiting) => !rejected.has(waiting));
  }

  /** All of them stand in the quorum's log, and nobody here can read them. */
  leaveUnresolved(why: string): void {
    for (const waiting of this.#waiting) waiting.reject(unresolved(why));
    this.trust(this.#waiting);
    this.#waiting = [];
  }

  /** Gives up who has waited long enough, also in the queue. */
  expire(nowMs: number, error: LogError): void {
    const isOver = (waiting: Waiting): boolean => nowMs >= this.#deadlines.get(waiting)!;
    this.reject(error, [...this.#waiting.filter(isOver), ...this.#queue.remove(isOver)]);
  }
}

function unresolved(why: string): LogError {
  return new LogError('unresolved', `${why}; ask again with the same ids`);
}
