import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { encryptKey, generateKey, PacketList, readPrivateKey } from 'openpgp';
import { signDetached } from '#node/crypto/openpgp/sign.ts';
import { unpadSessionKey } from '#node/keys/openpgp-unpad.ts';
import { OurSide } from './our-side.ts';

describe('an OpenPGP key of ours', () => {
  let ours: OurSide;
  before(async () => {
    ours = await OurSide.start();
  });
  after(() => ours.gateway.stop());

  it('is imported under its passphrase, and refused under another', async () => {
    const { privateKey } = await generateKey({ userIDs: [{ email: 'alice@example.org' }], format: 'object' });
    const locked = await encryptKey({ privateKey, passphrase: 'correct horse' });
    const key = await ours.import(locked.write(), 'correct horse');
    assert.equal(key.fingerprint, privateKey.getFingerprint());
    await signDetached(Buffer.from('x'), ours.signer(key), Date.now());
    assert.equal(
      (await ours.import(Buffer.from(locked.armor()), 'correct horse')).fingerprint,
      key.fingerprint,
    );
    await assert.rejects(ours.import(Buffer.from(locked.toPublic().armor()), ''), { code: 'malformed' });
    await assert.rejects(ours.import(locked.write(), 'wrong'), { code: 'wrong-password' });
    await assert.rejects(ours.import(locked.write(), ''), { code: 'wrong-password' });
  });

  it('is refused when it is none, public only, or its halves do not belong together', async () => {
    const make = async () =>
      (await generateKey({ userIDs: [{ email: 'alice@example.org' }], format: 'object' })).privateKey;
    const [one, two] = [await make(), await make()];
    await assert.rejects(ours.import(randomBytes(50)), { code: 'malformed' });
    await assert.rejects(ours.import(one.toPublic().write()), { code: 'malformed' });
    const packets = one.toPacketList();
    const mixed = new PacketList();
    mixed.push(...packets);
    const [first] = packets;
    const secret = first as unknown as { privateParams: object };
    secret.privateParams = (two.keyPacket as unknown as { privateParams: object }).privateParams;
    await assert.rejects(ours.import(mixed.write()), { code: 'malformed' });
  });

  it('is signed with only by the fingerprint of one of its packets, and never with SHA-1', async () => {
    const key = await ours.make('curve25519');
    const request = { keyId: key.keyId, input: randomBytes(10), prehashed: false, hash: 'sha256' } as const;
    await assert.rejects(ours.gateway.keys.openPgpSign({ ...request, fingerprint: 'ab'.repeat(20) }), {
      code: 'no-such-key',
    });
    await assert.rejects(
      ours.gateway.keys.openPgpSign({ ...request, fingerprint: key.fingerprint, hash: 'sha1' }),
      { code: 'wrong-key-type' },
    );
    await assert.rejects(
      ours.gateway.keys.openPgpSign({ ...request, fingerprint: key.fingerprint, prehashed: true }),
      { code: 'malformed' },
    );
  });

  it('opens nothing that is not for it', async () => {
    const key = await ours.make('curve25519');
    for (const pkesk of [Buffer.alloc(0), randomBytes(100), Buffer.from('c10102', 'hex')]) {
      assert.equal(await ours.gateway.keys.openPgpSessionKey({ keyId: key.keyId, pkesk }), null);
    }
  });

  it('survives a restart', async () => {
    const key = await ours.make('rsa3072');
    await ours.gateway.restart();
    const { signature } = await signDetached(Buffer.from('x'), ours.signer(key), Date.now());
    assert.ok(signature.length > 0);
    assert.ok(
      await readPrivateKey({ binaryKey: new Uint8Array(key.publicKey) }).then(
        () => false,
        () => true,
      ),
    );
  });
});

describe('the session key in an RSA block', () => {
  const key = randomBytes(32);
  const sum = key.reduce((total, octet) => (total + octet) & 0xffff, 0);
  const checksum = Buffer.from([sum >> 8, sum & 0xff]);
  const block = (padding: Uint8Array, ...rest: Uint8Array[]): Buffer =>
    Buffer.concat([Buffer.from([0, 2]), padding, Buffer.from([0]), ...rest]);
  const filled = (length: number): Buffer => Buffer.alloc(length, 0xff);

  it('is found behind its padding', () => {
    assert.deepEqual(unpadSessionKey(block(filled(218), Buffer.from([9]), key, checksum), false), {
      cipher: 9,
      key,
    });
    assert.deepEqual(unpadSessionKey(block(filled(219), key, checksum), true), { cipher: null, key });
  });

  it('is not found when any part is wrong', () => {
    const good = block(filled(218), Buffer.from([9]), key, checksum);
    for (const at of [0, 1, 2 + 218, good.length - 1, good.length - 2, good.length - 10, 2 + 218 + 1]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ 0x41;
      assert.equal(unpadSessionKey(bad, false), null, `octet ${at}`);
    }
    const zero = Buffer.from(good);
    zero[100] = 0;
    assert.equal(unpadSessionKey(zero, false), null);
    assert.equal(unpadSessionKey(block(filled(4), Buffer.from([9]), key, checksum), false), null);
  });
});
