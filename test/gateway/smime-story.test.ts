/**
 * The main job, end to end through the running gateway with OpenSSL as the partner: out signed and encrypted, in opened
 * and judged (features.md T1 T7 P1 P11 P12 S1 S4 K2).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { type OpensslPartner, opensslPartner } from './openssl.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { submit } from './submit.ts';

const alice = 'alice@example.org';
const bob = 'bob@partner.example';
let gateway: Gateway;
let partner: OpensslPartner;

before(async () => {
  gateway = await runGateway();
  partner = opensslPartner(bob);
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  const report = await gateway.admin.change<ImportReport>('certificates.import', {
    fileName: 'bob.pem',
    base64: partner.certificate.toString('base64'),
    password: '',
    reason: 'test',
  });
  assert.equal(report.entries[0]?.outcome, 'imported');
});
after(async () => {
  await gateway?.remove();
  partner?.remove();
});

const mailOf = (subject: string, body: string, headers = ''): string =>
  `From: Alice <${alice}>\r\nTo: ${bob}\r\nSubject: ${subject}\r\n${headers}Message-ID: <${subject}@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${body}\r\n`;

describe('a mail to a partner with a certificate', () => {
  it('leaves signed and encrypted, and OpenSSL reads and verifies it', async () => {
    const reply = await submit(gateway.insidePort, {
      from: alice,
      to: [bob],
      mail: mailOf('out1', 'Grüße, secret plans'),
    });
    assert.match(reply, /^250 2\.0\.0/);
    const mail = await gateway.arrival(bob);
    assert.match(mail.text, /smime-type=enveloped-data/);
    assert.ok(!mail.text.includes('secret plans'));
    partner.file('out1.eml', mail.raw);
    const opened = partner.run([
      'cms',
      '-decrypt',
      '-in',
      'out1.eml',
      '-recip',
      'cert.pem',
      '-inkey',
      'key.pem',
    ]);
    assert.match(opened.toString('latin1'), /multipart\/signed/);
    partner.file('signed.eml', opened);
    const page = await gateway.admin.query<{ rows: { id: string }[] }>('certificates.list', {
      kind: 'authority',
    });
    const root = await gateway.admin.query<{ base64: string }>('certificates.export', {
      id: page.rows[0]?.id,
      format: 'pem',
    });
    partner.file('root.pem', Buffer.from(root.base64, 'base64'));
    const content = partner.run([
      'cms',
      '-verify',
      '-in',
      'signed.eml',
      '-CAfile',
      'root.pem',
      '-purpose',
      'smimesign',
      '-signer',
      'signer.pem',
    ]);
    assert.ok(content.toString('latin1').includes(Buffer.from('Grüße, secret plans\r\n').toString('base64')));
    const signer = partner.run(['x509', '-in', 'signer.pem', '-noout', '-email']).toString();
    assert.equal(signer.trim(), alice);
  });

  it('and the answer comes back encrypted, is opened, and its status is told', async () => {
    // Alice's encryption certificate comes with her signature.
    partner.run([
      'cms',
      '-verify',
      '-in',
      'signed.eml',
      '-CAfile',
      'root.pem',
      '-certsout',
      'all.pem',
      '-out',
      '/dev/null',
    ]);
    const found = await gateway.admin.query<{ rows: { id: string; usage: string[] }[] }>(
      'certificates.list',
      { search: alice, kind: 'own' },
    );
    const encryption = found.rows.find((row) => row.usage.includes('encrypt'));
    const pem = await gateway.admin.query<{ base64: string }>('certificates.export', {
      id: encryption?.id,
      format: 'pem',
    });
    partner.file('alice.pem', Buffer.from(pem.base64, 'base64'));
    partner.file('answer.txt', 'Content-Type: text/plain\r\n\r\nthe answer is 42\r\n');
    const signed = partner.run([
      'cms',
      '-sign',
      '-in',
      'answer.txt',
      '-signer',
      'cert.pem',
      '-inkey',
      'key.pem',
      '-md',
      'sha256',
    ]);
    partner.file('answer.signed', signed);
    const mail = partner.run([
      'cms',
      '-encrypt',
      '-aes256',
      '-in',
      'answer.signed',
      '-from',
      bob,
      '-to',
      alice,
      '-subject',
      'answer',
      'alice.pem',
    ]);
    await submit(gateway.outsidePort, {
      from: bob,
      to: [alice],
      mail: mail.toString('latin1').replace(/\r?\n/g, '\r\n'),
    });
    const arrived = await gateway.arrival(alice, (m) => m.text.includes('answer'));
    assert.match(arrived.text, /the answer is 42/);
    assert.match(arrived.text, /^X-Sealgate-Status: [\s\S]*status=decrypted-verified[\s\S]*mac=/m);
    assert.match(arrived.text, /X-Sealgate-Report: [\s\S]*Valid signature of the sender/);
  });
});
