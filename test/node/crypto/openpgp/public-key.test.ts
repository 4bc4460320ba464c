import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { generateKey, type PrivateKey, revokeKey } from 'openpgp';
import { encryptOpenPgp } from '#node/crypto/openpgp/encrypt.ts';
import { packet, packetsOf, TAG } from '#node/crypto/openpgp/packets.ts';
import { KEY_BYTES_MAX, KEY_SIGNATURES_MAX } from '#node/crypto/openpgp/parsed-keys.ts';
import { armourKeys, describeKey, importPublicKeys } from '#node/crypto/openpgp/public-key.ts';
import { addressOfUserId } from '#node/crypto/openpgp/user-ids.ts';
import { Gnupg } from './gnupg.ts';

const HOUR_MS = 3600_000;
const now = { atMs: Date.now() + 1000, selfSignaturesOnly: false };

async function made(options: Partial<Parameters<typeof generateKey>[0]> = {}): Promise<PrivateKey> {
  const userIDs = [{ name: 'Alice', email: 'alice@example.net' }];
  const { privateKey } = await generateKey({ userIDs, ...options, format: 'object' });
  return privateKey;
}
const publicOf = (key: PrivateKey): Uint8Array => key.toPublic().write();

describe('public OpenPGP keys', () => {
  let gpg: Gnupg;
  before(() => {
    gpg = new Gnupg('gpg');
  });
  after(() => gpg.close());

  it('are read from armour and binary, several in one file, each with its own outcome', async () => {
    const [a, b] = [
      publicOf(await made()),
      publicOf(await made({ userIDs: [{ email: 'bob@example.net' }] })),
    ];
    const secret = await made();
    const broken = Uint8Array.from(b);
    broken.fill(0, 60, 70);
    const files: [Uint8Array, number, string[]][] = [
      [a, 1, []],
      [Buffer.concat([a, b]), 2, []],
      [armourKeys([a, b]), 2, []],
      [Buffer.concat([armourKeys([a]), Buffer.from('\r\nsome text\r\n'), armourKeys([b])]), 2, []],
      [Buffer.from(secret.armor()), 0, ['secret-key']],
      [secret.write(), 0, ['secret-key']],
      [Buffer.concat([armourKeys([a]), Buffer.from(secret.armor())]), 1, ['secret-key']],
      [randomBytes(200).fill(0x01, 0, 1), 0, ['malformed']],
      [Buffer.from('no key at all'), 0, ['malformed']],
      [Buffer.alloc(0), 0, ['malformed']],
      [armourKeys([a]).subarray(0, 200), 0, ['malformed']],
    ];
    for (const [file, count, reasons] of files) {
      const { keys, refused } = await importPublicKeys(file, now);
      assert.equal(keys.length, count);
      assert.deepEqual(
        refused.map(({ reason }) => reason),
        reasons,
      );
    }
  });

  it('are written so that GnuPG reads them', async () => {
    const keys = [publicOf(await made()), publicOf(await made({ userIDs: [{ email: 'bob@example.net' }] }))];
    const imported = gpg.run(['--import'], armourKeys(keys));
    assert.match(imported.stderr, /Total number processed: 2/);
  });

  it('tell what they are and what they can do', async () => {
    const key = await made({ type: 'rsa', rsaBits: 2048, keyExpirationTime: 3600 });
    const description = await describeKey(publicOf(key), now.atMs);
    assert.equal(description.fingerprint, key.getFingerprint());
    assert.equal(description.keyIds.length, 2);
    assert.equal(description.algorithm, 'RSA-2048');
    assert.equal(description.weak, false);
    assert.deepEqual(description.userIds, ['Alice <alice@example.net>']);
    assert.deepEqual(description.addresses, ['alice@example.net']);
    assert.equal(description.status, 'valid');
    assert.equal(description.expiresAtMs, key.getCreationTime().getTime() + HOUR_MS);
    const later = await describeKey(publicOf(key), now.atMs + 2 * HOUR_MS);
    assert.equal(later.status, 'expired');
    assert.deepEqual(later.usages, []);
  });

  it('revoked, expired or for signing only are never encrypted to (features.md K10)', async () => {
    const { privateKey, revocationCertificate } = await generateKey({
      userIDs: [{ email: 'alice@example.net' }],
      format: 'object',
    });
    const { publicKey: revoked } = await revokeKey({
      key: privateKey.toPublic(),
      revocationCertificate,
      format: 'object',
    });
    assert.equal((await describeKey(revoked.write(), now.atMs)).status, 'revoked');
    const expired = publicOf(await made({ keyExpirationTime: 10, date: new Date(Date.now() - HOUR_MS) }));
    const signingOnly = publicOf(await made({ subkeys: [] }));
    assert.deepEqual((await describeKey(signingOnly, now.atMs)).usages, ['sign']);
    for (const publicKey of [revoked.write(), expired, signingOnly]) {
      const request = { content: Buffer.from('x'), signer: null, atMs: now.atMs };
      await assert.rejects(encryptOpenPgp({ ...request, recipients: [{ publicKey, hidden: false }] }), {
        code: 'recipient-key-unusable',
      });
    }
  });

  it('bind no address by a user id that they did not sign (threat 15)', async () => {
    const key = publicOf(await made());
    const places = [...packetsOf(key)];
    const userId = places.find(({ tag }) => tag === TAG.userId);
    assert.ok(userId);
    const forged = Buffer.concat([
      key.subarray(0, userId.start),
      packet(TAG.userId, Buffer.from('Victim <victim@example.com>')),
      key.subarray(userId.start),
    ]);
    const swapped = Buffer.from(key);
    swapped.set(Buffer.from('Mallo <mallo@example.net>'), userId.body);
    for (const bad of [forged, swapped]) {
      const { keys } = await importPublicKeys(bad, now);
      for (const { addresses } of keys)
        assert.ok(addresses.every((address) => address === 'alice@example.net'));
    }
  });

  it('that are flooded are refused; from key servers only their own signatures are kept (threat 28)', async () => {
    const key = publicOf(await made());
    const stranger = publicOf(await made());
    const foreign = [...packetsOf(stranger)].find(({ tag }) => tag === TAG.signature);
    assert.ok(foreign);
    const one = stranger.subarray(foreign.start, foreign.end);
    const flooded = (count: number): Buffer => {
      const places = [...packetsOf(key)];
      const at = places.findIndex(({ tag }) => tag === TAG.signature);
      const cut = places[at]?.end as number;
      const many = Array.from({ length: count }, () => one);
      return Buffer.concat([key.subarray(0, cut), ...many, key.subarray(cut)]);
    };
    const file = flooded(KEY_SIGNATURES_MAX + 1);
    const started = performance.now();
    assert.equal((await importPublicKeys(file, now)).refused[0]?.reason, 'too-large');
    const large = flooded(Math.ceil(KEY_BYTES_MAX / one.length) * 3);
    const { keys } = await importPublicKeys(large, { ...now, selfSignaturesOnly: true });
    assert.deepEqual(Buffer.from(keys[0]?.publicKey as Uint8Array), Buffer.from(key));
    assert.deepEqual(keys[0]?.usages, ['sign', 'encrypt']);
    assert.ok(performance.now() - started < 5_000);
  });
});

