import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readPrivateKey } from 'openpgp';
import { ipcClient } from '#node/ipc/client.ts';
import { keysClient } from '#node/keys/client.ts';
import { sealToPublicKey } from '#node/spool/sealed-box.ts';
import {
  type MemoryLedger,
  memoryLedger,
  placeOf,
  type RunningKeys,
  recordKey,
  runningKeys,
} from './running-keys.ts';

const SUBJECT = 'person/alice@example.org';
const scheme = { scheme: 'rsa-pkcs1', hash: 'sha256' } as const;
const tbs = randomBytes(20);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('secrets of the keys process', () => {
  let ledger: MemoryLedger;
  let gateway: RunningKeys;
  before(async () => {
    ledger = memoryLedger();
    gateway = await runningKeys(ledger);
  });
  after(() => gateway.stop());

  async function imported(keyId: string) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const made = await gateway.keys.importPrivateKey({
      pkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }),
      subject: SUBJECT,
      place: placeOf(keyId),
    });
    recordKey(ledger, placeOf(keyId), made.secret);
    return { privateKey, made };
  }

  it('appear in no file, vault value, event or log line in clear (canary)', async () => {
    const { privateKey } = await imported('canary');
    const openPgp = await gateway.keys.generateOpenPgp({
      userId: { name: 'Alice', address: 'alice@example.org' },
      algorithm: 'curve25519',
      subject: SUBJECT,
      place: placeOf('canary-pgp'),
      expiresInSeconds: 0,
    });
    recordKey(ledger, placeOf('canary-pgp'), openPgp.secret);
    const { d, p, q } = privateKey.export({ format: 'jwk' });
    const canaries = [d, p, q].map((part) => Buffer.from(part as string, 'base64url'));
    const node = createPrivateKey(readFileSync(join(gateway.layout.keys, 'node.key')));
    const nodeSecret = Buffer.from(node.export({ format: 'jwk' }).d as string, 'base64url');
    const places = [
      ...filesBelow(gateway.layout.root).map((path) => [path, readFileSync(path)] as const),
      ...[...ledger.values].map(([name, value]) => [name, Buffer.from(value)] as const),
      ...[...ledger.events.values()]
        .flat()
        .map((event) => [event.stream, Buffer.from(event.payload)] as const),
      ['log', Buffer.from(gateway.logged.join('\n'))] as const,
    ];
    assert.ok(places.length > 8);
    for (const [where, content] of places) {
      for (const canary of canaries) {
        const forms = [
          canary,
          ...['hex', 'base64', 'base64url'].map((e) => Buffer.from(canary.toString(e as 'hex').slice(0, 40))),
        ];
        for (const form of forms) assert.equal(content.indexOf(form), -1, where);
      }
      assert.equal(content.indexOf(nodeSecret), -1, where);
    }
    const sealed = Buffer.from(openPgp.secret.ciphertext);
    await assert.rejects(readPrivateKey({ binaryKey: sealed }));
  });

  it('lie in files that only their owner may read', () => {
    assert.equal(statSync(join(gateway.layout.keys, 'node.key')).mode & 0o777, 0o600);
  });

  it('cannot be read any more once the data key of their subject is deleted (features.md X4)', async () => {
    await imported('erased');
    await gateway.keys.sign({ keyId: 'erased', scheme, tbs });
    await ledger.vault.delete(`data-key/${SUBJECT}`);
    await gateway.restart();
    await assert.rejects(gateway.keys.sign({ keyId: 'erased', scheme, tbs }), { code: 'no-such-key' });
    // A new secret of the same subject gets a new data key, which does not bring the old one back.
    await imported('after-erasure');
    await gateway.restart();
    await gateway.keys.sign({ keyId: 'after-erasure', scheme, tbs });
    await assert.rejects(gateway.keys.sign({ keyId: 'erased', scheme, tbs }), { code: 'malformed' });
  });

  it('do not open in another event, version, kind, or under another name in the vault', async () => {
    const { made } = await imported('original');
    recordKey(ledger, placeOf('moved'), made.secret);
    recordKey(ledger, { ...placeOf('original'), kind: 'KeyImported' }, made.secret);
    await gateway.restart();
    for (const keyId of ['moved', 'original']) {
      await assert.rejects(gateway.keys.sign({ keyId, scheme, tbs }), { code: 'malformed' });
    }
    recordKey(ledger, placeOf('original'), made.secret);
    await gateway.keys.sign({ keyId: 'original', scheme, tbs });
    const dataKey = ledger.values.get(`data-key/${SUBJECT}`) as Uint8Array;
    ledger.values.set('data-key/person/bob@example.org', dataKey);
    recordKey(ledger, placeOf('original'), { ...made.secret, subject: 'person/bob@example.org' });
    await gateway.restart();
    await assert.rejects(gateway.keys.sign({ keyId: 'original', scheme, tbs }), { code: 'unavailable' });
  });

  it('are served to nobody without the right token', async () => {
    const wrong = join(gateway.layout.root, 'wrong.token');
    writeFileSync(wrong, randomBytes(32).toString('base64url'));
    const stranger = ipcClient(gateway.layout.keysSocket, wrong);
    await assert.rejects(stranger.call('mac', { purpose: 'status-header', data: tbs }), {
      code: 'disconnected',
    });
    stranger.close();
  });

  it('stay where they are when the node key is another one: the process does not start', async () => {
    const other = memoryLedger();
    for (const [name, value] of ledger.values) other.values.set(name, value);
    await assert.rejects(runningKeys(other), { code: 'unavailable' });
  });

  it('of the cluster open spooled mails and mark the status, the same after a restart', async () => {
    const spool = readFileSync(gateway.layout.spoolPublicKey);
    const fileKey = randomBytes(32);
    const box = sealToPublicKey(spool, fileKey);
    const mark = { purpose: 'status-header', data: Buffer.from('X-Status: valid') } as const;
    const before = await gateway.keys.mac(mark);
    await gateway.restart();
    assert.deepEqual(Buffer.from(await gateway.keys.openSealedKey({ box })), fileKey);
    assert.deepEqual(await gateway.keys.mac(mark), before);
    await assert.rejects(gateway.keys.openSealedKey({ box: box.subarray(1) }), { code: 'malformed' });
  });

  it('are waited for while the process restarts, but not for ever', async () => {
    const impatient = keysClient(
      { ...gateway.layout, keysSocket: join(gateway.layout.root, 'none.sock') },
      1,
    );
    await assert.rejects(impatient.mac({ purpose: 'status-header', data: tbs }), { code: 'unavailable' });
    impatient.close();
    const asked = gateway.restart();
    await gateway.keys.mac({ purpose: 'status-header', data: tbs });
    await asked;
  });
});
