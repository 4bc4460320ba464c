/** The head file in a cluster: written a moment later, one write for many; whatever a crash leaves, a state is there. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HeadFile, readHeadFile } from '#consensus/head-file.ts';
import { LevelStore } from '#consensus/level-store.ts';
import { EMPTY_STATE, encodeState, type LogState, STATE_BYTES } from '#consensus/log-state.ts';
import { CLUSTER, draft, openLog, removeFolder, scratchFolder } from './scratch-log.ts';

const SLOT_BYTES = 512;
const at = (writes: bigint): LogState => ({ ...EMPTY_STATE, writes, position: writes });
let folder: string;
before(async () => {
  folder = await scratchFolder();
});
after(() => removeFolder(folder));

const slotOf = (octets: Buffer, slot: 0 | 1): Buffer =>
  octets.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + STATE_BYTES);

/** As a power cut in the middle of a write leaves it. */
async function spoil(path: string, slot: 0 | 1): Promise<void> {
  const octets = await readFile(path);
  octets.fill(0xff, slot * SLOT_BYTES, slot * SLOT_BYTES + 64);
  await writeFile(path, octets);
}

async function known(path: string): Promise<bigint | undefined> {
  return (await readHeadFile(path))?.state?.writes;
}

describe('a head file that trails', () => {
  it('holds the newest of many states once it has settled, and after a close', async () => {
    const path = join(folder, 'head');
    const file = await HeadFile.open(path, at(0n));
    for (let n = 1n; n <= 7n; n++) file.writeSoon(at(n));
    await file.settled();
    assert.equal(await known(path), 7n);
    file.writeSoon(at(8n));
    file.writeSoon(at(9n));
    await file.close();
    assert.equal(await known(path), 9n);
  });

  it('never writes over the newest state, however many writes lie between, and when it is opened anew', async () => {
    const path = join(folder, 'head');
    for (const writes of [11n, 13n, 20n]) {
      const before = (await known(path))!;
      const file = await HeadFile.open(path, null);
      file.writeSoon(at(writes));
      await file.close();
      const octets = await readFile(path);
      assert.equal(await known(path), writes);
      const slot = ([0, 1] as const).find((one) => slotOf(octets, one).equals(encodeState(at(writes))));
      assert.notEqual(slot, undefined);
      await spoil(path, slot!);
      assert.equal(await known(path), before, 'the state before is still there');
      await writeFile(path, octets);
    }
  });

  it('may be behind a crashed log without a word, where one write is all that another log allows', async () => {
    const log = join(folder, 'log-of-it');
    const writer = await openLog(log);
    const old = await readFile(join(log, 'head'));
    for (let n = 0; n < 5; n++) await writer.append([draft('thing/1')], { expect: 'any' });
    await writer.close();
    for (const [headFileTrails, told] of [
      [true, 0],
      [false, 1],
    ] as const) {
      await writeFile(join(log, 'head'), old);
      const store = await LevelStore.open({ folder: log, clusterId: CLUSTER, headFileTrails });
      assert.equal(store.damage, null);
      assert.equal(store.notices.filter((notice) => /writes older than the log/.test(notice)).length, told);
      await store.close();
    }
  });
});
