import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { encryptOpenPgp } from '#node/crypto/openpgp/encrypt.ts';
import { openOpenPgp } from '#node/crypto/openpgp/open.ts';
import { importPublicKeys } from '#node/crypto/openpgp/public-key.ts';
import { signCleartext, signDetached } from '#node/crypto/openpgp/sign.ts';
import { verifyDetached } from '#node/crypto/openpgp/verify.ts';
import { Gnupg } from './gnupg.ts';
import { knowing, type OurKey, OurSide, trusted } from './our-side.ts';

const MAIL = Buffer.from('Content-Type: text/plain\r\n\r\nGr\u00fc\u00dfe from the gateway\r\n');

/** Keys of the partner that GnuPG 2.2 makes, by what its parameter file says. */
const KEYS: Record<string, string[]> = {
  'RSA-3072': ['Key-Type: RSA', 'Key-Length: 3072', 'Subkey-Type: RSA', 'Subkey-Length: 3072'],
  Ed25519: ['Key-Type: EDDSA', 'Key-Curve: ed25519', 'Subkey-Type: ECDH', 'Subkey-Curve: cv25519'],
  'ECDSA P-256': ['Key-Type: ECDSA', 'Key-Curve: nistp256', 'Subkey-Type: ECDH', 'Subkey-Curve: nistp256'],
  'ECDSA P-384': ['Key-Type: ECDSA', 'Key-Curve: nistp384', 'Subkey-Type: ECDH', 'Subkey-Curve: nistp384'],
  'ECDSA P-521': ['Key-Type: ECDSA', 'Key-Curve: nistp521', 'Subkey-Type: ECDH', 'Subkey-Curve: nistp521'],
  'ECDSA brainpoolP256r1': [
    'Key-Type: ECDSA',
    'Key-Curve: brainpoolP256r1',
    'Subkey-Type: ECDH',
    'Subkey-Curve: brainpoolP256r1',
  ],
  'ECDSA brainpoolP512r1': [
    'Key-Type: ECDSA',
    'Key-Curve: brainpoolP512r1',
    'Subkey-Type: ECDH',
    'Subkey-Curve: brainpoolP512r1',
  ],
};

