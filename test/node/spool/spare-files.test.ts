/** Spare files: taken only after a sync that began when they were spares, written over to the octet, bounded. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FolderSync } from '#node/spool/folder-sync.ts';
import { keepSpares, SpareFiles, type SpareKeeper } from '#node/spool/spare-files.ts';
import { writeSynced } from '#node/spool/synced-file.ts';

let root: string;
let ready: string;
let spare: string;
let keeper: SpareKeeper;
let spares: SpareFiles;
let sync: FolderSync;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'sealgate-spare-'));
  ready = join(root, 'ready');
  spare = join(root, 'spare');
  mkdirSync(ready);
  keeper = keepSpares(spare);
  spares = new SpareFiles(spare);
  sync = await FolderSync.open(ready, spares);
});

afterEach(async () => {
  keeper.stop();
  await sync.close();
  rmSync(root, { recursive: true, force: true });
});

/** A mail that has ended. Returns its inode. */
async function ended(name: string, sizeBytes: number): Promise<number> {
  const path = join(ready, name);
  writeFileSync(path, randomBytes(sizeBytes));
  const { ino } = statSync(path);
  await keeper.end(path);
  return ino;
}

async function written(name: string, octets: Buffer): Promise<number> {
  const path = join(ready, name);
  await writeSynced(path, octets, spares);
  assert.ok(readFileSync(path).equals(octets), name);
  return statSync(path).ino;
}

describe('a spare file', () => {
  it('is written over after a sync of the folder it comes from, not before', async () => {
    const ino = await ended('a', 8192);
    assert.notEqual(await written('b', randomBytes(8192)), ino);
    assert.equal(readdirSync(spare).length, 1);
    await sync.sync();
    assert.equal(await written('c', randomBytes(8192)), ino);
    assert.deepEqual(readdirSync(spare), []);
  });

  it('is not written over when it came while the sync ran', async () => {
    const makeUsable = spares.beforeSync();
    const ino = await ended('a', 8192);
    makeUsable?.();
    assert.notEqual(await written('b', randomBytes(8192)), ino);
  });

  it('holds the octets of the new mail alone, shorter or longer', async () => {
    await ended('a', 20_000);
    await ended('b', 4096);
    await sync.sync();
    await written('c', randomBytes(5000));
    await written('d', randomBytes(50_000));
    assert.deepEqual(readdirSync(spare), []);
  });

  it('is the one of the same size, where there is one', async () => {
    const inodes = [await ended('a', 4096), await ended('b', 12_288), await ended('c', 8192)];
    await sync.sync();
    assert.equal(await written('d', randomBytes(12_288)), inodes[1]);
    assert.equal(await written('e', randomBytes(8192)), inodes[2]);
  });

  it('that someone holds by a link of his own stays as it is', async () => {
    const kept = join(root, 'kept');
    const octets = randomBytes(8192);
    writeFileSync(join(ready, 'a'), octets);
    linkSync(join(ready, 'a'), kept);
    await keeper.end(join(ready, 'a'));
    await sync.sync();
    await written('b', randomBytes(8192));
    assert.ok(readFileSync(kept).equals(octets));
  });

  it('that is gone, or taken by another, is passed over', async () => {
    await ended('a', 8192);
    await ended('b', 8192);
    await sync.sync();
    for (const name of readdirSync(spare)) rmSync(join(spare, name));
    await written('c', randomBytes(8192));
  });
});

describe('the end of a mail', () => {
  it('removes a large file, and a second end does nothing', async () => {
    await ended('a', 1_000_000);
    assert.deepEqual(readdirSync(ready), []);
    assert.deepEqual(readdirSync(spare), []);
    await keeper.end(join(ready, 'a'));
  });

  it('keeps a limited number, and none of an earlier run', async () => {
    for (let i = 0; i < 1030; i += 1) await ended(`m${i}`, 10);
    assert.deepEqual(readdirSync(ready), []);
    assert.equal(readdirSync(spare).length, 1024);
    keeper.stop();
    keeper = keepSpares(spare);
    assert.deepEqual(readdirSync(spare), []);
  });

  it('is told when the file is still there', async () => {
    const folder = join(ready, 'a');
    mkdirSync(folder);
    writeFileSync(join(folder, 'inside'), '');
    rmSync(spare, { recursive: true });
    await assert.rejects(keeper.end(folder));
  });
});
