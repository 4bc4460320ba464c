/** What a member had written and did not know to be committed is there when a copy of it is read (requirement 22). */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { commitOfAll } from '#consensus/etcd/write-ahead-log.ts';
import { until } from '../../gateway/until.ts';
import { EtcdMembers } from './etcd-members.ts';

const WITHIN_MS = 60_000;
const ATTEMPTS_MAX = 10;

describe('the write-ahead log of a member', () => {
  let etcd: EtcdMembers;
  before(async () => {
    // A leader that hears nobody gives up after ten heartbeats: time enough to take one more change.
    etcd = await EtcdMembers.start({ count: 3, heartbeatMs: 500 });
  });
  after(() => etcd.remove());

  function newestSegment(i: number): string {
    const folder = join(etcd.members[i]!.start.dataFolder, 'member', 'wal');
    const names = readdirSync(folder).filter((name) => name.endsWith('.wal'));
    return join(folder, names.sort().at(-1)!);
  }

  /** A leader and a key that it alone has written: the others stand still. */
  async function writtenOnly(): Promise<[leader: number, key: string]> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const leader = await etcd.leader();
      const others = [0, 1, 2].filter((i) => i !== leader);
      const quorum = etcd.quorum({ first: leader });
      const put = (key: string) =>
        quorum.txn({ compare: [], success: [{ type: 'put', key, value: Buffer.from('v') }] });
      await put('before');
      const key = `written-${attempt}`;
      for (const i of others) etcd.pause(i);
      let isOver = false;
      put(key).catch(() => {
        isOver = true;
      });
      const isWritten = (): boolean => readFileSync(newestSegment(leader)).includes(key);
      await until(
        () => isWritten() || isOver,
        WITHIN_MS,
        () => 'neither written nor refused',
      );
      if (isWritten()) return [leader, key];
      for (const i of others) etcd.resume(i); // It had given up leading before it was asked.
      await etcd.ready();
    }
    throw new Error('no leader took a change without the others');
  }

  it('counts as committed to its end when the record is added, and the member takes it so', async () => {
    const [leader, key] = await writtenOnly();
    const { start } = etcd.members[leader]!;
    for (const i of [0, 1, 2]) await etcd.kill(i);

    const copy = `${start.dataFolder}-copy`;
    cpSync(start.dataFolder, copy, { recursive: true });
    const alone = async (): Promise<string[]> => {
      etcd.run(leader, '--force-new-cluster');
      await etcd.ready();
      const { values } = await etcd.quorum({ first: leader }).range({ key: 'a', end: 'z' });
      await etcd.kill(leader);
      return values.map(({ key }) => key);
    };
    assert.deepEqual(await alone(), ['before'], 'the control: by force alone it is dropped');
    cpSync(copy, start.dataFolder, { recursive: true, force: true });
    const segment = newestSegment(leader);
    const found = commitOfAll(readFileSync(segment));
    assert.ok(found && found.entries >= 1n);
    truncateSync(segment, found.offset);
    writeFileSync(segment, found.octets, { flag: 'a' });
    assert.equal(commitOfAll(readFileSync(segment)), null, 'nothing is left to be committed');
    assert.deepEqual(await alone(), ['before', key]);
  });

  it('is left as it is when it cannot be read', () => {
    assert.equal(commitOfAll(Buffer.alloc(4096)), null);
    assert.equal(commitOfAll(Buffer.from('no log of etcd')), null);
  });
});