describe('a file of public keys, mangled in any way (fuzz)', () => {
  it('is read or refused, never an exception', async () => {
    const rsa = publicOf(await made({ type: 'rsa', rsaBits: 2048 }));
    const ecc = publicOf(await made());
    for (const [seed, file] of [rsa, ecc, armourKeys([ecc])].entries()) {
      const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), {
        minLength: 1,
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(
          changes,
          fc.nat(file.length),
          fc.boolean(),
          async (list, cut, selfSignaturesOnly) => {
            const bad = Buffer.from(cut % 3 === 0 ? file.subarray(0, cut) : file);
            for (const [at, value] of list) if (at < bad.length) bad[at] = value;
            const { keys } = await importPublicKeys(bad, { ...now, selfSignaturesOnly });
            for (const { addresses } of keys) assert.ok(addresses.every((a) => a === 'alice@example.net'));
          },
        ),
        { numRuns: 250, seed: seed + 1 },
      );
    }
  });
});

describe('the address of a user id', () => {
  it('is read by the strict parser, or there is none (threat 12)', () => {
    const cases: [string, string | null][] = [
      ['Alice <alice@example.net>', 'alice@example.net'],
      ['Alice (work) <Alice@EXAMPLE.net>', 'Alice@example.net'],
      ['alice@example.net', 'alice@example.net'],
      ['"Alice <x@y.example>" <alice@example.net>', null],
      ['Alice <alice@example.net> trailing', null],
      ['Alice <alice@example.net', null],
      ['<a@example.net><b@example.net>', null],
      ['alice@example.net, bob@example.net', null],
      ['alice@example.net\0', null],
      ['Alice', null],
      ['', null],
    ];
    for (const [userId, address] of cases) assert.equal(addressOfUserId(userId), address, userId);
  });
});
