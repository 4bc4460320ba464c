/** Claims of spools go on in a new generation: what another gateway has taken over stays taken over. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { carrySpools, keepSpools, keepSpoolsOf } from '#node/cluster/known-spools.ts';
import type { ClusterMember } from '#node/ledger/cluster-port.ts';
import { FakeQuorum } from '../../consensus/fake-quorum.ts';

const cluster = mkdtempSync(join(tmpdir(), 'sealgate-spools-'));
after(() => rmSync(cluster, { recursive: true }));

const member = (node: string, spoolEpoch: number, spoolOwner: string): ClusterMember => ({
  ...{
    node,
    name: node,
    role: 'voter',
    site: '',
    peerAddress: '',
    alive: true,
    ackedPosition: null,
    version: '',
    reads: 1,
  },
  ...{ spoolEpoch, spoolOwner },
});

describe('what is known of spools', () => {
  it('is what the quorum told last, and never an older epoch', async () => {
    const gone = { node: 'c', alive: false, spoolEpoch: 2, spoolOwner: 'a' };
    keepSpools({ cluster }, { members: [member('a', 1, 'a'), member('b', 3, 'a')], former: [gone] });
    // After a restart without a quorum nothing has been told yet.
    keepSpools({ cluster }, { members: [member('a', 1, 'a'), member('b', 1, 'b')], former: [] });
    const quorum = new FakeQuorum();
    const client = quorum.client();
    await client.txn({
      compare: [],
      success: [{ type: 'put', key: 'spool/c', value: Buffer.from('claimed') }],
    });
    await carrySpools({ cluster }, client);
    const { values } = await client.range({ key: 'spool/', end: 'spool0' });
    assert.deepEqual(
      values.map(({ key, value }) => [key, Buffer.from(value).toString()]),
      [
        ['spool/b', '{"epoch":3,"owner":"a"}'],
        ['spool/c', 'claimed'],
      ],
    );
  });

  it('is the higher of both when the old engine is read', async () => {
    const claims = { b: { epoch: 2, owner: 'old' }, d: { epoch: 4, owner: 'a' }, e: 'no claim' };
    const old = new FakeQuorum().client();
    for (const [node, claim] of Object.entries(claims)) {
      const value = Buffer.from(JSON.stringify(claim));
      await old.txn({ compare: [], success: [{ type: 'put', key: `spool/${node}`, value }] });
    }
    await keepSpoolsOf({ cluster }, old);
    const next = new FakeQuorum().client();
    await carrySpools({ cluster }, next);
    const { values } = await next.range({ key: 'spool/', end: 'spool0' });
    assert.deepEqual(
      values.map(({ key, value }) => [key, Buffer.from(value).toString()]),
      [
        ['spool/b', '{"epoch":3,"owner":"a"}'],
        ['spool/c', '{"epoch":2,"owner":"a"}'],
        ['spool/d', '{"epoch":4,"owner":"a"}'],
      ],
    );
  });
});
