/** A damaged log in a cluster heals from the others, at open and by the scrub (replication.md §8, 9 and 10). */
import assert from 'node:assert/strict';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { StoredEvent } from '#consensus/event-log.ts';
import type { PeerLog } from '#consensus/peer-log.ts';
import { trimLog } from '#consensus/replicated/trim-log.ts';
import { all, CLUSTER, draft } from '../scratch-log.ts';
import { eventually, ScratchCluster, type ScratchGateway, SHORT_TIMING } from './scratch-cluster.ts';

const EVENTS = 60;
const nobody: PeerLog = {
  segments() {
    throw new Error('no gateway can be asked');
  },
};

describe('a damaged log of a gateway in a cluster', () => {
  let cluster: ScratchCluster;
  let one: ScratchGateway;
  let two: ScratchGateway;
  let events: StoredEvent[];
  const options = { timing: { ...SHORT_TIMING, checkpointEvents: 10 } };

  beforeEach(async () => {
    cluster = await ScratchCluster.form();
    one = await cluster.join(options);
    two = await cluster.join(options);
    for (let n = 0; n < EVENTS; n++) await one.log.append([draft(`thing/${n % 7}`)], { expect: 'any' });
    for (const name of ['a', 'b', 'c']) await one.log.vault.put(`data-key/${name}`, Buffer.alloc(60, name));
    await eventually('both have everything', async () => {
      const { position } = await one.log.head('quorum');
      return two.log.status().localHead === position && (await two.log.vault.get('data-key/c')) !== null;
    });
    events = await all(one.log.read(1n));
    await two.log.close();
  });
  afterEach(() => cluster.dispose());

  /** The quorum keeps the newest events only: the rest must come from the other gateway. */
  const trim = async (): Promise<void> => {
    await eventually(
      'the checkpoint is signed',
      () => cluster.quorum.store.range({ key: 'ack/gateway-1' }).values.length > 0,
    );
    const { floor } = await trimLog({
      ...{ quorum: cluster.quorum.client(), clusterId: CLUSTER, keys: cluster.keys, compact: false },
      ...{ gateways: [one.signer.node], nowMs: Date.now(), keptEvents: 10n, timeoutMs: 1000 },
    });
    assert.equal(floor, 50n);
  };

  const logFiles = async (ending: string): Promise<string[]> => {
    const folder = join(two.folder, 'log');
    return (await readdir(folder)).filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
  };

  const assertHealed = async (): Promise<void> => {
    await eventually('it has everything', () => two.log.status().localHead === BigInt(EVENTS));
    assert.equal(two.log.status().reason, '');
    assert.match(two.log.notices.join(), /rebuilt/);
    assert.deepEqual(await all(two.log.read(1n)), events);
    for (const name of ['a', 'b', 'c']) {
      assert.deepEqual(await two.log.vault.get(`data-key/${name}`), Buffer.alloc(60, name));
    }
    assert.equal((await two.log.scrub({ unhurried: false })).damage, null);
    await two.log.append([draft('thing/after')], { expect: 'any' });
    assert.deepEqual((await readdir(two.folder)).sort(), ['head', 'log', 'open']);
  };

  it('whose write-ahead log was cut off heals at open', async () => {
    await trim();
    const [file] = await logFiles('.log');
    await truncate(file!, 2000);
    two.log = await cluster.open(two, options);
    await assertHealed();
  });

  it('whose write-ahead log has a flipped octet heals at open', async () => {
    await trim();
    const [file] = await logFiles('.log');
    const octets = await readFile(file!);
    octets[9000]! ^= 1;
    await writeFile(file!, octets);
    two.log = await cluster.open(two, options);
    await assertHealed();
  });

  it('heals from the quorum alone what that still has', async () => {
    const [file] = await logFiles('.log');
    await truncate(file!, 2000);
    two.log = await cluster.open(two, { ...options, peers: nobody });
    await assertHealed();
  });

  it('whose LevelDB is gone is fetched anew', async () => {
    await trim();
    await rm(join(two.folder, 'log'), { recursive: true });
    two.log = await cluster.open(two, options);
    await assertHealed();
  });

  it('whose head file is gone, or LevelDB and head file are garbage, is fetched anew', async () => {
    await trim();
    await writeFile(join(two.folder, 'head'), Buffer.alloc(1024, 7));
    for (const file of await logFiles('')) await writeFile(file, Buffer.alloc(100, 7));
    two.log = await cluster.open(two, options);
    await assertHealed();
  });

  it('stays as it is while nobody can be asked, serves what is whole, and says what is missing', async () => {
    await trim();
    const [file] = await logFiles('.log');
    await truncate(file!, 2000);
    two.log = await cluster.open(two, { ...options, peers: nobody });
    const { writable, reason } = two.log.status();
    assert.equal(writable, false);
    assert.match(reason, /are missing/);
    await assert.rejects(two.log.append([draft('thing/1')], { expect: 'any' }), { code: 'log-damaged' });
    const { localHead } = two.log.status();
    assert.deepEqual(await all(two.log.read(1n)), events.slice(0, Number(localHead)));
    await cluster.reopen(two, options);
    await assertHealed();
  });

  it('heals while it runs, when the scrub has found an octet flipped in a table', async () => {
    await trim();
    two.log = await cluster.open(two, options);
    await cluster.reopen(two, options); // What was in the write-ahead log is in a table now.
    const [table] = await logFiles('.ldb');
    const octets = await readFile(table!);
    octets[Math.floor(octets.length / 3)]! ^= 1;
    await writeFile(table!, octets);
    const report = await two.log.scrub({ unhurried: false });
    assert.equal(report.damage, null);
    assert.match(report.mended, /rebuilt/);
    await assertHealed();
  });
});
