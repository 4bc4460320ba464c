/**
 * Nothing secret lies in the data folder or in what the processes write: canaries in mails, passwords, passphrases and
 * keys go through the running gateway by every way, and are looked for afterwards.
 */

import assert from 'node:assert/strict';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { decryptKey, readPrivateKey } from 'openpgp';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { freePort } from '../free-port.ts';
import { type GnupgPartner, gnupgPartner } from './gnupg-partner.ts';
import { type OpensslPartner, opensslPartner } from './openssl.ts';
import { passwordIn, pdfOf, pdfPartner, textOf } from './pdf-partner.ts';
import { pdfStage } from './pdf-stage.ts';
import { submit } from './submit.ts';
import { alice, bob, pkcs7, statusOf, type ThreatStage, threatStage } from './threat-stage.ts';
import { until } from './until.ts';

const dora = 'dora@example.org';
const emil = 'emil@example.org';
const queued = 'frida@down.example';
const PUBLIC = 'https://portal.example.org';
const QUEUED_MS = 20_000;
const LARGE_OCTETS = 3 * 1024 * 1024; // More than is kept in memory: it goes by a file.

let stage: ThreatStage;
let portalUrl: string;
let gnupg: GnupgPartner;
let openssl: OpensslPartner;
/** Name → octets that must be nowhere. */
const canaries = new Map<string, Buffer>();

/** A word that is found nowhere by chance. */
function planted(name: string): string {
  const word = `canary-${name}-${randomBytes(12).toString('hex')}`;
  canaries.set(name, Buffer.from(word));
  return word;
}

before(async () => {
  const routes = [{ domain: 'down.example', host: '127.0.0.1', port: await freePort(), tls: 'none' }];
  const port = await freePort();
  portalUrl = `http://127.0.0.1:${port}`;
  stage = await threatStage({ portal: { port }, send: { routes, retryAfterMs: [300] } });
  await stage.gateway.admin.change('people.addDomain', { domain: 'down.example', reason: 'test' });
  gnupg = gnupgPartner('other@pgp.example');
  openssl = opensslPartner(dora);
});
after(async () => {
  await stage?.remove();
  gnupg?.remove();
  openssl?.remove();
});

async function importFile(fileName: string, file: Buffer, password: string): Promise<ImportReport> {
  const base64 = file.toString('base64');
  return stage.gateway.admin.change('certificates.import', { fileName, base64, password, reason: 'test' });
}

/** The secret numbers of an RSA key, as they stand in any encoding of it. */
function plantKey(name: string, pem: Buffer): void {
  const jwk = createPrivateKey(pem).export({ format: 'jwk' });
  for (const part of ['d', 'p', 'q'] as const) {
    canaries.set(`${name}.${part}`, Buffer.from(jwk[part] ?? '', 'base64url').subarray(0, 64));
  }
}

/** The octets themselves and what encodings make of them, whatever stands before. */
function forms(secret: Buffer): Buffer[] {
  const texts = [secret.toString('hex'), secret.toString('hex').toUpperCase()];
  for (const shift of [0, 1, 2]) {
    const base64 = Buffer.concat([Buffer.alloc(shift), secret]).toString('base64');
    const middle = base64.slice(shift === 0 ? 0 : 4, -4).replace(/=+$/, '');
    texts.push(middle, middle.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [secret, ...texts.map((text) => Buffer.from(text))];
}

/** Names of canaries that are found, with where. */
function search(): string[] {
  const { root } = stage.gateway.layout;
  const places: [string, Buffer][] = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path): [string, Buffer][] => {
      try {
        return [[path.slice(root.length), readFileSync(path)]];
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // Gone while this looked.
        throw error;
      }
    });
  assert.ok(places.length > 20, 'the data folder was read');
  places.push(['output', Buffer.from(stage.gateway.output())]);
  const found: string[] = [];
  for (const [name, secret] of canaries) {
    const wanted = forms(secret);
    for (const [path, content] of places) {
      if (wanted.some((form) => content.includes(form))) found.push(`${name} in ${path}`);
    }
  }
  return found;
}

const text = (word: string): string => `Content-Type: text/plain\r\n\r\n${word}\r\n`;

