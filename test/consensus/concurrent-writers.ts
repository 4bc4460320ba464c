/**
 * Property: several writers at once on few streams, each with the version it believes in, some asking twice with the
 * same ids. Afterwards every acknowledged event stands once, where its writer was told, and every stream is contiguous.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Draft, EventLog, LogError, StoredEvent } from '#consensus/event-log.ts';
import { all, draft } from './scratch-log.ts';

const SEED = 20_261_123;
const RUNS = 60;
const WRITERS_MAX = 6;

interface Step {
  readonly stream: number;
  readonly count: number;
  /** Asks again with the same ids, at once. */
  readonly twice: boolean;
  /** Believes in this version instead of asking; null asks first. */
  readonly believes: number | null;
}

const step: fc.Arbitrary<Step> = fc.record({
  stream: fc.nat({ max: 2 }),
  count: fc.integer({ min: 1, max: 4 }),
  twice: fc.boolean(),
  believes: fc.option(fc.nat({ max: 6 }), { nil: null }),
});
const writers = fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), {
  minLength: 2,
  maxLength: WRITERS_MAX,
});

interface Told {
  readonly batch: readonly Draft[];
  readonly first: bigint;
}

export async function concurrentWriters(log: EventLog, freshStream: () => string): Promise<void> {
  await fc.assert(
    fc.asyncProperty(writers, async (plans) => {
      const streams = [freshStream(), freshStream(), freshStream()];
      const told: Told[] = [];
      const refused = new Set<string>();
      await Promise.all(plans.map((plan) => write(log, plan, { streams, told, refused })));
      const stored = new Map<string, StoredEvent>();
      for (const stream of streams) {
        const events = await all(log.readStream(stream));
        assert.deepEqual(
          events.map((e) => e.version),
          events.map((_, i) => i + 1),
        );
        for (const event of events) {
          assert.ok(!stored.has(event.id), 'recorded once');
          assert.ok(!refused.has(event.id), 'a refused event is not there');
          stored.set(event.id, event);
        }
      }
      for (const { batch, first } of told) {
        for (const [i, { id }] of batch.entries()) assert.equal(stored.get(id)?.position, first + BigInt(i));
      }
      const acknowledged = new Set(told.flatMap(({ batch }) => batch.map((d) => d.id)));
      assert.equal(stored.size, acknowledged.size);
    }),
    { seed: SEED, numRuns: RUNS },
  );
}

async function write(
  log: EventLog,
  plan: readonly Step[],
  record: { streams: readonly string[]; told: Told[]; refused: Set<string> },
): Promise<void> {
  for (const { stream: index, count, twice, believes } of plan) {
    const stream = record.streams[index]!;
    const batch = Array.from({ length: count }, () => draft(stream));
    const version = believes ?? (await all(log.readStream(stream))).length;
    const ask = async (): Promise<void> => {
      try {
        const { first } = await log.append(batch, { expect: { stream, version } });
        record.told.push({ batch, first });
      } catch (error) {
        if ((error as LogError).code !== 'version-conflict') throw error;
        for (const { id } of batch) record.refused.add(id);
      }
    };
    await Promise.all(twice ? [ask(), ask()] : [ask()]);
  }
}
