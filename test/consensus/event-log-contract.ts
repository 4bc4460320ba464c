/**
 * What every engine of the event log must do, whatever stands behind the port: run with a factory for each engine.
 *
 * The engine under test signs as one node whose key `keys` knows.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeCanonical, hashOf, NO_HASH } from '#consensus/event-codec.ts';
import {
  BATCH_EVENTS_MAX,
  type EventLog,
  LogError,
  PAYLOAD_BYTES_MAX,
  type StoredEvent,
} from '#consensus/event-log.ts';
import { type KeyRing, signatureHolds } from '#consensus/signing.ts';
import { concurrentWriters } from './concurrent-writers.ts';
import { all, draft } from './scratch-log.ts';

export interface LogUnderTest {
  readonly log: EventLog;
  readonly keys: KeyRing;
  /** Closes the log and opens it again on the same storage. */
  reopen(): Promise<EventLog>;
  dispose(): Promise<void>;
}

export function eventLogContract(name: string, factory: () => Promise<LogUnderTest>): void {
  describe(`${name}: the contract of the event log`, () => {
    let under: LogUnderTest;
    let log: EventLog;
    let streams = 0;
    const fresh = (): string => `thing/${++streams}`;
    before(async () => {
      under = await factory();
      log = under.log;
    });
    after(() => under.dispose());

    it('begins empty', async () => {
      assert.deepEqual(await log.head('local'), { position: 0n, hash: NO_HASH, generation: 1 });
      assert.deepEqual(await all(log.read(1n)), []);
      assert.deepEqual(await all(log.readStream('thing/none')), []);
      assert.equal(log.status().writable, true);
    });

    it('gives back what was appended, field by field', async () => {
      const stream = fresh();
      const given = draft(stream, {
        reason: 'Grüße, 鍵 — 🔑',
        actor: 'node/gateway-1',
        schema: 7,
        payload: Buffer.from([0, 255, 10, 13, 34]),
      });
      const { first, last, repeated } = await log.append([given], { expect: { stream, version: 0 } });
      assert.deepEqual([first, repeated], [last, false]);
      const [stored] = await all(log.read(first, last));
      assert.ok(stored);
      for (const field of ['id', 'stream', 'kind', 'schema', 'atMs', 'actor', 'reason'] as const) {
        assert.equal(stored[field], given[field]);
      }
      assert.deepEqual(Buffer.from(stored.payload), given.payload);
      assert.deepEqual([stored.position, stored.version, stored.generation], [first, 1, 1]);
    });

    it('chains and signs every event', async () => {
      await log.append([draft(fresh()), draft(fresh())], { expect: 'any' });
      let prev = NO_HASH;
      let position = 0n;
      for await (const event of log.read(1n)) {
        position += 1n;
        assert.equal(event.position, position);
        assert.deepEqual(Buffer.from(event.prev), Buffer.from(prev));
        assert.deepEqual(Buffer.from(event.hash), hashOf(encodeCanonical(event)));
        assert.equal(await signatureHolds(event, under.keys), true);
        prev = event.hash;
      }
      const head = await log.head('quorum');
      assert.equal(head.position, position);
      assert.deepEqual(Buffer.from(head.hash), Buffer.from(prev));
    });

    it('counts versions in each stream, also when batches mix streams', async () => {
      const [a, b] = [fresh(), fresh()];
      await log.append([draft(a), draft(b), draft(a)], { expect: { stream: a, version: 0 } });
      await log.append([draft(b), draft(a)], { expect: { stream: a, version: 2 } });
      const versions = async (stream: string): Promise<number[]> =>
        (await all(log.readStream(stream))).map((e) => e.version);
      assert.deepEqual(await versions(a), [1, 2, 3]);
      assert.deepEqual(await versions(b), [1, 2]);
    });

    it('takes one stream for another never, however their names are alike', async () => {
      const a = fresh();
      await log.append([draft(a), draft(`${a}\0`), draft(`${a}/x`)], { expect: 'any' });
      assert.equal((await all(log.readStream(a))).length, 1);
      assert.equal((await all(log.readStream(`${a}\0`))).length, 1);
    });

    it('refuses a wrong expected version, records nothing, and says the right one', async () => {
      const stream = fresh();
      await log.append([draft(stream), draft(stream)], { expect: { stream, version: 0 } });
      const { position } = await log.head('local');
      for (const version of [0, 1, 3]) {
        await assert.rejects(
          log.append([draft(stream)], { expect: { stream, version } }),
          (e: LogError) => e.code === 'version-conflict' && e.actual === 2n,
        );
      }
      assert.equal((await log.head('local')).position, position);
    });

    it('can expect the head of the whole log', async () => {
      const { position } = await log.head('local');
      const { first } = await log.append([draft(fresh())], { expect: { head: position } });
      assert.equal(first, position + 1n);
      await assert.rejects(
        log.append([draft(fresh())], { expect: { head: position } }),
        (e: LogError) => e.code === 'version-conflict' && e.actual === position + 1n,
      );
    });

    it('records the same ids once and gives the same answer', async () => {
      const stream = fresh();
      const batch = [draft(stream), draft(stream)];
      const once = await log.append(batch, { expect: { stream, version: 0 } });
      const again = await log.append(batch, { expect: { stream, version: 0 } });
      assert.deepEqual(again, { ...once, repeated: true });
      assert.equal((await all(log.readStream(stream))).length, 2);
    });

    it('records the same ids once, asked ten times at once', async () => {
      const stream = fresh();
      const batch = [draft(stream), draft(stream)];
      const ten = Array.from({ length: 10 }, () => log.append(batch, { expect: { stream, version: 0 } }));
      const answers = await Promise.all(ten);
      assert.equal(answers.filter((a) => !a.repeated).length, 1);
      assert.equal(new Set(answers.map((a) => a.first)).size, 1);
      assert.equal((await all(log.readStream(stream))).length, 2);
    });

    it('refuses a batch that repeats another one only in part', async () => {
      const stream = fresh();
      const [a, b, c] = [draft(stream), draft(stream), draft(stream)];
      await log.append([a, b], { expect: 'any' });
      for (const batch of [
        [b, a],
        [b, c],
        [c, a],
      ]) {
        await assert.rejects(log.append(batch, { expect: 'any' }), { code: 'version-conflict' });
      }
      assert.equal((await all(log.readStream(stream))).length, 2);
    });

    it('refuses what is too large', async () => {
      const payload = Buffer.alloc(PAYLOAD_BYTES_MAX + 1);
      const large = { code: 'too-large' };
      await assert.rejects(log.append([draft(fresh(), { payload })], { expect: 'any' }), large);
      const many = Array.from({ length: BATCH_EVENTS_MAX + 1 }, () => draft(fresh()));
      await assert.rejects(log.append(many, { expect: 'any' }), large);
      const heavy = Array.from({ length: 9 }, () =>
        draft(fresh(), { payload: Buffer.alloc(PAYLOAD_BYTES_MAX) }),
      );
      await assert.rejects(log.append(heavy, { expect: 'any' }), large);
      await assert.rejects(log.append([draft('x'.repeat(600))], { expect: 'any' }), large);
    });

    it('takes the largest payload', async () => {
      const payload = Buffer.alloc(PAYLOAD_BYTES_MAX, 0x5a);
      const { first } = await log.append([draft(fresh(), { payload })], { expect: 'any' });
      const [stored] = await all(log.read(first, first));
      assert.ok(Buffer.from(stored!.payload).equals(payload));
    });

    it('rejects a draft that no caller should build, and goes on', async () => {
      await assert.rejects(log.append([], { expect: 'any' }), TypeError);
      await assert.rejects(log.append([draft('a\ud800')], { expect: 'any' }), TypeError);
      await assert.rejects(log.append([draft('')], { expect: 'any' }), TypeError);
      await assert.rejects(log.append([draft('a', { atMs: Number.NaN })], { expect: 'any' }), TypeError);
      await log.append([draft(fresh())], { expect: 'any' });
    });

    it('does not begin what was called off', async () => {
      const stream = fresh();
      const signal = AbortSignal.abort(new Error('called off'));
      await assert.rejects(log.append([draft(stream)], { expect: 'any', signal }), /called off/);
      assert.deepEqual(await all(log.readStream(stream)), []);
    });

    it('reads any range', async () => {
      await log.append([draft(fresh()), draft(fresh()), draft(fresh())], { expect: 'any' });
      const { position } = await log.head('local');
      const positions = async (from: bigint, to?: bigint): Promise<bigint[]> =>
        (await all(log.read(from, to))).map((e) => e.position);
      assert.deepEqual(await positions(position - 1n), [position - 1n, position]);
      assert.deepEqual(await positions(2n, 3n), [2n, 3n]);
      assert.deepEqual(await positions(position, position + 100n), [position]);
      assert.deepEqual(await positions(position + 1n), []);
      assert.deepEqual(await positions(3n, 2n), []);
    });

    it('tells a subscriber the past, then the present, in order and without a gap', async () => {
      const { position } = await log.head('local');
      const seen: bigint[] = [];
      const wanted = position + 300n;
      const { promise, resolve } = Promise.withResolvers<void>();
      const subscription = log.subscribe(1n, (event) => {
        seen.push(event.position);
        if (event.position === wanted) resolve();
      });
      const writers = Array.from({ length: 300 }, () => log.append([draft(fresh())], { expect: 'any' }));
      await Promise.all([...writers, promise]);
      subscription.stop();
      await subscription.done;
      assert.deepEqual(
        seen,
        Array.from({ length: Number(wanted) }, (_, i) => BigInt(i + 1)),
      );
    });

    it('waits for the handler before it gives the next event', async () => {
      let busy = 0;
      let most = 0;
      const seen: StoredEvent[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const subscription = log.subscribe(1n, async (event) => {
        busy += 1;
        most = Math.max(most, busy);
        await new Promise((turn) => setImmediate(turn));
        busy -= 1;
        if (seen.push(event) === 50) resolve();
      });
      await promise;
      subscription.stop();
      await subscription.done;
      assert.equal(most, 1);
      assert.ok(seen.length <= 51, 'nothing after stop but what was under way');
    });

    it('resumes at any position, also one that is still to come', async () => {
      const { position } = await log.head('local');
      const { promise, resolve } = Promise.withResolvers<bigint>();
      const subscription = log.subscribe(position + 2n, (event) => resolve(event.position));
      await log.append([draft(fresh())], { expect: 'any' });
      await log.append([draft(fresh())], { expect: 'any' });
      assert.equal(await promise, position + 2n);
      subscription.stop();
      await subscription.done;
    });

    it('tells of a handler that threw', async () => {
      const subscription = log.subscribe(1n, () => {
        throw new Error('projection is broken');
      });
      await assert.rejects(subscription.done, /projection is broken/);
    });

    it('keeps a snapshot with its position, the newest of each name', async () => {
      const at = await log.head('local');
      assert.equal(await log.snapshots.load('people'), null);
      await log.snapshots.save('people', at, Buffer.from('old'));
      await log.snapshots.save('people', at, Buffer.from('new'));
      const loaded = await log.snapshots.load('people');
      assert.equal(Buffer.from(loaded!.data).toString(), 'new');
      assert.equal(loaded!.at.position, at.position);
      assert.deepEqual(Buffer.from(loaded!.at.hash), Buffer.from(at.hash));
      await log.snapshots.save('empty', at, new Uint8Array());
      assert.equal((await log.snapshots.load('empty'))!.data.length, 0);
    });

    it('has no snapshot of another history', async () => {
      const at = await log.head('local');
      await log.snapshots.save('foreign', { ...at, hash: Buffer.alloc(32, 1) }, Buffer.from('x'));
      assert.equal(await log.snapshots.load('foreign'), null);
      await log.snapshots.save('future', { ...at, position: at.position + 5n }, Buffer.from('x'));
      assert.equal(await log.snapshots.load('future'), null);
      await log.snapshots.save('lineage', { ...at, generation: 9 }, Buffer.from('x'));
      assert.equal(await log.snapshots.load('lineage'), null);
    });

    it('an append that is called after another was answered comes behind it', async () => {
      const streamsOf = Array.from({ length: 8 }, () => fresh());
      await Promise.all(
        streamsOf.map(async (stream) => {
          let last = 0n;
          for (let i = 0; i < 20; i++) {
            const answer = await log.append([draft(stream)], { expect: { stream, version: i } });
            assert.ok(answer.first > last);
            last = answer.first;
          }
        }),
      );
    });

    it('keeps streams whole under concurrent writers (property)', () => concurrentWriters(log, fresh));

    it('is the same after it was closed and opened again', async () => {
      const stream = fresh();
      const batch = [draft(stream), draft(stream)];
      const once = await log.append(batch, { expect: { stream, version: 0 } });
      const before = await all(log.read(1n));
      const head = await log.head('local');
      log = await under.reopen();
      assert.deepEqual(await log.head('local'), head);
      assert.deepEqual(await all(log.read(1n)), before);
      assert.deepEqual(await log.append(batch, { expect: 'any' }), { ...once, repeated: true });
      await assert.rejects(
        log.append([draft(stream)], { expect: { stream, version: 1 } }),
        (e: unknown) => e instanceof LogError && e.code === 'version-conflict',
      );
      assert.ok(await log.snapshots.load('people'));
    });
  });
}
