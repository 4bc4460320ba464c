/** The keys process as part of a cluster: the cluster key of another gateway, and the cluster's own authorities. */
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { layoutOf } from '#node/config/layout.ts';
import { keysClient } from '#node/keys/client.ts';
import { loadNodeKey } from '#node/keys/node-key.ts';
import { runKeys } from '#node/keys/run-keys.ts';
import { rawPublicKey, sealToPublicKey } from '#node/spool/sealed-box.ts';
import {
  type MemoryLedger,
  memoryLedger,
  placeOf,
  type RunningKeys,
  recordKey,
  runningKeys,
} from './running-keys.ts';

const SECOND = 'gateway-2';
const scheme = { scheme: 'ecdsa', hash: 'sha256' } as const;
const ed25519 = { scheme: 'ed25519' } as const;
const tbs = Buffer.from('to be signed');
const log = pino({ level: 'silent' });
let ledger: MemoryLedger;
let first: RunningKeys;

before(async () => {
  ledger = memoryLedger();
  first = await runningKeys(ledger);
});
after(() => first.stop());

/** A second gateway's data folder, a member of the cluster, over the same vault. */
function secondGateway() {
  const root = mkdtempSync(join(tmpdir(), 'sealgate-keys-'));
  const layout = layoutOf(root);
  mkdirSync(layout.cluster);
  writeFileSync(layout.clusterFile, '{}'); // Its being there is what counts.
  const identity = async () => ({ node: SECOND, publicKey: new Uint8Array(32), clusterId: 'test' });
  return { layout, ledger: { ...ledger, identity }, remove: () => rmSync(root, { recursive: true }) };
}

describe('a gateway that has joined', () => {
  it('never makes a cluster key of its own', async () => {
    const { layout, ledger: own, remove } = secondGateway();
    await assert.rejects(runKeys(layout, own, log), /no gateway has given/);
    assert.equal(ledger.values.has(`cluster-key/${SECOND}`), false);
    remove();
  });

  it('opens what the first one sealed, once that has given it the cluster key', async () => {
    const made = await first.keys.generate({
      algorithm: { type: 'ed25519' },
      subject: 'person/a@x',
      place: placeOf('k1'),
    });
    recordKey(ledger, placeOf('k1'), made.secret);
    const { layout, ledger: own, remove } = secondGateway();
    // It makes its node key at its first attempt; the joining gateway tells the public half.
    await runKeys(layout, own, log).catch(() => {});
    const nodeKey = rawPublicKey(loadNodeKey(layout.keys));
    await first.keys.giveClusterKey({ node: SECOND, nodeKey });
    const running = await runKeys(layout, own, log);
    const keys = keysClient(layout);
    const signature = await keys.sign({ keyId: 'k1', scheme: ed25519, tbs });
    const publicKey = createPublicKey({ key: Buffer.from(made.publicKey), format: 'der', type: 'spki' });
    assert.ok(verify(null, tbs, publicKey, signature));
    assert.deepEqual(Buffer.from(await keys.nodeKey({})), nodeKey);
    keys.close();
    await running.stop();
    remove();
  });
});

describe('an authority of the cluster', () => {
  it('signs with a key of its series, the same after a restart', async () => {
    const authority = { authority: 'peer', series: 1 } as const;
    const spki = await first.keys.nodeAuthorityKey(authority);
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    await first.restart();
    assert.ok(
      verify('sha256', tbs, publicKey, await first.keys.signAsNodeAuthority({ ...authority, scheme, tbs })),
    );
    const other = await first.keys.nodeAuthorityKey({ authority: 'peer', series: 2 });
    assert.notDeepEqual(other, spki);
  });

  it('is asked by name only', async () => {
    const request = { authority: 'mail', series: 1 } as never;
    await assert.rejects(first.keys.nodeAuthorityKey(request), { code: 'malformed' });
  });
});

