/**
 * The demonstration partner: keys of its own, kept; mail read and answered as other programs do it (OpenSSL, GnuPG).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { layoutOf } from '#node/config/layout.ts';
import { answerAsPartner } from '#node/mailbox/answer-as-partner.ts';
import {
  DEMO_PARTNER,
  DEMO_PARTNER_PGP,
  DEMO_USER,
  demoCertificateFile,
  demoOpenPgpFile,
} from '#node/mailbox/demo-material.ts';
import { type DemoPartner, demoPartner } from '#node/mailbox/demo-partner.ts';
import { type KnownToPartner, readAsPartner } from '#node/mailbox/read-as-partner.ts';
import { type OpensslPartner, opensslPartner } from '../../gateway/openssl.ts';
import { Gnupg } from '../crypto/openpgp/gnupg.ts';

const root = mkdtempSync(join(tmpdir(), 'sealgate-mailbox-'));
const layout = layoutOf(root);
const now = Date.now();
const NOBODY: KnownToPartner = { authorities: [], openPgpKeys: [] };
const CONTENT = 'Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße, the plans\r\n';
const YEARS_3_MS = 3 * 365 * 86_400_000;

let partner: DemoPartner;
/** The gateway's side, by the real OpenSSL. */
let alice: OpensslPartner;

before(async () => {
  partner = await demoPartner(layout, now);
  alice = opensslPartner(DEMO_USER);
  certifyAlice();
  const pem = alice.run(['x509', '-inform', 'der', '-in', demoCertificateFile(layout)]);
  alice.file('bob.pem', pem);
});
after(() => {
  alice?.remove();
  rmSync(root, { recursive: true, force: true });
});

/** By an authority, as the gateway's people are. */
function certifyAlice(): void {
  const ca = ['-subj', '/CN=Test CA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-days', '30'];
  alice.run(['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', ...ca]);
  const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '30'];
  alice.run(['req', '-x509', '-key', 'key.pem', '-config', 'config', '-out', 'cert.pem', ...issuer]);
}

/** What a partner knows who was given the authority's certificate. */
const toldOfAuthority = () => ({
  authorities: [alice.run(['x509', '-in', 'ca.pem', '-outform', 'der'])],
  openPgpKeys: [],
});

