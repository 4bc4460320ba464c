/** Time that only events move: a seeded world of nodes that can be paused, with promises that are kept by events. */

export interface Random {
  /** [0, below) */
  next(below: number): number;
  chance(of: number): boolean;
}

export function randomOf(seed: number): Random {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  const raw = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  for (let n = 0; n < 8; n++) raw();
  return { next: (below) => Math.floor(raw() * below), chance: (of) => raw() < of };
}

interface Event {
  readonly atMs: number;
  readonly serial: number;
  readonly node: string | null;
  readonly run: () => void;
}

export class VirtualTime {
  nowMs = 0;
  #serial = 0;
  readonly #events: Event[] = [];
  readonly #paused = new Map<string, Event[]>();

  get nowNs(): bigint {
    return BigInt(Math.floor(this.nowMs * 1000)) * 1000n;
  }

  /** `node`: it happens there, so not while that is paused; null: in the world. */
  after(ms: number, node: string | null, run: () => void): void {
    this.#push({ atMs: this.nowMs + ms, serial: this.#serial++, node, run });
  }

  sleep(ms: number, node: string | null): Promise<void> {
    return new Promise((resolve) => this.after(ms, node, resolve));
  }

  #push(event: Event): void {
    let at = this.#events.length;
    while (at > 0 && later(this.#events[at - 1]!, event)) at -= 1;
    this.#events.splice(at, 0, event);
  }

  pause(node: string): void {
    if (!this.#paused.has(node)) this.#paused.set(node, []);
  }

  resume(node: string): void {
    const kept = this.#paused.get(node) ?? [];
    this.#paused.delete(node);
    for (const event of kept) this.#push({ ...event, atMs: this.nowMs });
  }

  isPaused(node: string): boolean {
    return this.#paused.has(node);
  }

  async runUntil(endMs: number): Promise<void> {
    for (let event = this.#events[0]; event && event.atMs <= endMs; event = this.#events[0]) {
      this.#events.shift();
      this.nowMs = Math.max(this.nowMs, event.atMs);
      const waiting = event.node === null ? undefined : this.#paused.get(event.node);
      if (waiting) {
        waiting.push(event);
        continue;
      }
      event.run();
      // What awaited the event goes on before the next one.
      for (let turns = 0; turns < 12; turns++) await null;
    }
    this.nowMs = endMs;
  }
}

function later(a: Event, b: Event): boolean {
  return a.atMs > b.atMs || (a.atMs === b.atMs && a.serial > b.serial);
}
