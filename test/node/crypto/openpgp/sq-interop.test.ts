import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { generateKey } from 'openpgp';
import { encryptOpenPgp } from '#node/crypto/openpgp/encrypt.ts';
import { openOpenPgp } from '#node/crypto/openpgp/open.ts';
import { armourKeys, importPublicKeys } from '#node/crypto/openpgp/public-key.ts';
import { signDetached } from '#node/crypto/openpgp/sign.ts';
import { verifyDetached } from '#node/crypto/openpgp/verify.ts';
import { mustRun } from './gnupg.ts';
import { knowing, type OurKey, OurSide, trusted } from './our-side.ts';

const MAIL = Buffer.from('Content-Type: text/plain\r\n\r\nHello sequoia\r\n');

describe('OpenPGP with sq', () => {
  let ours: OurSide;
  let own: OurKey;
  let folder: string;
  const file = (name: string, content: Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  before(async () => {
    ours = await OurSide.start();
    own = await ours.make('curve25519');
    folder = mkdtempSync(join(tmpdir(), 'sealgate-sq-'));
    file('ours.pgp', armourKeys([own.publicKey]));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await ours.gateway.stop();
  });

  for (const suite of ['cv25519', 'rsa3k', 'rsa4k']) {
    it(`both directions: ${suite}`, async () => {
      const secret = join(folder, `${suite}.pgp`);
      mustRun('sq', ['key', 'generate', '-c', suite, '-u', `Sq <${suite}@example.net>`, '-e', secret]);
      const cert = mustRun('sq', ['key', 'extract-cert', secret]);
      const { keys } = await importPublicKeys(cert, { atMs: Date.now(), selfSignaturesOnly: false });
      const [partner] = keys;
      assert.ok(partner);
      assert.deepEqual(partner.addresses, [`${suite}@example.net`]);

      const { message } = await encryptOpenPgp({
        content: MAIL,
        recipients: [{ publicKey: partner.publicKey, hidden: false }],
        signer: ours.signer(own),
        atMs: Date.now(),
      });
      const oursFile = join(folder, 'ours.pgp');
      const args = ['--recipient-key', secret, '--signer-cert', oursFile, '--signatures', '1'];
      assert.deepEqual(mustRun('sq', ['decrypt', ...args], message), MAIL);

      const theirs = mustRun('sq', ['encrypt', '--recipient-cert', oursFile, '--signer-key', secret], MAIL);
      const opening = await openOpenPgp({
        ...ours.opening(own, [trusted(partner.publicKey)]),
        message: theirs,
      });
      assert.ok(opening.kind === 'opened', JSON.stringify(opening));
      assert.deepEqual(Buffer.from(opening.content), MAIL);
      const signed = opening.layers.at(-1);
      assert.ok(signed?.kind === 'signed' && signed.outcome === 'valid', JSON.stringify(opening.layers));

      const signature = mustRun('sq', ['sign', '--detached', '--signer-key', secret], MAIL);
      const findSigners = knowing(trusted(partner.publicKey));
      const report = await verifyDetached({
        content: MAIL,
        signature,
        findSigners,
        atMs: Date.now(),
        whole: true,
      });
      assert.equal(report.outcome, 'valid');
      const made = await signDetached(MAIL, ours.signer(own), Date.now());
      const verifyArgs = ['verify', '--signer-cert', oursFile, '--detached', file('sig', made.signature)];
      mustRun('sq', [...verifyArgs, file('mail', MAIL)]);
    });
  }
});

describe('OpenPGP of RFC 9580', () => {
  let ours: OurSide;
  before(async () => {
    ours = await OurSide.start();
  });
  after(() => ours.gateway.stop());

  for (const type of ['curve25519', 'curve448', 'rsa'] as const) {
    it(`version 6 keys with SEIPDv2, both directions: ${type}`, async () => {
      const { privateKey } = await generateKey({
        type,
        userIDs: [{ name: 'Six', email: 'six@example.net' }],
        ...(type === 'rsa' ? { rsaBits: 3072 } : {}),
        format: 'object',
        config: { v6Keys: true, aeadProtect: true },
      });
      const key = await ours.import(privateKey.write());
      assert.equal(key.fingerprint.length, 64);
      const request = { content: MAIL, signer: ours.signer(key), atMs: Date.now() };
      for (const hidden of [false, true]) {
        const { message, algorithms } = await encryptOpenPgp({
          ...request,
          recipients: [{ publicKey: key.publicKey, hidden }],
        });
        assert.equal(algorithms[0], 'AES-256-OCB');
        const opening = await openOpenPgp({ ...ours.opening(key, [trusted(key.publicKey)]), message });
        assert.ok(opening.kind === 'opened', JSON.stringify(opening));
        assert.deepEqual(Buffer.from(opening.content), MAIL);
        const [encrypted, signed] = opening.layers;
        assert.ok(encrypted?.kind === 'encrypted' && encrypted.algorithms[0] === 'AES-256-OCB');
        assert.ok(signed?.kind === 'signed' && signed.outcome === 'valid', JSON.stringify(signed));
      }
      const { signature } = await signDetached(MAIL, ours.signer(key), Date.now());
      const findSigners = knowing(trusted(key.publicKey));
      const report = await verifyDetached({
        content: MAIL,
        signature,
        findSigners,
        atMs: Date.now(),
        whole: true,
      });
      assert.equal(report.outcome, 'valid');
    });
  }
});
