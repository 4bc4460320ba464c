/** Damage on disk: found at open or by one scrub, named, and never served (replication.md §8, 9 and 10). */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { LogError, StoredEvent } from '#consensus/event-log.ts';
import type { LevelEventLog } from '#consensus/level-event-log.ts';
import { readVarint } from '#consensus/leveldb/snappy.ts';
import { all, draft, handClock, openLog, removeFolder, scratchFolder } from './scratch-log.ts';

const EVENTS = 120;
const FLIPS_PER_FILE = 25; // Spread over the file; the offset moves with each, so that no structure is always missed.

/** What a log holds when nothing is wrong with it. */
interface Original {
  readonly events: readonly StoredEvent[];
  readonly vault: readonly (readonly [string, Buffer])[];
}

async function fill(folder: string): Promise<Original> {
  const clock = handClock();
  const log = await openLog(folder, { clock });
  // First, because a removal rewrites LevelDB's files, and the rest is to be in the write-ahead log.
  await log.vault.put('data-key/7', Buffer.alloc(60, 8));
  await log.vault.delete('data-key/7');
  for (let n = 0; n < EVENTS; n++) {
    await log.append([draft(`thing/${n % 9}`, { payload: Buffer.from(`{"n":${n}}`) })], { expect: 'any' });
  }
  const vault = Array.from({ length: 7 }, (_, n) => [`data-key/${n}`, Buffer.alloc(60, n + 1)] as const);
  for (const [name, value] of vault) await log.vault.put(name, value);
  clock.advance(60_000);
  while ((await log.checkpoints.list(1n, 1)).length === 0) await new Promise((turn) => setImmediate(turn));
  await log.snapshots.save('people', await log.head(), Buffer.from('state'));
  const events = await all(log.read(1n));
  await log.close();
  return { events, vault };
}

/** Everything that the log gives out is as it was; `found` when it says by itself that something is wrong. */
async function examine(folder: string, original: Original): Promise<{ found: string }> {
  let log: LevelEventLog;
  try {
    log = await openLog(folder);
  } catch (error) {
    assert.equal((error as LogError).code, 'log-damaged');
    return { found: (error as Error).message };
  }
  try {
    const atOpen = log.status().reason || log.notices.join();
    await assertServedAsItWas(log, original);
    const { damage, mended } = await log.scrub({ unhurried: false });
    const found = atOpen || mended || damage?.reason || '';
    if (damage) {
      assert.equal(log.status().writable, false);
      await assert.rejects(log.append([draft('thing/1')], { expect: 'any' }), { code: 'log-damaged' });
    }
    return { found };
  } finally {
    await log.close();
  }
}

async function assertServedAsItWas(log: LevelEventLog, original: Original): Promise<void> {
  const served: StoredEvent[] = [];
  const damaged = (error: unknown): void => assert.equal((error as LogError).code, 'log-damaged');
  try {
    for await (const event of log.read(1n)) served.push(event);
  } catch (error) {
    damaged(error);
    assert.equal(log.status().writable, false);
  }
  assert.deepEqual(served, original.events.slice(0, served.length));
  if (served.length < EVENTS) assert.equal(log.status().writable, false, 'a shorter log is known to be');
  for (const [name, value] of original.vault) {
    const kept = await log.vault.get(name).catch(damaged);
    if (kept !== undefined) assert.deepEqual(kept, value);
  }
  const gone = await log.vault.get('data-key/7').catch(damaged);
  assert.equal(gone ?? null, null, 'an erased entry stays erased');
  const snapshot = await log.snapshots.load('people').catch(damaged);
  if (snapshot) assert.equal(Buffer.from(snapshot.data).toString(), 'state');
}

