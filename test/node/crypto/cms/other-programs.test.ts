/**
 * Both directions with gpgsm and with NSS's cmsutil: RSA v1.5, AES-CBC, SHA-2; they have no OAEP, ECDH or GCM.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { wholeOf } from '#node/crypto/cms/content.ts';
import type { ContentAlgorithm } from '#node/crypto/cms/content-cipher.ts';
import { envelop } from '#node/crypto/cms/envelope.ts';
import { signDetached, signOpaque } from '#node/crypto/cms/sign.ts';
import type { SignatureScheme } from '#node/keys/port.ts';
import { contentOf, MAIL, open, read, request } from './messages.ts';
import { People } from './people.ts';

const people = new People();
const alice = people.person('rsa-2048');
const RSA: SignatureScheme = { scheme: 'rsa-pkcs1', hash: 'sha256' };
const asked = { ...request(alice, RSA), otherCertificates: [people.caDer] };
const CIPHERS: ContentAlgorithm[] = ['aes-256-cbc', 'aes-192-cbc', 'aes-128-cbc'];

writeFileSync(people.path('mail'), MAIL);
// gpgsm 2.2 reads the old PKCS#12 encryption only.
const pkcs12 =
  'pkcs12 -export -inkey rsa-2048.key -in rsa-2048.pem -certfile ca.pem -name alice -out alice.p12';
people.openssl(`${pkcs12} -passout pass:secret -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1`);

function run(
  program: string,
  args: readonly string[],
  options: { input?: string; env?: object } = {},
): Buffer {
  return execFileSync(program, args, {
    cwd: people.folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.input !== undefined && { input: options.input }),
  });
}

function enveloped(algorithm: ContentAlgorithm): Buffer {
  const recipients = [
    { certificate: alice.certificate, transport: 'rsa-pkcs1', namedBy: 'issuer-and-serial' },
  ] as const;
  return wholeOf(envelop(contentOf(MAIL), { recipients, algorithm }));
}

describe('gpgsm', () => {
  const home = people.path('gpg');
  const env = { GNUPGHOME: home };
  const options = ['--batch', '--yes', '--disable-crl-checks', '--no-common-certs-import'];
  const gpgsm = (...args: string[]) => run('gpgsm', [...options, ...args], { env });

  mkdirSync(home, { mode: 0o700 });
  writeFileSync(`${home}/gpg-agent.conf`, 'allow-loopback-pinentry\n');
  const fingerprint = people
    .openssl('x509 -in ca.pem -noout -fingerprint -sha1')
    .toString()
    .replace(/.*=/, '')
    .trim();
  writeFileSync(`${home}/trustlist.txt`, `${fingerprint} S relax\n`);
  run('gpgsm', [...options, '--import', 'ca.pem'], { env });
  const loopback = ['--pinentry-mode', 'loopback', '--passphrase-fd', '0'];
  run('gpgsm', [...options, ...loopback, '--import', 'alice.p12'], { env, input: 'secret\n' });
  const withSecret = (...args: string[]) =>
    run('gpgsm', [...options, ...loopback, ...args], { env, input: 'secret\n' });
  after(() => run('gpgconf', ['--homedir', home, '--kill', 'all']));

  it('verifies what was signed here, detached and opaque', async () => {
    writeFileSync(people.path('p7s'), await signDetached(contentOf(MAIL).chunks(), asked));
    gpgsm('--verify', 'p7s', 'mail');
    writeFileSync(people.path('p7m'), wholeOf(await signOpaque(contentOf(MAIL), asked)));
    gpgsm('--output', 'out', '--verify', 'p7m');
    assert.deepEqual(readFileSync(people.path('out')), MAIL);
  });

  it('signs what is verified here, detached and opaque', () => {
    withSecret('--output', 'p7s', '--detach-sign', 'mail');
    assert.equal(read(readFileSync(people.path('p7s')), MAIL).problem, null);
    withSecret('--output', 'p7m', '--sign', 'mail');
    const opaque = read(readFileSync(people.path('p7m')));
    assert.equal(opaque.problem, null);
    assert.deepEqual(opaque.content, MAIL);
  });

  for (const algorithm of CIPHERS) {
    it(`opens what was encrypted here, and the other way round: ${algorithm}`, async () => {
      writeFileSync(people.path('p7m'), enveloped(algorithm));
      withSecret('--output', 'out', '--decrypt', 'p7m');
      assert.deepEqual(readFileSync(people.path('out')), MAIL);
      const cipher = algorithm.slice(0, 7).replaceAll('-', '').toUpperCase();
      gpgsm(
        '--cipher-algo',
        cipher,
        '--recipient',
        'rsa-2048@example.org',
        '--output',
        'enc',
        '--encrypt',
        'mail',
      );
      const opened = await open(people, alice, readFileSync(people.path('enc')));
      assert.deepEqual(opened.content, MAIL);
      assert.equal(opened.outcome, 'opened');
      assert.deepEqual(opened.algorithms, [algorithm.toUpperCase(), 'RSA']);
    });
  }
});

describe('NSS cmsutil', () => {
  const database = `sql:${people.path('nss')}`;
  mkdirSync(people.path('nss'));
  run('certutil', ['-N', '-d', database, '--empty-password']);
  run('certutil', ['-A', '-d', database, '-n', 'ca', '-t', 'C,C,C', '-i', 'ca.pem']);
  run('pk12util', ['-i', 'alice.p12', '-d', database, '-W', 'secret', '-K', '']);
  const cmsutil = (...args: string[]) => run('cmsutil', ['-d', database, ...args]);

  it('verifies what was signed here, detached and opaque', async () => {
    writeFileSync(people.path('p7s'), await signDetached(contentOf(MAIL).chunks(), asked));
    cmsutil('-D', '-i', 'p7s', '-c', 'mail', '-u', '4', '-o', 'out');
    writeFileSync(people.path('p7m'), wholeOf(await signOpaque(contentOf(MAIL), asked)));
    cmsutil('-D', '-i', 'p7m', '-u', '4', '-o', 'out');
    assert.deepEqual(readFileSync(people.path('out')), MAIL);
  });

  it('signs what is verified here, detached and opaque, and names its abilities', () => {
    for (const hash of ['SHA256', 'SHA512']) {
      cmsutil('-S', '-N', 'alice', '-H', hash, '-G', '-P', '-Y', 'alice', '-i', 'mail', '-o', 'p7m');
      const opaque = read(readFileSync(people.path('p7m')));
      assert.equal(opaque.problem, null);
      assert.deepEqual(opaque.content, MAIL);
      assert.ok((opaque.signers[0]?.capabilities?.length ?? 0) > 0);
      assert.equal(opaque.signers[0]?.encryptionCertificate?.sha256, alice.certificate.sha256);
      cmsutil('-S', '-T', '-N', 'alice', '-H', hash, '-i', 'mail', '-o', 'p7s');
      assert.equal(read(readFileSync(people.path('p7s')), MAIL).problem, null);
    }
  });

  for (const algorithm of CIPHERS) {
    it(`opens what was encrypted here: ${algorithm}`, () => {
      writeFileSync(people.path('p7m'), enveloped(algorithm));
      cmsutil('-D', '-i', 'p7m', '-o', 'out');
      assert.deepEqual(readFileSync(people.path('out')), MAIL);
    });
  }

  it('sends certificates only, which are read here', () => {
    run('cmsutil', ['-d', database, '-O', '-r', 'rsa-2048@example.org', '-o', 'p7c']);
    const report = read(readFileSync(people.path('p7c')));
    assert.deepEqual([report.complete, report.problem, report.embedded], [true, 'no-signer', false]);
    assert.ok(report.certificates.some((der) => Buffer.compare(der, alice.certificate.der) === 0));
  });

  it('encrypts what is opened here', async () => {
    cmsutil('-E', '-r', 'rsa-2048@example.org', '-i', 'mail', '-o', 'enc');
    const opened = await open(people, alice, readFileSync(people.path('enc')));
    assert.equal(opened.outcome, 'opened');
    assert.deepEqual(opened.content, MAIL);
  });
});
