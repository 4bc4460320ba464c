/**
 * OpenPGP end to end through the running gateway, with the real GnuPG as the partner (features.md G1 G3 G7 P11 P13).
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { type GnupgPartner, gnupgPartner } from './gnupg-partner.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { submit } from './submit.ts';

const alice = 'alice@example.org';
const bob = 'bob@pgp.example';
let gateway: Gateway;
let partner: GnupgPartner;

before(async () => {
  gateway = await runGateway();
  partner = gnupgPartner(bob);
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  const report = await gateway.admin.change<ImportReport>('certificates.import', {
    fileName: 'bob.asc',
    base64: partner.run(['--armor', '--export', bob]).toString('base64'),
    password: '',
    reason: 'test',
  });
  assert.equal(report.entries[0]?.outcome, 'imported', JSON.stringify(report));
  const ids = await gateway.admin.change<string[]>('certificates.createKeys', {
    address: alice,
    technology: 'openpgp',
  });
  const key = await gateway.admin.query<{ base64: string }>('certificates.export', {
    id: ids[0],
    format: 'openpgp-armored',
  });
  partner.run(['--import'], Buffer.from(key.base64, 'base64'));
});
after(async () => {
  await gateway?.remove();
  partner?.remove();
});

const mailOf = (id: string, from: string, to: string, rest: string): string =>
  `From: ${from}\r\nTo: ${to}\r\nSubject: ${id}\r\nMessage-ID: <${id}@mail.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n${rest}`;

/** Body of the second part of a multipart/encrypted. */
const armourIn = (text: string): string => {
  const found = /-----BEGIN PGP MESSAGE-----[\s\S]*-----END PGP MESSAGE-----/.exec(text);
  assert.ok(found, text.slice(0, 2000));
  return found[0];
};

describe('a mail to a partner with an OpenPGP key', () => {
  it('leaves signed and encrypted, and GnuPG reads and verifies it', async () => {
    const mail = mailOf(
      'pgp-out',
      alice,
      bob,
      'Content-Type: text/plain; charset=utf-8\r\n\r\nsecret plans\r\n',
    );
    await submit(gateway.insidePort, { from: alice, to: [bob], mail });
    const left = await gateway.arrival(bob);
    assert.match(left.text, /multipart\/encrypted; protocol="application\/pgp-encrypted"/);
    assert.ok(!left.text.includes('secret plans'));
    const { output, status } = partner.decrypt(armourIn(left.text));
    assert.match(output, /secret plans/);
    assert.match(status, /GOODSIG/);
  });
});

describe('a mail from a partner by OpenPGP', () => {
  const statusOf = (text: string): string =>
    /X-Sealgate-Status: [\s\S]*?status=([a-z-]+)/.exec(text)?.[1] ?? 'none';

  it('is opened and verified (PGP/MIME)', async () => {
    const inner = 'Content-Type: text/plain\r\n\r\nan answer by PGP/MIME\r\n';
    const armour = partner
      .run(['--armor', '--sign', '--encrypt', '--recipient', alice], inner)
      .toString()
      .replace(/\n/g, '\r\n');
    const parts = `--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n${armour}\r\n--b--\r\n`;
    const type =
      'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n';
    await submit(gateway.outsidePort, {
      from: bob,
      to: [alice],
      mail: mailOf('pgp-in', bob, alice, type + parts),
    });
    const arrived = await gateway.arrival(alice, (m) => m.text.includes('Subject: pgp-in'));
    assert.match(arrived.text, /an answer by PGP\/MIME/);
    assert.equal(statusOf(arrived.text), 'decrypted-verified');
  });

  it('is opened inline', async () => {
    const armour = partner
      .run(['--armor', '--sign', '--encrypt', '--recipient', alice], 'inline answer\n')
      .toString();
    const body = `Content-Type: text/plain\r\n\r\n${armour.replace(/\n/g, '\r\n')}`;
    await submit(gateway.outsidePort, {
      from: bob,
      to: [alice],
      mail: mailOf('pgp-inline', bob, alice, body),
    });
    const arrived = await gateway.arrival(alice, (m) => m.text.includes('Subject: pgp-inline'));
    assert.match(arrived.text, /inline answer/);
    assert.equal(statusOf(arrived.text), 'decrypted-verified');
  });

  it('is not green when the signature is of someone else than the sender (threat 6)', async () => {
    const inner = 'Content-Type: text/plain\r\n\r\nI am the director\r\n';
    const armour = partner
      .run(['--armor', '--sign', '--encrypt', '--recipient', alice], inner)
      .toString()
      .replace(/\n/g, '\r\n');
    const parts = `--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n${armour}\r\n--b--\r\n`;
    const type =
      'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n';
    const mail = mailOf('pgp-forged', 'director@pgp.example', alice, type + parts);
    await submit(gateway.outsidePort, { from: bob, to: [alice], mail });
    const arrived = await gateway.arrival(alice, (m) => m.text.includes('Subject: pgp-forged'));
    assert.match(statusOf(arrived.text), /^decrypted-(?!verified)/);
  });

  it('without integrity protection it is never released (threat 1, EFAIL)', async () => {
    const message = partner.withoutIntegrity(alice, 'Content-Type: text/plain\r\n\r\nold plaintext\r\n');
    writeFileSync(join(partner.folder, 'old.asc'), message);
    const parts = `--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n${message.toString().replace(/\r?\n/g, '\r\n')}\r\n--b--\r\n`;
    const type =
      'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n';
    await submit(gateway.outsidePort, {
      from: bob,
      to: [alice],
      mail: mailOf('pgp-old', bob, alice, type + parts),
    });
    const arrived = await gateway.arrival(alice, (m) => m.text.includes('Subject: pgp-old'));
    assert.ok(!arrived.text.includes('old plaintext'));
  });
});
