/**
 * Old ciphers (features.md S2): closed until the rule book opens them, and named to the reader either way. Mails made by
 * OpenSSL, gpgsm and NSS.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { CapturedMail } from './mail-catcher.ts';
import { type OpensslPartner, opensslPartner } from './openssl.ts';
import { addOurDomain } from './our-domain.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { submit } from './submit.ts';

const alice = 'alice@example.org';
const bob = 'bob@partner.example';
const LEGACY = ['-provider', 'legacy', '-provider', 'default'];
let gateway: Gateway;
let partner: OpensslPartner;

before(async () => {
  gateway = await runGateway();
  partner = opensslPartner(bob);
  await addOurDomain(gateway, 'example.org');
  await gateway.admin.change('certificates.createKeys', {
    address: alice,
    technology: 'smime',
    reason: 'test',
  });
  const own = await gateway.admin.query<{ rows: { id: string; usage: string[] }[] }>('certificates.list', {
    search: alice,
    kind: 'own',
  });
  const id = own.rows.find((row) => row.usage.includes('encrypt'))?.id;
  const pem = await gateway.admin.query<{ base64: string }>('certificates.export', { id, format: 'pem' });
  partner.file('alice.pem', Buffer.from(pem.base64, 'base64'));
  const list = await gateway.admin.query<{ rows: { id: string }[] }>('certificates.list', {
    kind: 'authority',
  });
  const root = await gateway.admin.query<{ base64: string }>('certificates.export', {
    id: list.rows[0]?.id,
    format: 'pem',
  });
  partner.file('root.pem', Buffer.from(root.base64, 'base64'));
  partner.file('content', 'Content-Type: text/plain\r\n\r\nfrom long ago\r\n');
});
after(async () => {
  await gateway?.remove();
  partner?.remove();
});

async function publish(weakCiphers?: RuleBook['weakCiphers']): Promise<void> {
  const state = async () =>
    gateway.admin.query<{ version: number; published: { book: RuleBook } }>('policy.state');
  const { published, version } = await state();
  const book = { ...published.book, ...(weakCiphers && { weakCiphers }) };
  await gateway.admin.change('policy.saveDraft', { book, version });
  await gateway.admin.change('policy.publish', {
    version: (await state()).version,
    reason: 'an old partner',
  });
}

let mails = 0;
/** What arrives for alice when bob sends her this CMS. */
async function arrivalOf(cms: Buffer): Promise<CapturedMail> {
  const subject = `old-${++mails}`;
  const base64 = (cms.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n');
  const mail = [
    `From: ${bob}\r\nTo: ${alice}\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\n`,
    'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n',
    `Content-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`,
  ].join('');
  await submit(gateway.outsidePort, { from: bob, to: [alice], mail });
  return gateway.arrival(alice, (m) => m.text.includes(`Subject: ${subject}\r\n`));
}

const openssl = (cipher: string): Buffer =>
  partner.run([
    'cms',
    '-encrypt',
    '-binary',
    '-in',
    'content',
    '-outform',
    'DER',
    cipher,
    ...LEGACY,
    'alice.pem',
  ]);

function gpgsm(): Buffer {
  const home = join(partner.folder, 'gpg');
  mkdirSync(home, { mode: 0o700 });
  const options = { cwd: partner.folder, env: { ...process.env, GNUPGHOME: home }, stdio: 'pipe' as const };
  const common = ['--batch', '--yes', '--disable-crl-checks', '--no-common-certs-import'];
  const run = (...args: string[]): Buffer => execFileSync('gpgsm', [...common, ...args], options);
  try {
    const print = partner.run(['x509', '-in', 'root.pem', '-noout', '-fingerprint', '-sha1']).toString();
    partner.file('gpg/trustlist.txt', `${print.replace(/.*=/, '').trim()} S relax\n`);
    run('--import', 'root.pem');
    run('--import', 'alice.pem');
    run('--cipher-algo', '3DES', '--recipient', alice, '--output', 'gpgsm.der', '--encrypt', 'content');
    return readFileSync(join(partner.folder, 'gpgsm.der'));
  } finally {
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'], { stdio: 'pipe' });
  }
}

/** NSS encrypts in 3DES to whom it knows nothing of but a certificate. */
function nss(): Buffer {
  mkdirSync(join(partner.folder, 'nss'));
  const run = (program: string, ...args: string[]): Buffer =>
    execFileSync(program, args, { cwd: partner.folder, stdio: 'pipe' });
  run('certutil', '-N', '-d', 'sql:nss', '--empty-password');
  run('certutil', '-A', '-d', 'sql:nss', '-n', 'root', '-t', 'C,C,C', '-i', 'root.pem');
  run('certutil', '-A', '-d', 'sql:nss', '-n', 'alice', '-t', ',P,', '-i', 'alice.pem');
  run('cmsutil', '-d', 'sql:nss', '-E', '-r', alice, '-i', 'content', '-o', 'nss.der');
  return readFileSync(join(partner.folder, 'nss.der'));
}

const OPENSSL = [
  ['-des3', '3DES'],
  ['-rc2-128', 'RC2-128'],
  ['-rc2-40', 'RC2-40'],
  ['-rc4', 'RC4'],
  ['-des', 'DES'],
] as const;

describe('S/MIME mail in an old cipher', () => {
  it('is passed on unopened by default, and the reader is told why', async () => {
    for (const [cipher, name] of OPENSSL) {
      const mail = await arrivalOf(openssl(cipher));
      assert.doesNotMatch(mail.text, /from long ago/);
      assert.match(mail.text, /^Content-Type: application\/pkcs7-mime/m);
      assert.match(mail.text, new RegExp(`status=not-opened;[\\s\\S]*weak=${name};`));
      assert.match(mail.text.replace(/\r\n\s/g, ' '), new RegExp(`so weak that .*: ${name}\\.`));
    }
  });

  it('is opened when the rule book says so, only in the ciphers that it names, each named to the reader', async () => {
    await publish(['3des', 'rc2']);
    for (const [cipher, name] of OPENSSL) {
      const mail = await arrivalOf(openssl(cipher));
      const isOpened = name === '3DES' || name.startsWith('RC2');
      assert.equal(mail.text.includes('from long ago'), isOpened, name);
      assert.match(
        mail.text,
        new RegExp(`status=${isOpened ? 'decrypted' : 'not-opened'};[\\s\\S]*weak=${name};`),
      );
    }
  });

  it('is opened when gpgsm made it', async () => {
    const mail = await arrivalOf(gpgsm());
    assert.match(mail.text, /from long ago/);
    assert.match(mail.text, /status=decrypted;[\s\S]*weak=3DES;/);
  });

  it('is opened when NSS made it', async () => {
    const mail = await arrivalOf(nss());
    assert.match(mail.text, /from long ago/);
    assert.match(mail.text, /status=decrypted;/);
  });

  it('is told in the language of the mail domain', async () => {
    const say = async (language: string): Promise<string> => {
      await gateway.admin.change('people.setDomainLanguage', { domain: 'example.org', language });
      return (await arrivalOf(openssl('-des3'))).text.replace(/\r\n\s/g, ' ');
    };
    assert.match(
      await say('nl'),
      /^X-Sealgate-Report: Het bericht was versleuteld\..*Zwakke algoritmen: 3DES\./m,
    );
    assert.match(
      await say('en'),
      /^X-Sealgate-Report: The message was encrypted\..*Weak algorithms: 3DES\./m,
    );
  });

  it('a rule book that names another cipher is refused', async () => {
    await assert.rejects(publish(['rot13' as never]), /weakCiphers|malformed|invalid/i);
  });
});
