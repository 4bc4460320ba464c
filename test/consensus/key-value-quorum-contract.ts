/**
 * What every key-value quorum must do: run against the fake and against real members, so that the fake stays honest.
 *
 * The factory gives two gateways' ways to the same, empty store.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  type KeyValueQuorum,
  keyAfter,
  prefixEnd,
  QuorumError,
  type QuorumErrorCode,
  type WatchChange,
} from '#consensus/key-value-quorum.ts';

export interface QuorumUnderTest {
  readonly one: KeyValueQuorum;
  readonly two: KeyValueQuorum;
  dispose(): Promise<void>;
}

const octets = (text: string): Uint8Array => Buffer.from(text);
const textOf = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();
const code = (wanted: QuorumErrorCode) => (error: unknown) =>
  error instanceof QuorumError && error.code === wanted;

export function keyValueQuorumContract(name: string, factory: () => Promise<QuorumUnderTest>): void {
  describe(`${name}: the contract of the quorum`, () => {
    let under: QuorumUnderTest;
    let one: KeyValueQuorum;
    let two: KeyValueQuorum;
    let count = 0;
    let at: string;
    before(async () => {
      under = await factory();
      ({ one, two } = under);
    });
    beforeEach(() => {
      at = `t${String(++count).padStart(3, '0')}/`;
    });
    after(() => under.dispose());

    const put = async (key: string, value: string, lease?: bigint): Promise<bigint> => {
      const operation = {
        type: 'put' as const,
        key: at + key,
        value: octets(value),
        ...(lease && { lease }),
      };
      return (await one.txn({ compare: [], success: [operation] })).revision;
    };
    const keysOf = async (quorum: KeyValueQuorum): Promise<string[]> => {
      const { values } = await quorum.range({ key: at, end: prefixEnd(at) });
      return values.map(({ key }) => key.slice(at.length));
    };

    it('reads what the other one has put, with its revisions', async () => {
      const created = await put('a', 'first');
      const changed = await put('a', 'second');
      assert.ok(changed > created);
      const { values, revision, more } = await two.range({ key: `${at}a` });
      assert.equal(values.length, 1);
      const { value, ...rest } = values[0]!;
      assert.equal(textOf(value), 'second');
      const wanted = { key: `${at}a`, createRevision: created, modRevision: changed, lease: 0n };
      assert.deepEqual(rest, wanted);
      assert.equal(revision, changed);
      assert.equal(more, false);
    });

    it('gives ranges in order, without their end, cut at the limit, also without values', async () => {
      for (const key of ['c', 'a', 'b', 'd']) await put(key, key);
      assert.deepEqual(await keysOf(two), ['a', 'b', 'c', 'd']);
      const part = await two.range({ key: `${at}a`, end: `${at}c` });
      assert.deepEqual(
        part.values.map((v) => textOf(v.value)),
        ['a', 'b'],
      );
      const cut = await two.range({ key: at, end: prefixEnd(at), limit: 3, keysOnly: true });
      assert.deepEqual([cut.values.length, cut.more, cut.values[0]!.value.length], [3, true, 0]);
      const closed = await two.range({ key: `${at}a`, end: keyAfter(`${at}c`), serializable: false });
      assert.equal(closed.values.length, 3);
      assert.deepEqual((await two.range({ key: `${at}none` })).values, []);
    });

    it('holds any octets and an empty value', async () => {
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      const success = [
        { type: 'put' as const, key: `${at}all`, value: all },
        { type: 'put' as const, key: `${at}empty`, value: new Uint8Array() },
      ];
      await one.txn({ compare: [], success });
      const { values } = await two.range({ key: at, end: prefixEnd(at) });
      assert.deepEqual(Uint8Array.from(values[0]!.value), all);
      assert.equal(values[1]!.value.length, 0);
    });

    it('does one branch of a transaction, whole, by the revisions it compares', async () => {
      const revision = await put('head', 'x');
      const txn = {
        compare: [
          { key: `${at}head`, modRevision: revision },
          { key: `${at}new`, createRevision: 0n },
        ],
        success: [
          { type: 'put' as const, key: `${at}new`, value: octets('n') },
          { type: 'put' as const, key: `${at}head`, value: octets('y') },
        ],
        failure: [
          { type: 'range' as const, key: `${at}head` },
          { type: 'range' as const, key: at, end: prefixEnd(at), limit: 1 },
        ],
      };
      const done = await one.txn(txn);
      assert.equal(done.succeeded, true);
      assert.deepEqual(done.results, [{ type: 'put' }, { type: 'put' }]);
      const again = await two.txn(txn);
      assert.equal(again.succeeded, false);
      const [head, all] = again.results;
      assert.ok(head?.type === 'range' && all?.type === 'range');
      assert.equal(textOf(head.values[0]!.value), 'y');
      assert.equal(head.values[0]!.modRevision, done.revision);
      assert.deepEqual([all.values.length, all.more], [1, true]);
    });

    it('deletes keys and ranges, and counts them', async () => {
      for (const key of ['a', 'b', 'c']) await put(key, key);
      const success = [{ type: 'delete' as const, key: `${at}a`, end: `${at}c` }];
      assert.deepEqual((await one.txn({ compare: [], success })).results, [{ type: 'delete', deleted: 2 }]);
      assert.deepEqual(await keysOf(two), ['c']);
      const [found] = (await one.range({ key: `${at}a` })).values;
      assert.equal(found, undefined);
    });

    it('takes the largest transaction the log makes', async () => {
      const success = Array.from({ length: 101 }, (_, i) => ({
        type: 'put' as const,
        key: `${at}${String(i).padStart(3, '0')}`,
        value: new Uint8Array(10_000).fill(i),
      }));
      await one.txn({ compare: [{ key: `${at}000`, modRevision: 0n }], success });
      const { values } = await two.range({ key: at, end: prefixEnd(at) });
      assert.equal(values.length, 101);
    });

    it('tells a watcher what has changed, from any revision on, in order', async () => {
      const first = await put('a', '1');
      await put('a', '2');
      const seen: WatchChange[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const watch = two.watch({ key: at, end: prefixEnd(at), from: first }, (changes) => {
        seen.push(...changes);
        if (seen.length >= 4) resolve();
      });
      await put('b', '3');
      await one.txn({ compare: [], success: [{ type: 'delete', key: `${at}a` }] });
      await promise;
      watch.stop();
      await watch.done;
      const told = seen.map(
        ({ type, value }) => `${type} ${value.key.slice(at.length)} ${textOf(value.value)}`,
      );
      assert.deepEqual(told, ['put a 1', 'put a 2', 'put b 3', 'delete a ']);
      assert.equal(seen[0]!.value.modRevision, first);
    });

    it('cancels a watch from a revision that was compacted away', async () => {
      const first = await put('a', '1');
      const last = await put('a', '2');
      await one.compact(last);
      const watch = two.watch({ key: `${at}a`, from: first }, () => {});
      await assert.rejects(watch.done, code('compacted'));
    });

    it('drops the keys of a lease that was revoked, and keeps those of one that lives', async () => {
      const { id, ttlMs } = await one.grant(60_000);
      assert.ok(ttlMs >= 60_000);
      await put('leased', 'x', id);
      const [found] = (await two.range({ key: `${at}leased` })).values;
      assert.equal(found?.lease, id);
      assert.ok((await one.keepAlive(id)) > 0);
      await one.revoke(id);
      assert.deepEqual(await keysOf(two), []);
      await assert.rejects(one.keepAlive(id), code('not-found'));
    });

    it('drops the keys of a lease that was not kept alive', async () => {
      const { id } = await one.grant(1000);
      await put('leased', 'x', id);
      const { promise, resolve } = Promise.withResolvers<void>();
      const watch = two.watch({ key: `${at}leased` }, (changes) => {
        if (changes.some(({ type }) => type === 'delete')) resolve();
      });
      if ((await keysOf(two)).length > 0) await promise;
      watch.stop();
      assert.deepEqual(await keysOf(two), []);
    });
  });
}
