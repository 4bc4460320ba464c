/** Virtual time and chance from a seed: all that makes a run of the simulation the same every time. */
import type { LogClock } from '#consensus/checkpoints.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  run: (() => void) | null;
}

export class SimClock implements LogClock {
  #now = 0;
  #order = 0;
  readonly #timers: Timer[] = []; // A heap: the earliest first, of equals the one that was set first.

  nowMs(): number {
    return 1_770_000_000_000 + Math.floor(this.#now);
  }

  elapsedMs(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(timer);
    return () => {
      timer.run = null;
    };
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Lets time pass until `done` or until `untilMs`; between two timers everything that was resolved runs to its end. */
  async run(untilMs: number, done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((turn) => setImmediate(turn));
      const next = this.#pop();
      if (!next) {
        if (done()) return;
        throw new Error('nothing will ever happen again, and it is not done');
      }
      if (next.at > untilMs) throw new Error(`not done after ${untilMs} ms of virtual time`);
      this.#now = next.at;
      next.run!();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): Timer | null {
    for (;;) {
      const heap = this.#timers;
      const first = heap[0];
      if (!first) return null;
      const last = heap.pop()!;
      if (heap.length > 0) this.#sink(last);
      if (first.run) return first;
    }
  }

  #sink(timer: Timer): void {
    const heap = this.#timers;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, timer)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = timer;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Chance from a seed (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0;
  }

  /** In [0, 1). */
  next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  happens(rate: number): boolean {
    return this.next() < rate;
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}