describe('OpenPGP with GnuPG 2', () => {
  let ours: OurSide;
  let gpg: Gnupg;
  const own: Record<string, OurKey> = {};
  before(async () => {
    ours = await OurSide.start();
    gpg = new Gnupg('gpg');
    own.Ed25519 = await ours.make('curve25519');
    own['RSA-3072'] = await ours.make('rsa3072');
    for (const key of Object.values(own)) gpg.mustRun(['--import'], key.publicKey);
  });
  after(async () => {
    gpg.close();
    await ours.gateway.stop();
  });

  for (const [name, parameters] of Object.entries(KEYS)) {
    const address = `${name.toLowerCase().replaceAll(' ', '-')}@example.net`;
    describe(`a partner with ${name}`, () => {
      let partner: Uint8Array;
      before(async () => {
        const file = gpg.makeKey(address, parameters);
        const { keys, refused } = await importPublicKeys(file, {
          atMs: Date.now(),
          selfSignaturesOnly: true,
        });
        assert.deepEqual(refused, []);
        assert.equal(keys.length, 1);
        assert.deepEqual(keys[0]?.addresses, [address]);
        assert.deepEqual(keys[0]?.usages, ['sign', 'encrypt']);
        assert.equal(keys[0]?.algorithm, name);
        partner = keys[0]?.publicKey as Uint8Array;
      });

      it('reads what we sign and encrypt', async () => {
        const { message } = await encryptOpenPgp({
          content: MAIL,
          recipients: [{ publicKey: partner, hidden: false }],
          signer: ours.signer(own.Ed25519 as OurKey),
          atMs: Date.now(),
        });
        const { stdout, stderr } = gpg.run(['--status-fd', '2', '--decrypt'], message);
        assert.deepEqual(stdout, MAIL, stderr);
        assert.match(stderr, /GOODSIG/);
        assert.match(stderr, /DECRYPTION_OKAY/);
      });

      it('is read, signed and encrypted', async () => {
        const key = own['RSA-3072'] as OurKey;
        const message = gpg.mustRun(
          ['--local-user', address, '--recipient', key.fingerprint, '--armor', '--sign', '--encrypt'],
          MAIL,
        );
        const opening = await openOpenPgp({ ...ours.opening(key, [trusted(partner)]), message });
        assert.equal(opening.kind, 'opened');
        assert.deepEqual(Buffer.from(opening.kind === 'opened' ? opening.content : ''), MAIL);
        const [encrypted, signed] = opening.layers;
        assert.deepEqual(encrypted, {
          kind: 'encrypted',
          technology: 'openpgp',
          algorithms: ['AES-256-CFB-MDC', 'RSA-3072'],
          weak: [],
          authenticated: true,
          outcome: 'opened',
        });
        assert.ok(signed?.kind === 'signed');
        assert.equal(signed.outcome, 'valid', JSON.stringify(signed));
        assert.equal(signed.algorithms[0], name);
        assert.deepEqual(signed.signer?.addresses, [address]);
      });

      it('makes detached signatures that hold, until an octet changes', async () => {
        const signature = gpg.mustRun(['--local-user', address, '--armor', '--detach-sign'], MAIL);
        const request = { signature, findSigners: knowing(trusted(partner)), atMs: Date.now(), whole: true };
        assert.equal((await verifyDetached({ ...request, content: MAIL })).outcome, 'valid');
        const changed = Buffer.from(MAIL);
        changed[40] = 0x21;
        const report = await verifyDetached({ ...request, content: changed });
        assert.equal(report.problem, 'bytes-altered');
        assert.equal(report.signer, null);
      });

      it('can be imported as a key of ours, which then signs and opens', async () => {
        const secret = gpg.mustRun(['--export-secret-keys', address]);
        const key = await ours.import(secret);
        const { signature } = await signDetached(MAIL, ours.signer(key), Date.now());
        const file = gpg.file('mail', MAIL);
        assert.equal(gpg.run(['--verify', gpg.file('sig', signature), file]).status, 0);
        const message = gpg.mustRun(['--recipient', address, '--encrypt'], MAIL);
        const opening = await openOpenPgp({ ...ours.opening(key), message });
        assert.deepEqual(opening.kind === 'opened' ? Buffer.from(opening.content) : opening, MAIL);
      });
    });
  }

  for (const name of ['Ed25519', 'RSA-3072']) {
    it(`our ${name} signatures hold there: detached, cleartext, large`, async () => {
      const signer = ours.signer(own[name] as OurKey);
      for (const content of [MAIL, randomBytes(1_000_000)]) {
        const { signature, micalg } = await signDetached(content, signer, Date.now());
        assert.equal(micalg, 'pgp-sha256');
        const verified = gpg.run(['--verify', gpg.file('sig', signature), gpg.file('mail', content)]);
        assert.equal(verified.status, 0, verified.stderr);
      }
      const cleartext = await signCleartext('Hello  \n- dash\nFrom here\n', signer, Date.now());
      assert.equal(gpg.run(['--verify'], cleartext).status, 0);
    });
  }

  it('hides Bcc recipients: no key id of theirs in the message (features.md P23)', async () => {
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) =>
      gpg.makeKey(`${name}.bcc@example.net`, KEYS['ECDSA P-256'] as string[]),
    );
    const { message } = await encryptOpenPgp({
      content: MAIL,
      recipients: [
        { publicKey: alice as Buffer, hidden: false },
        { publicKey: bob as Buffer, hidden: true },
        { publicKey: carol as Buffer, hidden: true },
      ],
      signer: null,
      atMs: Date.now(),
    });
    const listing = gpg.run(['--list-packets', '--list-only'], message).stdout.toString();
    const keyIds = [...listing.matchAll(/pubkey enc packet:.*keyid ([0-9A-F]{16})/g)].map(
      (match) => match[1],
    );
    assert.equal(keyIds.length, 3);
    assert.equal(keyIds.filter((keyId) => keyId === '0000000000000000').length, 2);
    for (const address of ['bob', 'carol']) {
      const secret = gpg.mustRun(['--export-secret-keys', `${address}.bcc@example.net`]);
      const opening = await openOpenPgp({ ...ours.opening(await ours.import(secret)), message });
      assert.equal(opening.kind, 'opened');
    }
  });

  it('opens what was encrypted to an anonymous recipient', async () => {
    for (const key of Object.values(own)) {
      const message = gpg.mustRun(['--hidden-recipient', key.fingerprint, '--encrypt'], MAIL);
      assert.equal((await openOpenPgp({ ...ours.opening(key), message })).kind, 'opened');
    }
  });

  it('opens nothing with the key of another (threat 3)', async () => {
    const message = gpg.mustRun(['--recipient', (own.Ed25519 as OurKey).fingerprint, '--encrypt'], MAIL);
    const opening = await openOpenPgp({ ...ours.opening(own['RSA-3072'] as OurKey), message });
    assert.equal(opening.kind, 'not-opened');
    const [layer] = opening.layers;
    assert.ok(layer?.kind === 'encrypted' && layer.outcome === 'no-key');
  });
});