describe('secrets that go through the gateway', () => {
  it('the search itself finds what is there, in every encoding', () => {
    const secret = randomBytes(40);
    for (const prefix of ['', 'x', 'xy', 'xyz']) {
      const content = Buffer.from(
        Buffer.concat([Buffer.from(prefix), secret, Buffer.from('z')]).toString('base64'),
      );
      assert.ok(forms(secret).some((form) => content.includes(form)));
    }
  });

  it('mails: delivered, opened, encrypted, large, held, waiting for the next hop', async () => {
    const fields = `From: ${bob}\r\nSubject: ${planted('subject')}\r\nX-Note: ${planted('field')}\r\n`;
    await stage.incoming({ id: 'canary-passed', fields, entity: text(planted('passed-on')) });
    const opened = await stage.incoming({
      id: 'canary-opened',
      entity: pkcs7(stage.encrypted(text(planted('opened'))), 'enveloped-data'),
    });
    assert.equal(statusOf(opened), 'decrypted');
    const large = `${text(planted('large'))}${`${'y'.repeat(70)}\r\n`.repeat(LARGE_OCTETS / 72)}`;
    await stage.incoming({ id: 'canary-large', entity: pkcs7(stage.encrypted(large), 'enveloped-data') });
    const out = `From: ${alice}\r\nTo: ${bob}\r\nSubject: out\r\nMessage-ID: <canary-out@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n${planted('encrypted')}\r\n`;
    await submit(stage.gateway.insidePort, { from: alice, to: [bob], mail: out });
    await stage.gateway.arrival(bob);

    let deep = text(planted('held'));
    for (let i = 0; i < 200; i++) deep = `Content-Type: message/rfc822\r\n\r\n${deep}`;
    const hold = `From: ${bob}\r\nTo: ${alice}\r\nSubject: ${planted('held-subject')}\r\nMessage-ID: <canary-held@threats.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n${deep}`;
    const reply = await submit(stage.gateway.outsidePort, { from: bob, to: [alice], mail: hold });
    await stage.held(/(\S+\.\d+\.[0-9A-Z]{26})/.exec(reply)?.[1] ?? '');

    const wait = `From: ${bob}\r\nTo: ${queued}\r\nSubject: ${planted('queued-subject')}\r\nMessage-ID: <canary-queued@threats.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n${planted('queued')}\r\n`;
    await until(
      () =>
        submit(stage.gateway.outsidePort, { from: bob, to: [queued], mail: wait }).then(
          () => true,
          () => false,
        ),
      QUEUED_MS,
      () => 'the new domain is not taken',
    );
    await until(
      () => readdirSync(stage.gateway.layout.queueReady).length > 0,
      QUEUED_MS,
      () => 'nothing in the queue',
    );
    assert.deepEqual(search(), []);
  });

  it('keys and passwords: imported PKCS#12 and OpenPGP, generated and exported ones', async () => {
    const password = planted('p12-password');
    const pkcs12 = openssl.run([
      'pkcs12',
      '-export',
      '-in',
      'cert.pem',
      '-inkey',
      'key.pem',
      '-passout',
      `pass:${password}`,
    ]);
    plantKey('imported', readFileSync(join(openssl.folder, 'key.pem')));
    const wrong = planted('wrong-password');
    await assert.rejects(importFile('dora.p12', pkcs12, wrong));
    const report = await importFile('dora.p12', pkcs12, password);
    assert.ok(
      report.entries.some(({ what, outcome }) => what === 'private-key' && outcome === 'imported'),
      JSON.stringify(report),
    );

    const passphrase = planted('passphrase');
    gnupg.run([
      '--passphrase',
      passphrase,
      '--quick-generate-key',
      `Emil <${emil}>`,
      'rsa2048',
      'default',
      'never',
    ]);
    const secretKey = gnupg.run(['--passphrase', passphrase, '--armor', '--export-secret-keys', emil]);
    const locked = await readPrivateKey({ armoredKey: secretKey.toString() });
    const open = await decryptKey({ privateKey: locked, passphrase });
    const { d, p } = (open.keyPacket as unknown as { privateParams: { d: Uint8Array; p: Uint8Array } })
      .privateParams;
    canaries.set('openpgp.d', Buffer.from(d).subarray(0, 64));
    canaries.set('openpgp.p', Buffer.from(p).subarray(0, 64));
    const pgp = await importFile('emil.asc', secretKey, passphrase);
    assert.ok(
      pgp.entries.some(({ outcome }) => outcome === 'imported'),
      JSON.stringify(pgp),
    );

    const own = await stage.gateway.admin.query<{ rows: { id: string; usage: string[] }[] }>(
      'certificates.list',
      {
        search: alice,
        kind: 'own',
      },
    );
    const exportPassword = planted('export-password');
    for (const { id, usage } of own.rows) {
      const file = await stage.gateway.admin.change<{ base64: string }>('certificates.exportPrivate', {
        id,
        password: exportPassword,
        reason: 'test',
      });
      openssl.file('own.p12', Buffer.from(file.base64, 'base64'));
      const pem = openssl.run([
        'pkcs12',
        '-in',
        'own.p12',
        '-nodes',
        '-nocerts',
        '-passin',
        `pass:${exportPassword}`,
      ]);
      plantKey(`generated-${usage.join('-')}`, pem);
    }
    assert.ok(canaries.size > 20, [...canaries.keys()].join());
    assert.deepEqual(search(), []);
  });

  it('PDF mail: made and chosen passwords, a code, and an answer given in the portal', async () => {
    const { gateway } = stage;
    const pdf = pdfStage(gateway);
    await pdf.setPolicy({ portalUrl: PUBLIC, secondFactor: 'mail' });
    const encrypt: RuleBook['rules'][number]['passes'][number]['actions'][number] = {
      do: 'encrypt',
      methods: ['pdf'],
      otherwise: 'hold',
      headers: 'copied',
    };
    await pdf.publish([
      { name: 'incoming', when: { direction: 'incoming' }, passes: [{ actions: [{ do: 'nothing' }] }] },
      { name: 'outgoing', when: { direction: 'outgoing' }, passes: [{ actions: [encrypt] }] },
    ]);
    const gina = 'gina@pdf.example';
    const id = await pdf.send({ to: [gina], subject: planted('pdf-subject'), body: planted('pdf-body') });
    const made = passwordIn(await pdf.noticeAbout(id), gina);
    canaries.set('pdf-password', Buffer.from(made));
    const reader = pdfPartner();
    const link = reader.link(pdfOf(await pdf.carrierFor(gina, id)), made).replace(PUBLIC, portalUrl);
    reader.remove();
    const post = (path: string, body: URLSearchParams | FormData, cookie = ''): Promise<Response> =>
      fetch(`${portalUrl}/${path}`, { method: 'POST', redirect: 'manual', headers: { cookie }, body });
    await fetch(link, { method: 'POST', body: new URLSearchParams({ password: planted('pdf-wrong') }) });
    const asked = await fetch(link, { method: 'POST', body: new URLSearchParams({ password: made }) });
    const pending = /name="pending" value="([^"]+)"/.exec(await asked.text())?.[1] ?? '';
    const code = /(\d{4} \d{4})/.exec(
      textOf(await gateway.arrival(gina, (m) => !m.text.includes('application/pdf'))),
    )?.[1];
    const signedIn = await post('code', new URLSearchParams({ pending, code: code ?? '' }));
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    canaries.set('portal-session', Buffer.from(cookie.slice(cookie.indexOf('=') + 1, 80)));
    const page = await (await fetch(`${portalUrl}/reply`, { headers: { cookie } })).text();
    const field = (name: string): string =>
      new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1] ?? '';
    const form = new FormData();
    for (const name of ['token', 'submission']) form.set(name, field(name));
    form.set('message', planted('portal-answer'));
    form.append('file', new Blob([planted('portal-file')]), `${planted('portal-name')}.txt`);
    assert.equal((await post('reply', form, cookie)).headers.get('location'), './sent');
    await gateway.arrival(alice, (m) => m.sender === gina);
    const chosen = planted('pdf-chosen');
    const change = new URLSearchParams({ token: field('token'), password: chosen, again: chosen });
    assert.equal((await post('password', change, cookie)).status, 200);
    assert.deepEqual(search(), []);
  });

  it('the first password of the operator is printed once and stored nowhere', () => {
    const printed = /password (\S+) \(shown only now\)/.exec(stage.gateway.output())?.[1];
    assert.ok(printed);
    canaries.set('first-password', Buffer.from(printed));
    assert.deepEqual(search(), ['first-password in output']);
  });

  it('nor is anything found after a clean end', async () => {
    await stage.gateway.stop();
    canaries.delete('first-password');
    assert.deepEqual(search(), []);
  });
});
