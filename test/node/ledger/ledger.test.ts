/** The ledger process and its client: the port over the socket, restarts, identity. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeCanonical, hashOf } from '#consensus/event-codec.ts';
import { ed25519PublicKey, signatureHolds } from '#consensus/signing.ts';
import { loadIdentity } from '#node/ledger/identity.ts';
import { SNAPSHOT_BYTES_MAX } from '#node/ledger/port.ts';
import { draft } from '../../consensus/scratch-log.ts';
import { type RunningLedger, runningLedger } from './running-ledger.ts';

describe('the ledger over its socket', () => {
  let ledger: RunningLedger;
  before(async () => {
    ledger = await runningLedger();
  });
  after(() => ledger.dispose());

  it('records and gives back events, unchanged by the way', async () => {
    const client = ledger.client();
    const given = draft('thing/1', { reason: 'Grüße', payload: Buffer.from([0, 1, 255]) });
    const answer = await client.append([given], { stream: 'thing/1', version: 0 });
    const [stored] = await client.read(answer.first, 1);
    assert.deepEqual(Buffer.from(stored!.hash), hashOf(encodeCanonical(stored!)));
    assert.deepEqual(Buffer.from(stored!.payload), given.payload);
    const { node, publicKey } = await client.identity();
    const key = ed25519PublicKey(publicKey);
    assert.equal(await signatureHolds(stored!, (name) => (name === node ? key : null)), true);
    assert.deepEqual(
      (await client.readStream('thing/1')).map((e) => e.version),
      [1],
    );
    assert.equal((await client.head()).position, answer.last);
    assert.deepEqual([(await client.status()).mode, (await client.status()).writable], ['single', true]);
  });

  it('tells a conflict by its code', async () => {
    const client = ledger.client();
    await client.append([draft('thing/2')], { stream: 'thing/2', version: 0 });
    await assert.rejects(client.append([draft('thing/2')], { stream: 'thing/2', version: 0 }), {
      code: 'version-conflict',
    });
  });

  it('reads to the limit although one answer cannot hold it', async () => {
    const client = ledger.client();
    const large = (): Promise<unknown> =>
      client.append([draft('large/1', { payload: Buffer.alloc(900_000, 7) })], 'any');
    for (let i = 0; i < 12; i++) await large();
    const { position } = await client.head();
    assert.equal((await client.read(1n, 1000)).length, Number(position));
    assert.equal((await client.read(position - 11n, 12)).length, 12);
    assert.equal((await client.read(position + 1n, 5)).length, 0);
    assert.equal((await client.readStream('large/1')).length, 12);
  });

  it('keeps the vault', async () => {
    const { vault } = ledger.client();
    const value = Buffer.from('wrapped');
    assert.equal(await vault.get('data-key/ada'), null);
    assert.deepEqual(Buffer.from(await vault.put('data-key/ada', value)), value);
    const kept = await vault.put('data-key/ada', Buffer.from('another'), { onlyIfAbsent: true });
    assert.deepEqual(Buffer.from(kept), value);
    assert.deepEqual(Buffer.from((await vault.get('data-key/ada'))!), value);
    await vault.delete('data-key/ada');
    assert.equal(await vault.get('data-key/ada'), null);
  });

  it('keeps snapshots and gives a signed head', async () => {
    const client = ledger.client();
    const at = await client.head();
    await client.snapshots.save('rules', at, Buffer.from('state'));
    assert.equal(Buffer.from((await client.snapshots.load('rules'))!.data).toString(), 'state');
    assert.equal(await client.snapshots.load('none'), null);
    const large = new Uint8Array(SNAPSHOT_BYTES_MAX + 1);
    await assert.rejects(client.snapshots.save('rules', at, large), { code: 'too-large' });
    assert.equal((await client.signExport()).position, at.position);
    assert.deepEqual(await client.checkpoints(1n, 10), []);
  });

  it('tells an empty range to a subscriber at once', async () => {
    const client = ledger.client();
    const { position } = await client.head();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const subscription = client.subscribe(position + 1n, ({ events, caughtUp }) => {
      resolve(events.length === 0 && caughtUp);
    });
    assert.equal(await promise, true);
    subscription.stop();
    await subscription.done;
  });

  it('rejects a subscription whose handler threw, whatever it threw', async () => {
    const error = Object.assign(new Error('keys are away'), { code: 'disconnected' });
    const subscription = ledger.client().subscribe(1n, () => Promise.reject(error));
    await assert.rejects(subscription.done, /keys are away/);
  });
});

describe('a restart of the ledger', () => {
  it('is survived by subscriptions without a gap, and waited for by calls', async () => {
    const ledger = await runningLedger();
    try {
      const client = ledger.client();
      const seen: bigint[] = [];
      let wanted = 40n;
      let reached = Promise.withResolvers<void>();
      const subscription = client.subscribe(1n, ({ events }) => {
        for (const { position } of events) {
          seen.push(position);
          if (position === wanted) reached.resolve();
        }
      });
      for (let i = 0; i < 40; i++) await client.append([draft('thing/1')], 'any');
      await reached.promise;
      for (let round = 1n; round <= 3n; round++) {
        wanted = 40n + 10n * round;
        reached = Promise.withResolvers<void>();
        await ledger.stop();
        const waiting = Array.from({ length: 10 }, () => client.append([draft('thing/1')], 'any'));
        await ledger.start();
        const answers = await Promise.all(waiting);
        assert.equal(answers.length, 10);
        await reached.promise;
      }
      subscription.stop();
      await subscription.done;
      assert.deepEqual(
        seen,
        Array.from({ length: 70 }, (_, i) => BigInt(i + 1)),
      );
    } finally {
      await ledger.dispose();
    }
  });

  it('is not waited for longer than agreed', async () => {
    const ledger = await runningLedger();
    try {
      await ledger.stop();
      await assert.rejects(ledger.client(50).head(), { code: 'disconnected' });
    } finally {
      await ledger.dispose();
    }
  });

  it('finds the same gateway, key and log', async () => {
    const ledger = await runningLedger();
    try {
      const client = ledger.client();
      await client.append([draft('thing/1')], 'any');
      const before = { identity: await client.identity(), head: await client.head() };
      await ledger.stop();
      await ledger.start();
      assert.deepEqual({ identity: await client.identity(), head: await client.head() }, before);
      assert.match(before.identity.node, /^gateway-1-[0-9a-f]{8}$/);
    } finally {
      await ledger.dispose();
    }
  });
});

describe("the gateway's signing key", () => {
  it('is readable by its owner only, and never made anew when it cannot be read', async () => {
    const ledger = await runningLedger();
    try {
      const folder = ledger.layout.ledger;
      const key = join(folder, 'signing.key');
      assert.equal(statSync(key).mode & 0o777, 0o600);
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      await ledger.stop();
      const pem = readFileSync(key);
      writeFileSync(key, 'spoiled');
      await assert.rejects(ledger.start(), /not an Ed25519 key/);
      writeFileSync(key, pem);
      const identity = join(folder, 'identity.json');
      const known = readFileSync(identity, 'utf8');
      writeFileSync(identity, known.replace(/"publicKey": "../, '"publicKey": "AA'));
      await assert.rejects(ledger.start(), /not the key that/);
      writeFileSync(identity, '{');
      await assert.rejects(ledger.start(), /damaged/);
      writeFileSync(identity, known);
      assert.match(loadIdentity(folder, 'renamed').node, /^gateway-1-/);
      await ledger.start();
    } finally {
      await ledger.dispose();
    }
  });
});