const crlf = (octets: Buffer): Buffer =>
  Buffer.from(octets.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');

function signedByAlice(): Buffer {
  alice.file('content', CONTENT);
  return alice.run(['cms', '-sign', '-in', 'content', '-signer', 'cert.pem', '-inkey', 'key.pem']);
}

function mailFromAlice(signed: Buffer, from = DEMO_USER): Buffer {
  alice.file('signed', signed);
  const header = ['-from', from, '-to', DEMO_PARTNER, '-subject', 'Plans'];
  return crlf(alice.run(['cms', '-encrypt', '-aes256', '-in', 'signed', ...header, 'bob.pem']));
}

const read = (raw: Buffer, known = NOBODY, recipients = [DEMO_PARTNER]) =>
  readAsPartner(layout, partner, { raw, recipients, known, atMs: Date.now() });

describe('the partner', () => {
  it('has a certificate that OpenSSL takes for signing and encrypting mail', () => {
    const text = alice.run(['x509', '-in', 'bob.pem', '-noout', '-purpose', '-email']).toString();
    assert.match(text, /S\/MIME signing : Yes/);
    assert.match(text, /S\/MIME encryption : Yes/);
    assert.ok(text.includes(DEMO_PARTNER));
  });

  it('keeps its keys to itself, and has the same at the next start', async () => {
    assert.equal(statSync(layout.mailbox).mode & 0o777, 0o700);
    for (const name of ['smime-private.pem', 'openpgp-private.pgp']) {
      assert.equal(statSync(join(layout.mailbox, name)).mode & 0o777, 0o600, name);
    }
    const again = await demoPartner(layout, now + 60_000);
    assert.equal(again.smime.certificate.sha256, partner.smime.certificate.sha256);
    assert.deepEqual(again.openPgp.publicKey, partner.openPgp.publicKey);
  });

  it('gets new ones when the certificate has come to its end', async () => {
    const other = layoutOf(mkdtempSync(join(tmpdir(), 'sealgate-mailbox-')));
    try {
      const old = await demoPartner(other, now - YEARS_3_MS);
      const renewed = await demoPartner(other, now);
      assert.notEqual(renewed.smime.certificate.sha256, old.smime.certificate.sha256);
    } finally {
      rmSync(other.root, { recursive: true, force: true });
    }
  });
});

describe('the partner reads', () => {
  it('what OpenSSL signed and encrypted, and trusts whom it was told to', async () => {
    const raw = mailFromAlice(signedByAlice());
    const { reading } = await read(raw, toldOfAuthority());
    assert.equal(reading.subject, 'Plans');
    assert.equal(reading.text, 'Grüße, the plans\n');
    assert.deepEqual([reading.encryption, reading.signature, reading.problem], ['opened', 'valid', null]);
    assert.equal(reading.signerAddress, DEMO_USER);
  });

  it('a signature of nobody it knows, of another sender, over altered text, as what it is', async () => {
    const stranger = await read(mailFromAlice(signedByAlice()));
    assert.deepEqual([stranger.reading.signature, stranger.reading.problem], ['not-verified', 'not-trusted']);
    const known = toldOfAuthority();
    const forged = await read(mailFromAlice(signedByAlice(), 'carol@example.org'), known);
    assert.equal(forged.reading.problem, 'address-mismatch');
    const altered = signedByAlice().toString('latin1').replace('the plans', 'the plots');
    const changed = await read(mailFromAlice(Buffer.from(altered, 'latin1')), known);
    assert.equal(changed.reading.problem, 'bytes-altered');
  });

  it('nothing that is for someone else', async () => {
    const { reading } = await read(mailFromAlice(signedByAlice()), NOBODY, ['carol@elsewhere.example']);
    assert.deepEqual([reading.encryption, reading.text], ['not-opened', '']);
  });

  it('a mail in clear, and one that is none', async () => {
    const clear = await read(Buffer.from(`From: a@example.org\r\nSubject: Hi\r\n${CONTENT}`));
    assert.deepEqual([clear.reading.encryption, clear.reading.signature], ['none', 'none']);
    assert.equal(clear.reading.subject, 'Hi');
    const broken = await read(Buffer.from([0, 255, 13, 10]));
    assert.equal(broken.reading.encryption, 'none');
  });
});

describe('the partner answers', () => {
  it('signed and encrypted to the certificate that came along, and OpenSSL opens it', async () => {
    const raw = mailFromAlice(signedByAlice());
    const request = { raw, recipients: [DEMO_PARTNER], known: NOBODY, atMs: now };
    const answer = await answerAsPartner(layout, partner, DEMO_USER, request);
    assert.deepEqual([answer.from, answer.to], [DEMO_PARTNER, DEMO_USER]);
    assert.match(Buffer.from(answer.raw).toString('latin1'), /^Subject: Re: Plans\r$/m);
    alice.file('answer.eml', Buffer.from(answer.raw));
    const opened = alice.run([
      'cms',
      '-decrypt',
      '-in',
      'answer.eml',
      '-recip',
      'cert.pem',
      '-inkey',
      'key.pem',
    ]);
    alice.file('opened.eml', opened);
    const trust = ['-CAfile', 'bob.pem', '-partial_chain', '-purpose', 'smimesign'];
    const text = alice.run(['cms', '-verify', '-in', 'opened.eml', ...trust]).toString();
    assert.match(text, /This answer is signed and encrypted, too/);
  });

  it('by OpenPGP to the key it was given, and GnuPG opens and verifies it', async () => {
    const gpg = new Gnupg('gpg');
    try {
      const key = gpg.makeKey(DEMO_USER, ['Key-Type: RSA', 'Key-Length: 2048', 'Key-Usage: sign,encrypt']);
      gpg.mustRun(['--import', demoOpenPgpFile(layout)]);
      writeFileSync(join(root, 'content'), CONTENT);
      const message = gpg.mustRun(
        ['--armor', '--sign', '--encrypt', '--recipient', DEMO_PARTNER_PGP],
        readFileSync(join(root, 'content')),
      );
      const raw = Buffer.from(
        `From: ${DEMO_USER}\r\nTo: ${DEMO_PARTNER_PGP}\r\nSubject: Plans\r\nMIME-Version: 1.0\r\n` +
          'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n' +
          '--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n' +
          `--b\r\nContent-Type: application/octet-stream\r\n\r\n${message.toString('latin1')}\r\n--b--\r\n`,
        'latin1',
      );
      const known = { authorities: [], openPgpKeys: [key] };
      const request = { raw, recipients: [DEMO_PARTNER_PGP], known, atMs: now };
      const { reading } = await readAsPartner(layout, partner, request);
      assert.deepEqual([reading.encryption, reading.signature], ['opened', 'valid']);
      assert.equal(reading.text, 'Grüße, the plans\n');
      const answer = Buffer.from((await answerAsPartner(layout, partner, DEMO_USER, request)).raw);
      const armour = /-----BEGIN PGP MESSAGE[\s\S]*END PGP MESSAGE-----/.exec(answer.toString('latin1'))?.[0];
      const { status, stdout, stderr } = gpg.run(['--decrypt'], armour ?? '');
      assert.equal(status, 0, stderr);
      assert.match(stdout.toString(), /This answer is signed and encrypted, too/);
      assert.match(stderr, /Good signature from "Bob Partner/);
    } finally {
      gpg.close();
    }
  });

  it('only what it can answer', async () => {
    const clear = Buffer.from(`From: ${DEMO_USER}\r\nSubject: Hi\r\n${CONTENT}`);
    const request = { raw: clear, recipients: [DEMO_PARTNER], known: NOBODY, atMs: now };
    const refused = { code: 'not-answerable' };
    await assert.rejects(answerAsPartner(layout, partner, DEMO_USER, request), refused);
    await assert.rejects(answerAsPartner(layout, partner, null, request), refused);
    const forOthers = { ...request, recipients: ['carol@elsewhere.example'] };
    await assert.rejects(answerAsPartner(layout, partner, DEMO_USER, forOthers), refused);
    const byPgp = { ...request, recipients: [DEMO_PARTNER_PGP] };
    await assert.rejects(answerAsPartner(layout, partner, DEMO_USER, byPgp), refused);
  });
});
