/** The vault of a cluster: the same everywhere, erased everywhere, and nobody else's to change. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { VaultStore } from '#consensus/local-log.ts';
import { formLog } from '#consensus/replicated/form-log.ts';
import { ReplicatedVault } from '#consensus/replicated/replicated-vault.ts';
import { FakeQuorum } from '../fake-quorum.ts';
import { chanceOfFaults } from '../quorum-faults.ts';
import { CLUSTER } from '../scratch-log.ts';
import { Chance } from '../simulation/sim-clock.ts';
import { eventually, ScratchCluster, type ScratchGateway } from './scratch-cluster.ts';

const SECRET = Buffer.from('wrapped data key, 0123456789abcdef');

describe('the vault of a cluster', () => {
  let cluster: ScratchCluster;
  let one: ScratchGateway;
  let two: ScratchGateway;
  beforeEach(async () => {
    cluster = await ScratchCluster.form();
    one = await cluster.join();
    two = await cluster.join();
  });
  afterEach(() => cluster.dispose());

  const has = async ({ log }: ScratchGateway, name: string): Promise<string | null> => {
    const found = await log.vault.get(name);
    return found && Buffer.from(found).toString();
  };
  /** Entries on a gateway's own disk, whatever the quorum says. */
  const onDisk = async ({ folder }: ScratchGateway): Promise<boolean> => {
    for (;;) {
      try {
        const files = await readdir(join(folder, 'log'));
        const octets = await Promise.all(files.map((name) => readFile(join(folder, 'log', name))));
        return octets.some((file) => file.includes(SECRET));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // LevelDB has put another in its place.
      }
    }
  };

  it('has on every gateway what one has put, also without the quorum', async () => {
    await one.log.vault.put('data-key/a', SECRET);
    assert.equal(await has(two, 'data-key/a'), String(SECRET));
    await eventually('it is on the disk of the other', () => onDisk(two));
    cluster.quorum.reachable = false;
    // What is under way to the disk is not read yet.
    const known = (): Promise<boolean> =>
      has(two, 'data-key/a').then(
        (value) => value === String(SECRET),
        () => false,
      );
    await eventually('the other knows it by itself', known);
    await assert.rejects(two.log.vault.get('data-key/unknown'), { code: 'no-quorum' });
    await assert.rejects(two.log.vault.put('data-key/b', SECRET), { code: 'no-quorum' });
    cluster.quorum.reachable = true;
    assert.equal(await has(two, 'data-key/unknown'), null);
  });

  it('lets one of many win who put what must not be there yet', async () => {
    const stood = await Promise.all(
      [one, two, one, two].map(({ log }, i) =>
        log.vault.put('data-key/a', Buffer.from(`value ${i}`), { onlyIfAbsent: true }),
      ),
    );
    assert.equal(new Set(stood.map((value) => Buffer.from(value).toString())).size, 1);
    for (const gateway of [one, two]) {
      await eventually(
        'both have it',
        async () => (await has(gateway, 'data-key/a')) === String(Buffer.from(stood[0]!)),
      );
    }
  });

  it('replaces a value everywhere', async () => {
    await one.log.vault.put('settings', Buffer.from('old'));
    await eventually('the other has it', async () => (await has(two, 'settings')) === 'old');
    await two.log.vault.put('settings', Buffer.from('new'));
    await eventually('the first has the new one', async () => (await has(one, 'settings')) === 'new');
  });

  it('erases everywhere, from all files, and bars the very entry from coming back', async () => {
    await one.log.vault.put('data-key/a', SECRET);
    await eventually('it is on the disk of the other', () => onDisk(two));
    await two.log.vault.delete('data-key/a');
    for (const gateway of [one, two]) await eventually('it is gone', async () => !(await onDisk(gateway)));
    assert.equal(await has(one, 'data-key/a'), null);
    assert.equal(cluster.quorum.store.range({ key: 'vault/v/data-key/a' }).values.length, 0);
    await assert.rejects(one.log.vault.put('data-key/a', SECRET), { code: 'version-conflict' });
    await one.log.vault.put('data-key/a', Buffer.from('another key'));
    assert.equal(await has(two, 'data-key/a'), 'another key');
    await two.log.vault.delete('data-key/never-there');
  });

  it('erases on a gateway that was away, and in a later generation, too', async () => {
    await one.log.vault.put('data-key/a', SECRET);
    await one.log.vault.put('data-key/b', Buffer.from('stays'));
    await eventually(
      'it is on the disk of the other',
      async () => (await onDisk(two)) && (await has(two, 'data-key/b')) !== null,
    );
    await two.log.close();
    await one.log.vault.delete('data-key/a');
    const head = await one.log.head('local');
    const quorum = new FakeQuorum();
    await formLog(quorum.client(), { clusterId: CLUSTER, generation: 2 }, head);
    // Whoever comes first to the new quorum.
    two.log = await cluster.open(two, { quorum: quorum.client() });
    await eventually(
      'it has brought its own',
      () => quorum.store.range({ key: 'vault/v/data-key/a' }).values.length === 1,
    );
    await cluster.reopen(one, { quorum: quorum.client() });
    await eventually('it is gone', async () => !(await onDisk(two)));
    assert.equal(await has(two, 'data-key/a'), null);
    assert.equal(await has(two, 'data-key/b'), 'stays');
    assert.equal(quorum.store.range({ key: 'vault/v/data-key/b' }).values.length, 1);
    assert.equal(quorum.store.range({ key: 'vault/v/data-key/a' }).values.length, 0);
  });

  it('puts back what somebody has deleted from the quorum', async () => {
    await one.log.vault.put('data-key/a', SECRET);
    await eventually('it is on the disk of the other', () => onDisk(two));
    await cluster.client().txn({ compare: [], success: [{ type: 'delete', key: 'vault/', end: 'vault0' }] });
    const { store } = cluster.quorum;
    await eventually('it is back', () => store.range({ key: 'vault/v/data-key/a' }).values.length === 1);
    const late = await cluster.join();
    assert.equal(await has(late, 'data-key/a'), String(SECRET));
  });

  it('takes nothing that no gateway has signed, neither an entry nor an erasure', async () => {
    await one.log.vault.put('data-key/a', SECRET);
    await eventually('it is on the disk of the other', () => onDisk(two));
    const { value } = cluster.quorum.store.range({ key: 'vault/v/data-key/a' }).values[0]!;
    const altered = Buffer.from(value);
    altered[altered.length - 1]! ^= 1;
    const put = (key: string, octets: Uint8Array): { type: 'put'; key: string; value: Uint8Array } => ({
      type: 'put',
      key,
      value: octets,
    });
    await cluster.client().txn({
      compare: [],
      success: [
        put('vault/v/data-key/a', altered),
        put('vault/v/data-key/b', value),
        put(`vault/x/${'0'.repeat(64)}`, value),
      ],
    });
    for (const { log } of [one, two]) {
      await eventually('it is told', () => /not signed/.test(log.status().notice));
    }
    assert.equal(await has(one, 'data-key/a'), String(SECRET));
    assert.equal(await has(two, 'data-key/b'), null);
  });

  it('ends every put and erasure as one of them, whatever answers are lost', async () => {
    const chance = new Chance(7);
    const rates = { latencyMsMax: 0, lost: 0, unclear: 0.4, watchLost: 0, watchRepeated: 0, watchOld: 0 };
    const faults = chanceOfFaults({ ...rates, watchShuffled: 0, watchBroken: 0 }, chance.next);
    const { signer } = one;
    const quorum = cluster.quorum.client(faults);
    const context = { quorum, clusterId: CLUSTER, signer, keys: cluster.keys, timeoutMs: 1000 };
    const vault = new ReplicatedVault({ ...context, local: memoryVault() });
    const { store } = cluster.quorum;
    for (let i = 0; i < 100; i++) {
      const name = `data-key/${i}`;
      const put = await vault.put(name, Buffer.from(`${i}`), { onlyIfAbsent: true }).catch(() => null);
      if (put) assert.equal(store.range({ key: `vault/v/${name}` }).values.length, 1);
      const erased = await vault.delete(name).then(
        () => true,
        () => false,
      );
      if (erased) assert.equal(store.range({ key: `vault/v/${name}` }).values.length, 0);
    }
  });
});

function memoryVault(): VaultStore {
  const entries = new Map<string, Uint8Array>();
  return {
    get: async (name) => entries.get(name) ?? null,
    async put(name, value) {
      entries.set(name, value);
      return value;
    },
    async replace(name, _from, to) {
      entries.set(name, to);
      return true;
    },
    names: async (prefix) => [...entries.keys()].filter((name) => name.startsWith(prefix)),
    async delete(name) {
      entries.delete(name);
    },
  };
}
