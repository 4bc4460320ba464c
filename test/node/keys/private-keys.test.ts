import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  constants,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { KeyAlgorithm, SignatureScheme } from '#node/keys/port.ts';
import {
  type MemoryLedger,
  memoryLedger,
  placeOf,
  type RunningKeys,
  recordKey,
  runningKeys,
} from './running-keys.ts';

const SUBJECT = 'person/alice@example.org';
const publicKeyOf = (spki: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });

describe('the keys process', () => {
  let ledger: MemoryLedger;
  let gateway: RunningKeys;
  before(async () => {
    ledger = memoryLedger();
    gateway = await runningKeys(ledger);
  });
  after(() => gateway.stop());

  async function make(keyId: string, algorithm: KeyAlgorithm) {
    const made = await gateway.keys.generate({ algorithm, subject: SUBJECT, place: placeOf(keyId) });
    recordKey(ledger, placeOf(keyId), made.secret);
    return made;
  }

  const signers: [KeyAlgorithm, SignatureScheme, string | null, object][] = [
    [{ type: 'rsa', bits: 2048 }, { scheme: 'rsa-pkcs1', hash: 'sha256' }, 'sha256', {}],
    [
      { type: 'rsa', bits: 2048 },
      { scheme: 'rsa-pss', hash: 'sha256', saltBytes: 32 },
      'sha256',
      { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    ],
    [{ type: 'ec', curve: 'P-256' }, { scheme: 'ecdsa', hash: 'sha256' }, 'sha256', {}],
    [{ type: 'ec', curve: 'P-384' }, { scheme: 'ecdsa', hash: 'sha384' }, 'sha384', {}],
    [{ type: 'ec', curve: 'P-521' }, { scheme: 'ecdsa', hash: 'sha512' }, 'sha512', {}],
    [{ type: 'ed25519' }, { scheme: 'ed25519' }, null, {}],
  ];
  for (const [index, [algorithm, scheme, hash, options]] of signers.entries()) {
    it(`makes a key and signs, also after a restart: ${algorithm.type} ${scheme.scheme} ${hash}`, async () => {
      const made = await make(`sign-${index}`, algorithm);
      const tbs = randomBytes(1000);
      const key = { key: publicKeyOf(made.publicKey), ...options };
      assert.ok(verify(hash, tbs, key, await gateway.keys.sign({ keyId: made.keyId, scheme, tbs })));
      await gateway.restart();
      assert.ok(verify(hash, tbs, key, await gateway.keys.sign({ keyId: made.keyId, scheme, tbs })));
    });
  }

  it('signs nothing with SHA-1', async () => {
    await make('no-sha1', { type: 'rsa', bits: 2048 });
    await assert.rejects(
      gateway.keys.sign({
        keyId: 'no-sha1',
        scheme: { scheme: 'rsa-pkcs1', hash: 'sha1' },
        tbs: randomBytes(9),
      }),
      { code: 'wrong-key-type' },
    );
  });

  for (const [algorithm, pair] of [
    [{ type: 'x25519' }, () => generateKeyPairSync('x25519')],
    [{ type: 'ec', curve: 'P-256' }, () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ] as const) {
    it(`agrees on a shared secret: ${algorithm.type}`, async () => {
      const made = await make(`agree-${algorithm.type}`, algorithm);
      const { privateKey, publicKey } = pair();
      const shared = await gateway.keys.deriveSharedSecret({
        keyId: made.keyId,
        peerPublicKey: publicKey.export({ format: 'der', type: 'spki' }),
      });
      assert.deepEqual(
        Buffer.from(shared),
        diffieHellman({ privateKey, publicKey: publicKeyOf(made.publicKey) }),
      );
      const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
      await assert.rejects(
        gateway.keys.deriveSharedSecret({
          keyId: made.keyId,
          peerPublicKey: other.export({ format: 'der', type: 'spki' }),
        }),
        { code: 'malformed' },
      );
    });
  }

  it('unwraps RSA key transport; a wrong padding yields octets of the same length (threat 32)', async () => {
    const made = await make('unwrap', { type: 'rsa', bits: 2048 });
    const key = publicKeyOf(made.publicKey);
    const secret = randomBytes(32);
    const good = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, secret);
    const request = { keyId: 'unwrap', transport: { scheme: 'rsa-pkcs1' }, lengthBytes: 32 } as const;
    assert.deepEqual(Buffer.from(await gateway.keys.unwrapRsa({ ...request, ciphertext: good })), secret);
    const wrong = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, randomBytes(24));
    const random = await gateway.keys.unwrapRsa({ ...request, ciphertext: wrong });
    assert.equal(random.length, 32);
    const oaep = publicEncrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      secret,
    );
    const opened = await gateway.keys.unwrapRsa({
      keyId: 'unwrap',
      transport: { scheme: 'rsa-oaep', hash: 'sha256', mgfHash: 'sha256' },
      ciphertext: oaep,
      lengthBytes: 32,
    });
    assert.deepEqual(Buffer.from(opened), secret);
  });

  it('imports a PKCS#8 key, and refuses what is none, too short, or inconsistent', async () => {
    const importKey = (keyId: string, pkcs8: Uint8Array) =>
      gateway.keys.importPrivateKey({ pkcs8, subject: SUBJECT, place: placeOf(keyId) });
    const good = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pkcs8 = good.privateKey.export({ format: 'der', type: 'pkcs8' });
    const made = await importKey('imported', pkcs8);
    assert.deepEqual(Buffer.from(made.publicKey), good.publicKey.export({ format: 'der', type: 'spki' }));
    await assert.rejects(importKey('bad-1', randomBytes(100)), { code: 'malformed' });
    const short = generateKeyPairSync('rsa', { modulusLength: 768 }).privateKey;
    await assert.rejects(importKey('bad-2', short.export({ format: 'der', type: 'pkcs8' })), {
      code: 'malformed',
    });
    const broken = Buffer.from(pkcs8);
    broken[60] = (broken[60] as number) ^ 1; // in the modulus
    await assert.rejects(importKey('bad-3', broken), { code: 'malformed' });
  });

  it('takes keys from PKCS#12 files and gives them into one, as OpenSSL writes and reads them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sealgate-p12-'));
    try {
      const at = (name: string): string => join(folder, name);
      const openssl = (...args: string[]) =>
        execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const subject = ['-subj', '/CN=Alice', '-keyout', at('key.pem'), '-out', at('cert.pem'), '-days', '2'];
      openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject);
      openssl('x509', '-in', at('cert.pem'), '-outform', 'DER', '-out', at('cert.der'));
      const input = ['-in', at('cert.pem'), '-inkey', at('key.pem')];
      openssl('pkcs12', '-export', ...input, '-passout', 'pass:one', '-out', at('in.p12'));
      const p12 = readFileSync(at('in.p12'));
      const request = { p12, subject: SUBJECT, place: placeOf('from-p12') };
      await assert.rejects(gateway.keys.importPkcs12({ ...request, password: 'two' }), {
        code: 'wrong-password',
      });
      await assert.rejects(gateway.keys.importPkcs12({ ...request, p12: randomBytes(99), password: 'one' }), {
        code: 'malformed',
      });
      const made = await gateway.keys.importPkcs12({ ...request, password: 'one' });
      assert.equal(made.keyCount, 1);
      assert.deepEqual(
        made.certificates.map((der) => Buffer.from(der)),
        [readFileSync(at('cert.der'))],
      );
      await assert.rejects(gateway.keys.importPkcs12({ ...request, password: 'one', keyIndex: 1 }), {
        code: 'malformed',
      });
      const { certificates } = made;
      const file = await gateway.keys.exportPkcs12({ keyId: 'from-p12', certificates, password: 'three' });
      writeFileSync(at('out.p12'), file);
      const pem = openssl('pkcs12', '-in', at('out.p12'), '-passin', 'pass:three', '-nodes').toString();
      const key = createPublicKey(createPrivateKey(pem)).export({ format: 'der', type: 'spki' });
      assert.deepEqual(key, Buffer.from(made.publicKey));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses a key that is not there, of the wrong type, or recorded before', async () => {
    const tbs = randomBytes(10);
    const scheme = { scheme: 'ed25519' } as const;
    await assert.rejects(gateway.keys.sign({ keyId: 'nobody', scheme, tbs }), { code: 'no-such-key' });
    await make('wrong-type', { type: 'x25519' });
    await assert.rejects(gateway.keys.sign({ keyId: 'wrong-type', scheme, tbs }), { code: 'wrong-key-type' });
    await assert.rejects(make('wrong-type', { type: 'x25519' }), { code: 'malformed' });
  });

  it('checks every request before it looks at keys, and repeats nothing of it', async () => {
    const bad = [
      { keyId: '../node.key', scheme: { scheme: 'ed25519' }, tbs: randomBytes(1) },
      { keyId: 'x', scheme: { scheme: 'md5' }, tbs: randomBytes(1) },
      { keyId: 'x', scheme: { scheme: 'ed25519' }, tbs: 'text-not-octets' },
      null,
    ];
    for (const request of bad) {
      await assert.rejects(gateway.keys.sign(request as never), (error: Error & { code: string }) => {
        assert.equal(error.code, 'malformed');
        assert.doesNotMatch(error.message, /md5|text-not-octets|node\.key/);
        return true;
      });
    }
  });
});
