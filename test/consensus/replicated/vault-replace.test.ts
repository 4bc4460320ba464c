/** A vault value that was replaced: the same on all gateways, and none that was away brings the old one back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../../gateway/until.ts';
import { ScratchCluster, type ScratchGateway } from './scratch-cluster.ts';

const NAME = 'data-key/ada';
const [one, two, three] = ['one', 'two', 'three'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
];
const APPEARS_MS = 20_000;
let cluster: ScratchCluster;
let first: ScratchGateway;
let second: ScratchGateway;

before(async () => {
  cluster = await ScratchCluster.form();
  first = await cluster.join();
  second = await cluster.join();
});
after(() => cluster.dispose());

async function stands(gateway: ScratchGateway, value: Buffer | null): Promise<void> {
  const same = async (): Promise<boolean> => {
    const found = await gateway.log.vault.get(NAME);
    return value === null ? found === null : found !== null && Buffer.compare(found, value) === 0;
  };
  await until(same, APPEARS_MS, () => `not ${value}`);
}

describe('a replaced value of the vault', () => {
  it('stands on all gateways, once, and only in the place of the one that was meant', async () => {
    await first.log.vault.put(NAME, one);
    await stands(second, one);
    assert.equal(await second.log.vault.replace(NAME, three, two), false);
    assert.equal(await second.log.vault.replace(NAME, one, two), true);
    assert.equal(await first.log.vault.replace(NAME, one, three), false);
    await stands(first, two);
    assert.deepEqual(await second.log.vault.names('data-key/'), [NAME]);
  });

  it('is erased for good, also when a gateway that was away still holds the one before', async () => {
    await second.log.close();
    assert.equal(await first.log.vault.replace(NAME, two, three), true);
    await first.log.vault.delete(NAME);
    second.log = await cluster.open(second);
    await stands(second, null);
    await stands(first, null);
  });
});
