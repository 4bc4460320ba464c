/** PKCS#12 with OpenSSL, NSS and node-forge as partners, both directions; wrong passwords and garbage. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import forge from 'node-forge';
import { Pkcs12Error } from '#node/crypto/pkcs12/pkcs12-error.ts';
import { readPkcs12 } from '#node/crypto/pkcs12/read-pkcs12.ts';
import { writePkcs12 } from '#node/crypto/pkcs12/write-pkcs12.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'sealgate-p12-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);
const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

interface Subject {
  readonly key: KeyObject;
  readonly der: Buffer;
  readonly keyFile: string;
  readonly certificateFile: string;
}

function subject(name: string, ...keyArgs: readonly string[]): Subject {
  const keyFile = path(`${name}.key`);
  const certificateFile = path(`${name}.pem`);
  run(
    'openssl',
    'req',
    '-x509',
    ...keyArgs,
    '-nodes',
    '-keyout',
    keyFile,
    '-out',
    certificateFile,
    '-subj',
    `/CN=${name}`,
    '-days',
    '30',
  );
  run('openssl', 'x509', '-in', certificateFile, '-outform', 'DER', '-out', path(`${name}.der`));
  const der = readFileSync(path(`${name}.der`));
  return { key: createPrivateKey(readFileSync(keyFile)), der, keyFile, certificateFile };
}

const rsa = subject('rsa', '-newkey', 'rsa:2048');
const ec = subject('ec', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256');
const ed = subject('ed', '-newkey', 'ed25519');

const PASSWORD = 'Pässwörd €';

function exported(who: Subject, ...args: readonly string[]): Buffer {
  const out = path('out.p12');
  run(
    'openssl',
    'pkcs12',
    '-export',
    '-inkey',
    who.keyFile,
    '-in',
    who.certificateFile,
    '-out',
    out,
    '-name',
    'Küche',
    ...args,
  );
  return readFileSync(out);
}

function isKeyOf(pkcs8: Buffer, who: Subject): void {
  const spki = (key: KeyObject) => createPublicKey(key).export({ format: 'der', type: 'spki' });
  const read = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  assert.deepEqual(spki(read), spki(who.key));
}

const code = (expected: string) => (error: unknown) =>
  error instanceof Pkcs12Error && error.code === expected ? true : assert.fail(String(error));

describe('a PKCS#12 file made by OpenSSL', () => {
  const kinds: [string, readonly string[]][] = [
    ['modern: AES-256, SHA-256', []],
    ['legacy: RC2-40 and triple DES, SHA-1', ['-legacy']],
    ['RC2-128', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-RC2-128']],
    ['RC4-128', ['-legacy', '-certpbe', 'PBE-SHA1-RC4-128', '-keypbe', 'PBE-SHA1-RC4-128']],
    ['RC4-40', ['-legacy', '-certpbe', 'PBE-SHA1-RC4-40', '-keypbe', 'PBE-SHA1-RC4-40']],
    ['two-key triple DES', ['-certpbe', 'PBE-SHA1-2DES', '-keypbe', 'PBE-SHA1-2DES']],
    ['AES-128, SHA-512', ['-certpbe', 'AES-128-CBC', '-keypbe', 'AES-192-CBC', '-macalg', 'sha512']],
    ['certificates in clear', ['-certpbe', 'NONE']],
    ['key in clear', ['-keypbe', 'NONE']],
    ['without a MAC', ['-nomac']],
    ['triple DES under PBES2', ['-certpbe', 'DES-EDE3-CBC', '-keypbe', 'DES-EDE3-CBC']],
  ];
  for (const [kind, args] of kinds) {
    it(`is read: ${kind}`, () => {
      const content = readPkcs12(exported(rsa, '-passout', `pass:${PASSWORD}`, ...args), PASSWORD);
      assert.equal(content.keys.length, 1);
      assert.equal(content.keys[0]!.friendlyName, 'Küche');
      isKeyOf(content.keys[0]!.pkcs8, rsa);
      assert.deepEqual(Buffer.from(content.keys[0]!.certificate!), rsa.der);
      assert.deepEqual(
        content.certificates.map((c) => Buffer.from(c)),
        [rsa.der],
      );
    });
    it(`is refused under another password: ${kind}`, () => {
      const octets = exported(rsa, '-passout', `pass:${PASSWORD}`, ...args);
      assert.throws(() => readPkcs12(octets, 'wrong'), code('wrong-password'));
    });
  }
  it('is read with EC and Ed25519 keys', () => {
    for (const who of [ec, ed]) {
      const { keys } = readPkcs12(exported(who, '-passout', 'pass:x'), 'x');
      isKeyOf(keys[0]!.pkcs8, who);
      assert.deepEqual(Buffer.from(keys[0]!.certificate!), who.der);
    }
  });
  it('without a password is read with the empty one', () => {
    isKeyOf(readPkcs12(exported(rsa, '-passout', 'pass:'), '').keys[0]!.pkcs8, rsa);
  });
  it('gives the certificate of the key first, whatever the order in the file', () => {
    const chain = path('chain.pem');
    writeFileSync(
      chain,
      readFileSync(ec.certificateFile, 'utf8') + readFileSync(rsa.certificateFile, 'utf8'),
    );
    const octets = exported({ ...rsa, certificateFile: chain }, '-passout', 'pass:x');
    assert.deepEqual(
      readPkcs12(octets, 'x').certificates.map((c) => Buffer.from(c)),
      [rsa.der, ec.der],
    );
  });
});

describe('a PKCS#12 file made by others', () => {
  it('node-forge: read', () => {
    const privateKey = forge.pki.privateKeyFromPem(
      rsa.key.export({ format: 'pem', type: 'pkcs8' }) as string,
    );
    const certificate = forge.pki.certificateFromPem(readFileSync(rsa.certificateFile, 'utf8'));
    const asn1 = forge.pkcs12.toPkcs12Asn1(privateKey, [certificate], 'forge', { algorithm: '3des' });
    const octets = Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1');
    isKeyOf(readPkcs12(octets, 'forge').keys[0]!.pkcs8, rsa);
  });
  it('NSS: read, both what it writes today and what it reads of ours', () => {
    const db = path('nss');
    run('mkdir', db);
    run('certutil', '-N', '-d', db, '--empty-password');
    const ours = path('ours.p12');
    const request = { pkcs8: rsa.key.export({ format: 'der', type: 'pkcs8' }), certificates: [rsa.der] };
    writeFileSync(ours, writePkcs12({ ...request, password: PASSWORD, friendlyName: 'alice' }));
    run('pk12util', '-i', ours, '-d', db, '-W', PASSWORD);
    run('pk12util', '-o', path('nss.p12'), '-n', 'alice', '-d', db, '-W', 'abc');
    const { keys } = readPkcs12(readFileSync(path('nss.p12')), 'abc');
    isKeyOf(keys[0]!.pkcs8, rsa);
    assert.equal(keys[0]!.friendlyName, 'alice');
  });
});

describe('a PKCS#12 file of ours', () => {
  it('is read by OpenSSL and by ourselves, for every type of key', () => {
    for (const who of [rsa, ec, ed]) {
      const pkcs8 = who.key.export({ format: 'der', type: 'pkcs8' });
      const certificates = [who.der, rsa.der];
      const octets = writePkcs12({ pkcs8, certificates, password: PASSWORD, friendlyName: 'Alice' });
      writeFileSync(path('w.p12'), octets);
      const shown = run(
        'openssl',
        'pkcs12',
        '-in',
        path('w.p12'),
        '-passin',
        `pass:${PASSWORD}`,
        '-nodes',
        '-info',
      );
      isKeyOf(createPrivateKey(shown).export({ format: 'der', type: 'pkcs8' }), who);
      assert.match(shown, /friendlyName: Alice/);
      const content = readPkcs12(octets, PASSWORD);
      assert.deepEqual(content.keys[0]!.pkcs8, pkcs8);
      assert.equal(readCertificate(content.certificates[0]!).sha256, readCertificate(who.der).sha256);
    }
  });
  it('has AES-256 and a SHA-256 MAC', () => {
    const { stderr } = spawnSync(
      'openssl',
      ['pkcs12', '-in', path('w.p12'), '-passin', `pass:${PASSWORD}`, '-noout', '-info'],
      { encoding: 'utf8' },
    );
    assert.match(stderr, /MAC: sha256, Iteration 100000/);
    assert.equal(
      stderr.match(/PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256/g)?.length,
      2,
    );
  });
});

describe('what is no PKCS#12 file', () => {
  const good = exported(rsa, '-passout', 'pass:x');
  it('is malformed', () => {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    for (const bad of ['', 'hello', pem as string, rsa.der, good.subarray(0, 500), Buffer.alloc(5_000_000)]) {
      assert.throws(() => readPkcs12(Buffer.from(bad), 'x'), code('malformed'));
    }
  });
  it('with absurd iterations does not keep us busy', () => {
    const at = good.lastIndexOf(Buffer.from('02020800', 'hex'));
    const octets = Buffer.concat([good.subarray(0, at), Buffer.from('020407ffffff', 'hex')]);
    octets.writeUInt16BE(octets.length - 4, 2);
    const started = performance.now();
    assert.throws(() => readPkcs12(octets, 'x'), Pkcs12Error);
    assert.ok(performance.now() - started < 1_000);
  });
  it('never raises anything but Pkcs12Error', () => {
    const noMac = exported(rsa, '-passout', 'pass:x', '-nomac', '-keypbe', 'NONE', '-certpbe', 'NONE');
    const change = fc.record({ at: fc.nat(), octet: fc.nat(255) });
    const property = fc.property(
      fc.constantFrom(good, noMac),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      (file, changes) => {
        const octets = Buffer.from(file);
        for (const { at, octet } of changes) octets[at % octets.length] = octet;
        try {
          readPkcs12(octets, 'x');
        } catch (error) {
          assert.ok(error instanceof Pkcs12Error, String(error));
        }
      },
    );
    fc.assert(property, { seed: 12, numRuns: 1_000 });
  });
});
