import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, randomUUID, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { toBase64Url } from '#domain/canonical-json.ts';
import { encodeEvent } from '#domain/decider.ts';
import { keyRecordDecider, keyStream } from '#domain/keys/key-record.ts';
import { recordSecret } from '#domain/keys/sealed-secret.ts';
import { settingsSchema } from '#node/config/settings.ts';
import { type KeysClient, keysClient } from '#node/keys/client.ts';
import type { GeneratedKey, SecretPlace } from '#node/keys/port.ts';
import { start } from '#node/keys/start.ts';
import type { RunningProcess } from '#node/process.ts';
import { type RunningLedger, runningLedger } from '../ledger/running-ledger.ts';

const scheme = { scheme: 'rsa-pkcs1', hash: 'sha256' } as const;
const tbs = Buffer.from('to be signed');

describe('keys and ledger together', () => {
  let ledger: RunningLedger;
  let keys: KeysClient;
  let running: RunningProcess;
  const context = () => ({
    settings: settingsSchema.parse({ data: ledger.layout.root }),
    layout: ledger.layout,
    log: pino({ level: 'silent' }),
  });
  before(async () => {
    ledger = await runningLedger();
    running = await start(context());
    keys = keysClient(ledger.layout);
  });
  after(async () => {
    keys.close();
    await running.stop();
    await ledger.dispose();
  });

  async function record(made: GeneratedKey, place: SecretPlace): Promise<void> {
    const event = encodeEvent(keyRecordDecider, {
      type: 'KeyImported',
      keyId: made.keyId,
      technology: 'smime',
      usage: 'sign',
      owner: { kind: 'person', address: 'alice@example.org' },
      publicKey: toBase64Url(made.publicKey),
      secret: recordSecret(made.secret),
      origin: 'pkcs8',
      at: 1,
    });
    const draft = { id: randomUUID(), stream: place.stream, atMs: 1, actor: 'system', reason: '', ...event };
    await ledger.client().append([draft], { stream: place.stream, version: 0 });
  }

  it('a key recorded as the domain records it signs after both were started again', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyId = randomUUID();
    const place = { stream: keyStream(keyId), version: 1, kind: 'KeyImported' };
    const made = await keys.importPrivateKey({
      pkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }),
      subject: 'person/alice@example.org',
      place,
    });
    await record(made, place);
    const publicKey = createPublicKey({ key: Buffer.from(made.publicKey), format: 'der', type: 'spki' });
    await running.stop();
    await ledger.stop();
    await ledger.start();
    running = await start(context());
    assert.ok(verify('sha256', tbs, publicKey, await keys.sign({ keyId, scheme, tbs })));

    const secrets = (['d', 'p', 'q'] as const).map((name) =>
      Buffer.from(privateKey.export({ format: 'jwk' })[name] as string, 'base64url'),
    );
    const files = readdirSync(ledger.layout.root, { recursive: true, withFileTypes: true });
    let looked = 0;
    for (const file of files.filter((entry) => entry.isFile())) {
      const content = readFileSync(join(file.parentPath, file.name));
      looked += 1;
      for (const secret of secrets) {
        assert.ok(!content.includes(secret), file.name);
        assert.ok(!content.includes(secret.toString('base64url').slice(0, 40)), file.name);
        assert.ok(!content.includes(secret.toString('hex').slice(0, 40)), file.name);
      }
    }
    assert.ok(looked > 5);

    await ledger.client().vault.delete('data-key/person/alice@example.org');
    await running.stop();
    running = await start(context());
    await assert.rejects(keys.sign({ keyId, scheme, tbs }), { code: 'no-such-key' });
  });

  it('a key that was never recorded is forgotten at the next start', async () => {
    const keyId = randomUUID();
    const place = { stream: keyStream(keyId), version: 1, kind: 'KeyGenerated' };
    const request = { algorithm: { type: 'ed25519' } as const, subject: 'authority/1', place };
    await keys.generate(request);
    const ed25519 = { scheme: 'ed25519' } as const;
    assert.equal((await keys.sign({ keyId, scheme: ed25519, tbs })).length, 64);
    await running.stop();
    running = await start(context());
    await assert.rejects(keys.sign({ keyId, scheme: ed25519, tbs }), { code: 'no-such-key' });
  });
});
