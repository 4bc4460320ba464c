/**
 * Leaves the others their turn: a gateway that has just appended while others append, too, waits a moment before the
 * next transaction; one that has lost tries again at once. Otherwise the quickest would starve the rest (measured
 * 5,205 : 1,440 : 1,430, replication.md §2.2).
 */
const RIVAL_MS = 250; // An event of another gateway within this means that it may want the next turn.
const PAUSE_MS_MAX = 50; // Far more than a transaction takes at one site; between sites the others' turns take longer anyway.
const ROUND_TRIP_SHARE = 0.2; // Of the newest measurement in the running mean.

export class FairTurns {
  readonly #node: string;
  readonly #random: () => number;
  readonly #lastSeen = new Map<string, number>();
  #roundTripMs = 1;

  constructor(node: string, random: () => number) {
    this.#node = node;
    this.#random = random;
  }

  /** To be told of every event that was stored. */
  note(node: string, elapsedMs: number): void {
    if (node !== this.#node) this.#lastSeen.set(node, elapsedMs);
  }

  noteRoundTrip(tookMs: number): void {
    this.#roundTripMs += (tookMs - this.#roundTripMs) * ROUND_TRIP_SHARE;
  }

  /** How long to leave the head to the others after an append of ours; 0 when nobody else appends. */
  pauseMs(elapsedMs: number): number {
    let rivals = 0;
    for (const seenMs of this.#lastSeen.values()) if (elapsedMs - seenMs < RIVAL_MS) rivals += 1;
    return Math.min(PAUSE_MS_MAX, rivals * this.#roundTripMs * (0.5 + this.#random()));
  }
}
