/** What callers asked and were told, in order, and what must be true of it when all is over (replication.md §7). */
import assert from 'node:assert/strict';
import { NO_HASH } from '#consensus/event-codec.ts';
import type { Appended, Draft, Expect, StoredEvent } from '#consensus/event-log.ts';

export type Outcome =
  | { readonly kind: 'recorded'; readonly appended: Appended }
  /** Surely not applied. `actual` of a refused expectation. */
  | { readonly kind: 'refused'; readonly actual: bigint }
  | { readonly kind: 'failed' }
  | { readonly kind: 'unknown' };

export interface Told {
  readonly batch: readonly Draft[];
  readonly expect: Expect;
  /** Order of the first call among all calls and answers. */
  readonly calledAt: number;
  /** Order of the last answer; that of the end when there was none. */
  answeredAt: number;
  outcome: Outcome;
}

export class History {
  readonly told: Told[] = [];
  #order = 0;

  tick(): number {
    this.#order += 1;
    return this.#order;
  }

  call(batch: readonly Draft[], expect: Expect): Told {
    const told: Told = { batch, expect, calledAt: this.tick(), answeredAt: 0, outcome: { kind: 'unknown' } };
    this.told.push(told);
    return told;
  }

  answer(told: Told, outcome: Outcome): void {
    told.outcome = outcome;
    told.answeredAt = this.tick();
  }

  /**
   * `logs`: each gateway's, the longest being the cluster's. `isOurs`: events that nobody but these callers records; of
   * the others only the chain is checked.
   */
  check(
    logs: readonly (readonly StoredEvent[])[],
    isOurs: (event: StoredEvent) => boolean = () => true,
  ): void {
    const longest = logs.reduce((a, b) => (b.length > a.length ? b : a));
    checkChain(longest);
    for (const log of logs) {
      for (const [i, event] of log.entries()) {
        assert.ok(Buffer.compare(event.hash, longest[i]!.hash) === 0, `logs differ at position ${i + 1}`);
      }
    }
    const positions = this.#checkOrigin(longest.filter(isOurs));
    for (const told of this.told) checkTold(told, positions, longest);
    this.#checkOrder();
  }

  /** Every event was asked for by someone, and stands once. */
  #checkOrigin(events: readonly StoredEvent[]): Map<string, bigint> {
    const asked = new Set(this.told.flatMap(({ batch }) => batch.map(({ id }) => id)));
    const positions = new Map<string, bigint>();
    for (const { id, position } of events) {
      assert.ok(asked.has(id), `nobody asked for event ${position}`);
      assert.ok(!positions.has(id), `event ${position} stands at ${positions.get(id)}, too`);
      positions.set(id, position);
    }
    return positions;
  }

  /** ack(A) before call(B) means position(A) < position(B). */
  #checkOrder(): void {
    const recorded = this.told.filter(({ outcome }) => outcome.kind === 'recorded');
    const steps = recorded.flatMap((told) => [
      { at: told.calledAt, told, isCall: true },
      { at: told.answeredAt, told, isCall: false },
    ]);
    let highest = 0n;
    for (const { told, isCall } of steps.sort((a, b) => a.at - b.at)) {
      const { appended } = told.outcome as Extract<Outcome, { kind: 'recorded' }>;
      if (isCall) Object.assign(told, { highestBefore: highest });
      else if (appended.last > highest) highest = appended.last;
    }
    for (const told of recorded) {
      const { appended } = told.outcome as Extract<Outcome, { kind: 'recorded' }>;
      const { highestBefore } = told as Told & { highestBefore: bigint };
      assert.ok(
        appended.first > highestBefore,
        `${appended.first} was called after ${highestBefore} was answered`,
      );
    }
    this.#checkRefusals();
  }

  /** Who is told of a lower version than expected must not have been told so from a log that was behind. */
  #checkRefusals(): void {
    for (const { expect, outcome, calledAt } of this.told) {
      if (outcome.kind !== 'refused' || expect === 'any' || 'head' in expect) continue;
      assert.notEqual(outcome.actual, BigInt(expect.version), 'refused with the version that was expected');
      if (outcome.actual > BigInt(expect.version)) continue;
      let known = 0;
      for (const other of this.told) {
        if (other.outcome.kind !== 'recorded' || other.answeredAt > calledAt) continue;
        known += other.batch.filter(({ stream }) => stream === expect.stream).length;
      }
      assert.ok(
        outcome.actual >= BigInt(known),
        `refused at version ${outcome.actual}, ${known} were answered before`,
      );
    }
  }
}

function checkChain(log: readonly StoredEvent[]): void {
  const versions = new Map<string, number>();
  let prev = NO_HASH;
  for (const [i, event] of log.entries()) {
    assert.equal(event.position, BigInt(i + 1), 'positions have no gap');
    assert.ok(Buffer.compare(event.prev, prev) === 0, `event ${event.position} follows the one before`);
    assert.equal(event.version, (versions.get(event.stream) ?? 0) + 1, `version of event ${event.position}`);
    versions.set(event.stream, event.version);
    prev = event.hash;
  }
}

function checkTold(told: Told, positions: ReadonlyMap<string, bigint>, log: readonly StoredEvent[]): void {
  const { batch, expect, outcome } = told;
  const found = batch.map(({ id }) => positions.get(id));
  const standing = found.filter((position) => position !== undefined);
  assert.ok(
    standing.length === 0 || standing.length === batch.length,
    'a batch is recorded whole or not at all',
  );
  if (outcome.kind === 'recorded') {
    const { first, last } = outcome.appended;
    assert.deepEqual(
      [found[0], found.at(-1)],
      [first, last],
      'an answered event stands where its caller was told',
    );
  }
  if (outcome.kind === 'refused' || outcome.kind === 'failed') {
    assert.equal(standing.length, 0, `an event that was ${outcome.kind} stands at ${standing[0]}`);
  }
  if (standing.length === 0 || expect === 'any') return;
  const first = found[0]!;
  if ('head' in expect) assert.equal(first, expect.head + 1n, 'the expected head was the head');
  else {
    const before = log.slice(0, Number(first) - 1).filter(({ stream }) => stream === expect.stream).length;
    assert.equal(before, expect.version, 'the expected version was the version');
  }
}