/** A good log of each kind: all in the write-ahead log, and all in tables. */
for (const settled of [false, true]) {
  describe(`a flipped octet ${settled ? 'in tables' : 'in the write-ahead log'}`, () => {
    let good: string;
    let original: Original;
    before(async () => {
      good = await scratchFolder();
      original = await fill(good);
      if (settled) await (await openLog(good)).close(); // Recovery writes what was in the log to a table.
    });
    after(() => removeFolder(good));

    it('is found and never served, in any file', async () => {
      const files = (await readdir(good, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile() && !/^LOG|^LOCK$/.test(entry.name)) // LevelDB's own words, nothing of ours.
        .map((entry) => join(entry.parentPath, entry.name).slice(good.length + 1));
      assert.ok(files.some((file) => file.endsWith(settled ? '.ldb' : '.log')));
      for (const file of files) {
        const { length } = await readFile(join(good, file));
        const step = Math.max(1, Math.floor(length / FLIPS_PER_FILE));
        for (let at = 0, n = 0; at < length; at += step, n++) {
          const offset = Math.min(at + (n % step), length - 1);
          const { found } = await withFlip(good, file, offset, (folder) => examine(folder, original));
          // A snapshot is found by its load, which gives none.
          assert.ok(found || file.startsWith('snapshots'), `octet ${offset} of ${file}`);
        }
      }
    });
  });
}

describe('a flipped octet', () => {
  it('in a snapshot means no snapshot', async () => {
    const folder = await scratchFolder();
    try {
      const log = await openLog(folder);
      await log.append([draft('thing/1')], { expect: 'any' });
      await log.snapshots.save('people', await log.head(), Buffer.from('state'));
      const path = join(folder, 'snapshots/people');
      const good = await readFile(path);
      for (let at = 0; at < good.length; at++) {
        const octets = Buffer.from(good);
        octets[at]! ^= 1 << (at % 8);
        await writeFile(path, octets);
        assert.equal(await log.snapshots.load('people'), null, `octet ${at}`);
      }
      await log.close();
    } finally {
      await removeFolder(folder);
    }
  });

  it('in a large table is found after the crash it caused, or by the scrub', async () => {
    const good = await scratchFolder();
    try {
      await fill(good);
      await (await openLog(good)).close();
      const tables = (await readdir(join(good, 'log'))).filter((name) => name.endsWith('.ldb'));
      const table = join('log', tables.sort().at(-1)!);
      // The bloom filter stands before the index of filters, whose handle begins the footer (doc/table_format.md).
      const file = await readFile(join(good, table));
      const [filterEnd] = readVarint(file, file.length - 48);
      let silent = 0;
      for (let offset = filterEnd - 20; offset > filterEnd - 300; offset -= 40) {
        await withFlip(good, table, offset, async (folder) => {
          const log = await openLog(folder, { checkedBytesMax: 0 });
          if (log.status().reason === '') silent += 1;
          const { reason } = (await log.scrub({ unhurried: false })).damage!;
          assert.match(reason, /LevelDB file \d+\.ldb: block/);
          assert.equal(log.status().writable, false);
          await log.close();
          await writeFile(join(folder, 'open'), ''); // As a crash leaves it.
          await assert.rejects(openLog(folder, { checkedBytesMax: 0 }), { code: 'log-damaged' });
        });
      }
      assert.ok(silent > 0, 'some flips are seen by the scrub only');
    } finally {
      await removeFolder(good);
    }
  });
});

async function withFlip<T>(
  good: string,
  file: string,
  offset: number,
  run: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sealgate-flip-'));
  try {
    await cp(good, folder, { recursive: true });
    const octets = await readFile(join(folder, file));
    octets[offset]! ^= 1 << (offset % 8);
    await writeFile(join(folder, file), octets);
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('a log that lost its end', () => {
  async function withLost(
    run: (lost: string, original: Original) => Promise<void>,
    lose: (folder: string) => Promise<void>,
  ): Promise<void> {
    const folder = await scratchFolder();
    try {
      const original = await fill(folder);
      await lose(folder);
      await run(folder, original);
    } finally {
      await removeFolder(folder);
    }
  }
  const writeAheadLog = async (folder: string): Promise<string> => {
    const logs = (await readdir(join(folder, 'log'))).filter((name) => name.endsWith('.log'));
    return join(folder, 'log', logs.sort().at(-1)!);
  };
  const cutTo = (part: number) => async (folder: string) => {
    const file = await writeAheadLog(folder);
    await truncate(file, Math.floor((await readFile(file)).length * part));
  };

  it('refuses writes, says what is missing, and serves what is whole', () =>
    withLost(async (folder, original) => {
      const log = await openLog(folder);
      const { writable, reason, damagedAt, localHead } = log.status();
      assert.equal(writable, false);
      assert.equal(damagedAt, localHead + 1n);
      assert.equal(
        reason,
        `events ${damagedAt} to ${EVENTS} are missing: the head file says ${EVENTS}, the log ends at ${localHead}`,
      );
      await assert.rejects(log.append([draft('thing/1')], { expect: 'any' }), { code: 'log-damaged' });
      await assert.rejects(log.vault.put('x', Buffer.from('y')), { code: 'log-damaged' });
      await assert.rejects(log.vault.get('data-key/1'), { code: 'log-damaged' }); // Not "there is none".
      assert.deepEqual(await all(log.read(1n)), original.events.slice(0, Number(localHead)));
      await log.close();
      // It stays so: nothing was mended that cannot be.
      const again = await openLog(folder);
      assert.equal(again.status().reason, reason);
      await again.close();
    }, cutTo(0.5)));

  it('knows that changes beside the events are missing', () =>
    withLost(async (folder) => {
      const log = await openLog(folder);
      assert.match(log.status().reason, /changes beside the events are missing/);
      await log.close();
    }, cutTo(0.995)));

  it('is not taken for a new one when LevelDB is gone, or the head file', async () => {
    await withLost(
      async (folder) => {
        const log = await openLog(folder);
        assert.match(log.status().reason, new RegExp(`events 1 to ${EVENTS} are missing`));
        await log.close();
      },
      (folder) => rm(join(folder, 'log'), { recursive: true }),
    );
    await withLost(
      async (folder) => {
        const log = await openLog(folder);
        assert.match(log.status().reason, /head file is missing/);
        await log.close();
      },
      (folder) => rm(join(folder, 'head')),
    );
  });

  it('of another cluster is refused', async () => {
    await withLost(
      async (folder) => {
        const log = await openLog(folder, { clusterId: '00000000-0000-4000-8000-000000000000' });
        assert.match(log.status().reason, /another cluster/);
        await log.close();
      },
      async () => {},
    );
  });
});

describe('a head file that is one write behind', () => {
  it('is a crash between the two writes, and legal', async () => {
    const folder = await scratchFolder();
    try {
      const log = await openLog(folder);
      await log.append([draft('thing/1')], { expect: 'any' });
      const before = await readFile(join(folder, 'head'));
      await log.append([draft('thing/1')], { expect: 'any' });
      await log.close();
      await writeFile(join(folder, 'head'), before);
      const again = await openLog(folder);
      assert.deepEqual([again.status().reason, again.notices, again.status().localHead], ['', [], 2n]);
      await again.append([draft('thing/1')], { expect: 'any' });
      await again.close();
    } finally {
      await removeFolder(folder);
    }
  });
});
