/** Our check of LevelDB's files, against files that LevelDB itself wrote. */
import assert from 'node:assert/strict';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { tablesBytes, tablesProblem } from '#consensus/leveldb/check-tables.ts';
import { crc32c } from '#consensus/leveldb/crc32c.ts';
import { tablesInUse } from '#consensus/leveldb/manifest.ts';
import { uncompressSnappy } from '#consensus/leveldb/snappy.ts';
import { tableProblem } from '#consensus/leveldb/table.ts';
import { removeFolder, scratchFolder } from '../scratch-log.ts';

const SEED = 20_261_123;

/** A database with several generations of tables, some replaced by compactions. */
async function withTables(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await scratchFolder();
  try {
    for (let round = 0; round < 4; round++) {
      const db = new ClassicLevel(folder, { writeBufferSize: 64 * 1024, maxFileSize: 1024 * 1024 });
      for (let n = 0; n < 600; n++) {
        const key = `a long key that is much like the others/${(n * 7919) % 3000}/${'x'.repeat(n % 50)}`;
        await db.put(key, `${round} ${'value '.repeat(n % 60)} ${Math.sin(n)}`);
      }
      await db.compactRange('a', 'b');
      await db.close();
    }
    await run(folder);
  } finally {
    await removeFolder(folder);
  }
}

describe("the check of LevelDB's files", () => {
  it('knows the sum (RFC 3720 B.4)', () => {
    assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
    assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
    assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0x46dd794e);
    assert.equal(crc32c(Buffer.from('x123456789y'), 1, 10), 0xe3069283);
  });

  it('finds every table that LevelDB wrote whole, and only those in use', () =>
    withTables(async (folder) => {
      assert.equal(await tablesProblem(folder), '');
      const inUse = (await tablesInUse(folder))!.sort();
      const there = (await readdir(folder)).filter((name) => name.endsWith('.ldb')).sort();
      assert.deepEqual(inUse, there);
      assert.ok(inUse.length >= 1);
      assert.ok((await tablesBytes(folder)) > 10_000);
    }));

  it('finds any flipped octet of a table', () =>
    withTables(async (folder) => {
      const [name] = (await tablesInUse(folder))!;
      const file = await readFile(join(folder, name!));
      const step = 7; // Coprime to every structure's size.
      for (let at = 0; at < file.length; at += at > file.length - 2000 ? 1 : step * 11) {
        file[at]! ^= 1 << (at % 8);
        assert.notEqual(tableProblem(file), '', `octet ${at} of ${file.length}`);
        file[at]! ^= 1 << (at % 8);
      }
      assert.equal(tableProblem(file), '');
    }));

  it('says what is missing', () =>
    withTables(async (folder) => {
      const [name] = (await tablesInUse(folder))!;
      await rename(join(folder, name!), join(folder, 'elsewhere'));
      assert.equal(await tablesProblem(folder), `LevelDB file ${name}: is missing`);
      await rename(join(folder, 'CURRENT'), join(folder, 'elsewhere'));
      assert.equal(await tablesProblem(folder), '', 'no database yet');
    }));

  it('survives any octets (fuzz)', () => {
    const octets = fc.uint8Array({ maxLength: 300 });
    const footer = Buffer.from('57fb808b247547db', 'hex');
    fc.assert(
      fc.property(octets, (noise) => {
        assert.equal(typeof tableProblem(Buffer.concat([noise, footer])), 'string');
        try {
          uncompressSnappy(noise);
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });
});
