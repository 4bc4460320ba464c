import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encryptOpenPgp } from '#node/crypto/openpgp/encrypt.ts';
import { openOpenPgp } from '#node/crypto/openpgp/open.ts';
import { describeKey } from '#node/crypto/openpgp/public-key.ts';
import { signDetached } from '#node/crypto/openpgp/sign.ts';
import { verifyDetached } from '#node/crypto/openpgp/verify.ts';
import { Gnupg } from './gnupg.ts';
import { knowing, type OurKey, OurSide, trusted } from './our-side.ts';

const MAIL = Buffer.from('Content-Type: text/plain\r\n\r\nAs it was in 1998\r\n');

describe('OpenPGP with GnuPG 1', () => {
  let ours: OurSide;
  let gpg1: Gnupg;
  let own: OurKey;
  let partner: Buffer;
  before(async () => {
    ours = await OurSide.start();
    gpg1 = new Gnupg('gpg1');
    own = await ours.make('rsa3072');
    gpg1.mustRun(['--import'], own.publicKey);
    partner = gpg1.makeKey('rsa@example.net', [
      'Key-Type: RSA',
      'Key-Length: 2048',
      'Subkey-Type: RSA',
      'Subkey-Length: 2048',
    ]);
  });
  after(async () => {
    gpg1.close();
    await ours.gateway.stop();
  });

  it('reads what we sign and encrypt', async () => {
    const request = { content: MAIL, signer: ours.signer(own), atMs: Date.now() };
    const { message } = await encryptOpenPgp({
      ...request,
      recipients: [{ publicKey: partner, hidden: false }],
    });
    const { stdout, stderr } = gpg1.run(['--status-fd', '2', '--decrypt'], message);
    assert.deepEqual(stdout, MAIL, stderr);
    assert.match(stderr, /GOODSIG/);
    const { signature } = await signDetached(MAIL, ours.signer(own), Date.now());
    assert.equal(gpg1.run(['--verify', gpg1.file('sig', signature), gpg1.file('mail', MAIL)]).status, 0);
  });

  const ciphers = {
    '3DES': true,
    CAST5: true,
    BLOWFISH: true,
    AES: false,
    AES192: false,
    AES256: false,
    TWOFISH: false,
  };
  for (const [cipher, weak] of Object.entries(ciphers)) {
    for (const compression of ['none', 'zip', 'zlib', 'bzip2']) {
      it(`is read: ${cipher}, compression ${compression}${weak ? ', named as weak' : ''}`, async () => {
        const message = gpg1.mustRun(
          [
            '-r',
            own.fingerprint,
            '--cipher-algo',
            cipher,
            '--compress-algo',
            compression,
            '--force-mdc',
            '-e',
          ],
          MAIL,
        );
        const opening = await openOpenPgp({ ...ours.opening(own), message });
        assert.ok(opening.kind === 'opened', JSON.stringify(opening));
        assert.deepEqual(Buffer.from(opening.content), MAIL);
        const [layer] = opening.layers;
        assert.ok(layer?.kind === 'encrypted');
        assert.equal(layer.weak.length, weak ? 1 : 0, layer.weak.join());
        assert.equal(opening.layers.length, compression === 'none' ? 1 : 2);
      });
    }
  }

  const hashes = {
    SHA256: ['valid', undefined],
    SHA384: ['valid', undefined],
    SHA512: ['valid', undefined],
    SHA224: ['valid', undefined],
    SHA1: ['not-verified', 'weak-algorithm'],
    RIPEMD160: ['not-verified', 'forbidden-algorithm'],
    MD5: ['not-verified', 'forbidden-algorithm'],
  } as const;
  for (const [hash, [outcome, problem]] of Object.entries(hashes)) {
    it(`a signature with ${hash} is ${problem ?? outcome}`, async () => {
      const signature = gpg1.mustRun(['-u', 'rsa@example.net', '--digest-algo', hash, '--detach-sign'], MAIL);
      const report = await verifyDetached({
        content: MAIL,
        signature,
        findSigners: knowing(trusted(partner)),
        atMs: Date.now(),
        whole: true,
      });
      assert.equal(report.outcome, outcome);
      assert.equal(report.problem, problem);
      assert.equal(report.weak.length, problem ? 1 : 0);
    });
  }

  it('signatures of version 3 are told as unsupported', async () => {
    const args = ['-u', 'rsa@example.net', '--force-v3-sigs', '--digest-algo', 'SHA256', '--detach-sign'];
    const signature = gpg1.mustRun(args, MAIL);
    const findSigners = knowing(trusted(partner));
    const report = await verifyDetached({
      content: MAIL,
      signature,
      findSigners,
      atMs: Date.now(),
      whole: true,
    });
    assert.equal(report.problem, 'unsupported');
  });

  it('DSA is verified and ElGamal opened, both named as weak; neither is used to send', async () => {
    const dsa = gpg1.makeKey('dsa@example.net', [
      'Key-Type: DSA',
      'Key-Length: 2048',
      'Subkey-Type: ELG-E',
      'Subkey-Length: 2048',
    ]);
    const description = await describeKey(dsa, Date.now());
    assert.deepEqual(description.usages, ['sign']);
    assert.equal(description.weak, true);
    const recipients = [{ publicKey: dsa, hidden: false }];
    await assert.rejects(encryptOpenPgp({ content: MAIL, recipients, signer: null, atMs: Date.now() }), {
      code: 'recipient-key-unusable',
    });
    const key = await ours.import(gpg1.mustRun(['--export-secret-keys', 'dsa@example.net']));
    const message = gpg1.mustRun(
      ['-u', 'dsa@example.net', '-r', 'dsa@example.net', '--digest-algo', 'SHA256', '-se'],
      MAIL,
    );
    const opening = await openOpenPgp({ ...ours.opening(key, [trusted(dsa)]), message });
    assert.ok(opening.kind === 'opened', JSON.stringify(opening));
    const [encrypted, , signed] = opening.layers;
    assert.ok(encrypted?.kind === 'encrypted' && signed?.kind === 'signed');
    assert.deepEqual(
      encrypted.weak.filter((name) => name.startsWith('ElGamal')),
      ['ElGamal-2048'],
    );
    assert.equal(signed.outcome, 'valid');
    assert.deepEqual(signed.weak, ['DSA-2048']);
    await assert.rejects(signDetached(MAIL, ours.signer(key), Date.now()), { code: 'signing-key-unusable' });
  });
});