describe('a replaced cluster key', () => {
  const holderOf = async ({ keys }: RunningKeys) => ({ node: 'gateway-1', nodeKey: await keys.nodeKey({}) });

  it('opens everything of before, and what a removed gateway knows opens nothing any more', async () => {
    const own = memoryLedger();
    const running = await runningKeys(own);
    const { keys } = running;
    const made = await keys.generate({
      algorithm: { type: 'ed25519' },
      subject: 'person/a@x',
      place: placeOf('k1'),
    });
    recordKey(own, placeOf('k1'), made.secret);
    await keys.nodeAuthorityKey({ authority: 'peer', series: 1 });
    const before = new Map(own.values);
    const holders = [await holderOf(running)];
    const { wrapped } = await keys.replaceClusterKey({ replacement: 'r1', series: 1, holders });
    assert.ok(wrapped >= 4, String(wrapped));
    for (const name of ['data-key/person/a@x', 'spool-key', 'mac-key/status-header', 'node-ca/peer-1']) {
      assert.notDeepEqual(own.values.get(name), before.get(name), name);
    }
    await running.restart();
    assert.equal((await keys.sign({ keyId: 'k1', scheme: ed25519, tbs })).length, 64);
    assert.deepEqual(await keys.replaceClusterKey({ replacement: 'r1', series: 1, holders }), { wrapped: 0 });
    // The key that was given away before the replacement opens none of what stands now.
    own.values.set('cluster-key/gateway-1', before.get('cluster-key/gateway-1')!);
    await assert.rejects(running.restart(), { code: 'unavailable' });
    rmSync(running.layout.root, { recursive: true });
    keys.close();
  });

  it('begins another key for spooled mails and another for marks; what was sealed before still opens', async () => {
    const own = memoryLedger();
    const running = await runningKeys(own);
    const { keys, layout } = running;
    const publicKey = (): Buffer => readFileSync(layout.spoolPublicKey);
    const [knownKey, knownMac] = [publicKey(), await keys.mac({ purpose: 'status-header', data: tbs })];
    const before = sealToPublicKey(knownKey, Buffer.from('accepted before'));
    await keys.replaceClusterKey({ replacement: 'r1', series: 1, holders: [await holderOf(running)] });
    await keys.refreshSecrets({ series: 1 });
    assert.notDeepEqual(publicKey(), knownKey);
    assert.notDeepEqual(await keys.mac({ purpose: 'status-header', data: tbs }), knownMac);
    const after = sealToPublicKey(publicKey(), Buffer.from('accepted after'));
    const opened = async (box: Buffer) => Buffer.from(await keys.openSealedKey({ box })).toString();
    for (const round of ['at once', 'after a restart']) {
      assert.equal(await opened(before), 'accepted before', round);
      assert.equal(await opened(after), 'accepted after', round);
      await running.restart();
    }
    await keys.replaceClusterKey({ replacement: 'r2', series: 2, holders: [await holderOf(running)] });
    const newest = own.values.get('spool-key/2');
    assert.ok(newest, 'begun, and not told here yet');
    assert.equal(await opened(after), 'accepted after');
    await running.stop();
  });

  it('goes on after it broke off in any phase, and does not bring back what was erased', async () => {
    for (const stopAt of [1, 2, 3, 4, 5, 6, 7]) {
      const own = memoryLedger();
      const running = await runningKeys(own);
      const { keys } = running;
      for (const name of ['a@x', 'b@x']) {
        const place = placeOf(`key-of-${name.replace('@', '-')}`);
        const subject = `person/${name}`;
        recordKey(
          own,
          place,
          (await keys.generate({ algorithm: { type: 'ed25519' }, subject, place })).secret,
        );
      }
      const holders = [await holderOf(running)];
      const { put, replace } = own.vault;
      let writes = 0;
      const breaks = (): void => {
        writes += 1;
        if (writes === stopAt) throw Object.assign(new Error('cut off'), { code: 'no-quorum' });
      };
      own.vault.put = async (...given) => {
        breaks();
        return put(...given);
      };
      own.vault.replace = async (...given) => {
        breaks();
        return replace(...given);
      };
      await keys.replaceClusterKey({ replacement: 'r', series: 1, holders }).catch(() => {});
      own.vault.put = put;
      own.vault.replace = replace;
      own.values.delete('data-key/person/b@x');
      await running.restart();
      await keys.replaceClusterKey({ replacement: 'r', series: 1, holders });
      assert.equal(own.values.has('data-key/person/b@x'), false);
      assert.equal(
        (await keys.sign({ keyId: 'key-of-a-x', scheme: ed25519, tbs })).length,
        64,
        `at ${stopAt}`,
      );
      await running.stop();
    }
  });
});
