/** What stands beside the events: checkpoints by count and by time, the vault, what the scrub says of forgeries. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ClassicLevel } from 'classic-level';
import { encodeCanonical, hashOf, recordOf } from '#consensus/event-codec.ts';
import type { StoredEvent } from '#consensus/event-log.ts';
import type { LevelEventLog } from '#consensus/level-event-log.ts';
import { eventKey, idKey } from '#consensus/level-keys.ts';
import { type SignedHead, signedHeadHolds } from '#consensus/signed-head.ts';
import { signerOf } from '#consensus/signing.ts';
import {
  all,
  draft,
  handClock,
  openLog,
  removeFolder,
  scratchFolder,
  testKeys,
  testSigner,
  withLog,
} from './scratch-log.ts';

async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((turn) => setImmediate(turn));
}

async function checkpointsOf(log: LevelEventLog, wanted: number): Promise<SignedHead[]> {
  for (;;) {
    const found = await log.checkpoints.list(1n, 100);
    if (found.length >= wanted) return found;
    await turns();
  }
}

describe('signed checkpoints', () => {
  it('are made a minute after a change, and only after a change', async () => {
    const folder = await scratchFolder();
    const clock = handClock();
    try {
      let log = await openLog(folder, { clock });
      clock.advance(600_000);
      await turns();
      assert.deepEqual(await log.checkpoints.list(1n, 10), []);
      await log.append([draft('thing/1')], { expect: 'any' });
      await log.append([draft('thing/1')], { expect: 'any' });
      clock.advance(59_999);
      await turns();
      assert.deepEqual(await log.checkpoints.list(1n, 10), []);
      clock.advance(1);
      const [checkpoint] = await checkpointsOf(log, 1);
      assert.equal(checkpoint!.position, 2n);
      assert.equal(checkpoint!.atMs, clock.nowMs());
      assert.equal(signedHeadHolds(checkpoint!, testKeys), true);
      clock.advance(600_000);
      await turns();
      assert.equal((await log.checkpoints.list(1n, 10)).length, 1);
      await log.append([draft('thing/1')], { expect: 'any' });
      await log.close();
      log = await openLog(folder, { clock }); // A change before a restart counts.
      await turns();
      clock.advance(60_000);
      assert.deepEqual(
        (await checkpointsOf(log, 2)).map((c) => c.position),
        [2n, 3n],
      );
      assert.deepEqual(
        (await log.checkpoints.list(3n, 10)).map((c) => c.position),
        [3n],
      );
      await log.close();
    } finally {
      await removeFolder(folder);
    }
  });

  it('are made every 1,000 events', () =>
    withLog(async (log) => {
      for (let i = 0; i < 25; i++) {
        await log.append(
          Array.from({ length: 100 }, () => draft('thing/1')),
          { expect: 'any' },
        );
      }
      const [first, second] = await checkpointsOf(log, 2);
      assert.ok(first!.position >= 1000n && first!.position < 1200n);
      assert.ok(second!.position - first!.position >= 1000n);
      const { damage } = await log.scrub({ unhurried: false });
      assert.equal(damage, null);
    }));

  it('cannot pass for something else: not for another log, place, time or purpose', () =>
    withLog(async (log) => {
      const signed = log.signExport();
      assert.equal(signedHeadHolds(signed, testKeys), true);
      const changes: Partial<SignedHead>[] = [
        { purpose: 'checkpoint' },
        { clusterId: 'another' },
        { position: 7n },
        { generation: 2 },
        { atMs: 1 },
        { node: 'another' },
        { hash: Buffer.alloc(32, 1) },
      ];
      for (const change of changes) assert.equal(signedHeadHolds({ ...signed, ...change }, testKeys), false);
    }));
});

describe('the vault', () => {
  it('replaces what stands, only when it is what was meant, and names what it holds', () =>
    withLog(async ({ vault }) => {
      await vault.put('data-key/ada', Buffer.from('one'));
      await vault.put('mac', Buffer.from('x'));
      assert.equal(await vault.replace('data-key/ada', Buffer.from('other'), Buffer.from('two')), false);
      assert.equal(await vault.replace('data-key/bob', Buffer.from('one'), Buffer.from('two')), false);
      assert.equal(await vault.replace('data-key/ada', Buffer.from('one'), Buffer.from('two')), true);
      assert.equal(await vault.replace('data-key/ada', Buffer.from('one'), Buffer.from('two')), true);
      assert.deepEqual(await vault.get('data-key/ada'), Buffer.from('two'));
      assert.deepEqual(await vault.names('data-key/'), ['data-key/ada']);
    }));

  it('holds what was put, through a restart, and the first of two who come at once', async () => {
    const folder = await scratchFolder();
    try {
      let log = await openLog(folder);
      const [a, b] = await Promise.all(
        ['one', 'two'].map((v) => log.vault.put('cluster-key/a', Buffer.from(v), { onlyIfAbsent: true })),
      );
      assert.deepEqual(a, b);
      await log.vault.put('x', Buffer.from('old'));
      await log.vault.put('x', Buffer.from('new'));
      await log.close();
      log = await openLog(folder);
      assert.equal(log.status().reason, '');
      assert.deepEqual(await log.vault.get('cluster-key/a'), Buffer.from('one'));
      assert.deepEqual(await log.vault.get('x'), Buffer.from('new'));
      await log.close();
    } finally {
      await removeFolder(folder);
    }
  });

  it('keeps no removed value in any file', async () => {
    const folder = await scratchFolder();
    try {
      const log = await openLog(folder);
      const secret = Buffer.from('9f3b7c61d2e84a05b6c7d8e9f0a1b2c3', 'hex');
      await log.vault.put('data-key/ada', secret);
      await log.vault.put('data-key/bob', Buffer.alloc(16, 7));
      await log.vault.delete('data-key/ada');
      await log.vault.delete('data-key/never-was');
      assert.equal(await log.vault.get('data-key/ada'), null);
      for (const name of await readdir(join(folder, 'log'))) {
        const octets = await readFile(join(folder, 'log', name));
        assert.equal(octets.includes(secret), false, name);
      }
      assert.ok(await log.vault.get('data-key/bob'));
      await log.close();
      // The same for one that has sunk into an older table, below newer ones.
      let again = await openLog(folder);
      const old = Buffer.from('57c6a1908b3d4e2f6a7b8c9d0e1f2a3b', 'hex');
      await again.vault.put('data-key/eve', old);
      for (let round = 0; round < 3; round++) {
        await again.append([draft('thing/1', { payload: Buffer.alloc(1000, round) })], { expect: 'any' });
        await again.close();
        again = await openLog(folder);
      }
      await again.vault.delete('data-key/eve');
      for (const name of await readdir(join(folder, 'log'))) {
        assert.equal((await readFile(join(folder, 'log', name))).includes(old), false, name);
      }
      assert.equal((await again.scrub({ unhurried: false })).damage, null);
      await again.close();
    } finally {
      await removeFolder(folder);
    }
  });

  it('refuses names and values that are no keys', () =>
    withLog(async ({ vault }) => {
      await assert.rejects(async () => vault.put('', Buffer.alloc(1)), TypeError);
      await assert.rejects(async () => vault.put('x'.repeat(600), Buffer.alloc(1)), { code: 'too-large' });
      await assert.rejects(async () => vault.put('x', Buffer.alloc(100_000)), { code: 'too-large' });
    }));
});

describe('a scrub', () => {
  /** Someone with write access to the files, who knows the format. */
  async function tamper(
    change: (db: ClassicLevel<Buffer, Buffer>, events: readonly StoredEvent[]) => Promise<void>,
  ): Promise<{ reason: string; position: bigint | null }> {
    const folder = await scratchFolder();
    try {
      const log = await openLog(folder);
      for (let i = 0; i < 30; i++) await log.append([draft(`thing/${i % 4}`)], { expect: 'any' });
      const events = await all(log.read(1n));
      await log.close();
      const db = new ClassicLevel<Buffer, Buffer>(join(folder, 'log'), {
        keyEncoding: 'buffer',
        valueEncoding: 'buffer',
      });
      await change(db, events);
      await db.close();
      const again = await openLog(folder);
      const { damage } = await again.scrub({ unhurried: false });
      assert.equal(again.status().writable, false);
      assert.equal(again.status().damagedAt, damage!.position);
      await again.close();
      return damage!;
    } finally {
      await removeFolder(folder);
    }
  }

  it('names an event that its node did not sign, although chain and head file fit', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const mallory = signerOf(testSigner.node, privateKey);
    const { reason, position } = await tamper(async (db, events) => {
      const canonical = encodeCanonical(events[16]!);
      const hash = hashOf(canonical);
      await db.put(eventKey(17n), recordOf(canonical, hash, mallory.sign(hash)));
    });
    assert.deepEqual([position, /not signed/.test(reason)], [17n, true]);
  });

  it('names an event that was removed, altered, or lost from an index', async () => {
    const removed = await tamper((db) => db.del(eventKey(5n)));
    assert.equal(removed.position, 5n);
    const altered = await tamper(async (db, events) => {
      const canonical = encodeCanonical({ ...events[8]!, actor: 'operator/mallory' });
      const hash = hashOf(canonical);
      await db.put(eventKey(9n), recordOf(canonical, hash, testSigner.sign(hash)));
    });
    assert.ok(altered.position === 9n || altered.position === 10n);
    const lost = await tamper((db, events) => db.del(idKey(events[20]!.id)));
    assert.deepEqual([lost.position, /indexes/.test(lost.reason)], [21n, true]);
  });

  it('finds a vault entry that came or went', async () => {
    const { reason } = await tamper((db) => db.put(Buffer.from('vdata-key/x'), Buffer.alloc(80)));
    assert.match(reason, /altered|vault/);
  });

  it('mends a head file that was spoiled while the log is whole', () =>
    withLog(async (log, folder) => {
      await log.append([draft('thing/1')], { expect: 'any' });
      const path = join(folder, 'head');
      const good = await readFile(path);
      const bad = Buffer.from(good);
      bad[600]! ^= 1;
      await writeFile(path, bad);
      const { damage, mended } = await log.scrub({ unhurried: false });
      assert.deepEqual([damage, /slot 2/.test(mended)], [null, true]);
      assert.equal((await log.scrub({ unhurried: false })).mended, '');
      await log.append([draft('thing/1')], { expect: 'any' });
    }));
});
