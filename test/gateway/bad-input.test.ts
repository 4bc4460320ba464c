/**
 * Bad input through the running gateway: each a clear error to the right person, nothing lost, the process alive.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { submit } from './submit.ts';
import {
  alice,
  bob,
  multipartSigned,
  pkcs7,
  shownText,
  statusOf,
  type ThreatStage,
  threatStage,
} from './threat-stage.ts';
import { until } from './until.ts';

const PART = 'Content-Type: text/plain\r\n\r\nhello\r\n';
const WAIT_MS = 20_000;
let stage: ThreatStage;

before(async () => {
  stage = await threatStage();
});
after(() => stage?.remove());

function importFile(fileName: string, file: Buffer, password = ''): Promise<ImportReport> {
  const base64 = file.toString('base64');
  return stage.gateway.admin.change('certificates.import', { fileName, base64, password, reason: 'test' });
}

const run = (...args: string[]): Buffer => stage.partner.run(args);
const read = (name: string): Buffer => readFileSync(join(stage.partner.folder, name));

/** A self-signed certificate `<name>.pem`; of 0 days it ends in this second. */
function certificate(name: string, extension: string, days: number): void {
  const usage = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment';
  stage.partner.file(`${name}.ext`, `${usage}\n${extension}\n`);
  run(
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'odd.key',
    '-out',
    'odd.csr',
    '-subj',
    `/CN=${name}`,
  );
  const files = ['-in', 'odd.csr', '-signkey', 'odd.key', '-extfile', `${name}.ext`, '-out', `${name}.pem`];
  run('x509', '-req', '-days', String(days), ...files);
}

/** PKCS#12 with the password `right-one`. */
function bobsFile(): Buffer {
  const given = ['-in', 'cert.pem', '-inkey', 'key.pem', '-passout', 'pass:right-one'];
  return run('pkcs12', '-export', ...given);
}

describe('an operator who imports', () => {
  it('an unreadable PKCS#12 file is told that it cannot be read', async () => {
    await assert.rejects(
      importFile('broken.p12', Buffer.concat([Buffer.from('3082', 'hex'), randomBytes(900)]), 'x'),
    );
    const whole = bobsFile();
    await assert.rejects(importFile('cut.p12', whole.subarray(0, whole.length - 200), 'right-one'));
    await assert.rejects(importFile('empty.p12', Buffer.from('0'), ''));
  });

  it('with a wrong password is told so, and with none that one is needed', async () => {
    const whole = bobsFile();
    await assert.rejects(importFile('bob.p12', whole, 'wrong-one'), /password/i);
    await assert.rejects(importFile('bob.p12', whole), /password/i);
  });

  it('a certificate without address is told that no mail will use it', async () => {
    certificate('noaddress', 'extendedKeyUsage=emailProtection', 30);
    const report = await importFile('noaddress.pem', read('noaddress.pem'));
    assert.match(report.entries[0]?.note ?? '', /address/i, JSON.stringify(report));
  });

  it('an expired certificate is told so, and no mail uses it', async () => {
    const address = 'late@partner.example';
    certificate('expired', `subjectAltName=email:${address}`, 0);
    const end = new X509Certificate(read('expired.pem')).validToDate.getTime();
    await until(
      () => Date.now() > end + 1000,
      WAIT_MS,
      () => 'still valid',
    );
    const report = await importFile('expired.pem', read('expired.pem'));
    assert.match(report.entries[0]?.note ?? '', /expired/i, JSON.stringify(report));
    const mail = `From: ${alice}\r\nTo: ${address}\r\nSubject: late\r\nMessage-ID: <late@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nfor late\r\n`;
    await submit(stage.gateway.insidePort, { from: alice, to: [address], mail });
    const returned = await stage.gateway.arrival(alice, (m) => m.text.includes(address));
    assert.match(returned.text, /^Status: 5\.7\.3/m);
    assert.ok(!shownText(returned).includes('for late'));
    assert.ok(!stage.gateway.delivered.some((m) => m.recipients.includes(address)));
  });

  it('text that is nothing at all is told that nothing was found', async () => {
    await assert.rejects(importFile('notes.txt', Buffer.from('Dear operator, here is nothing.')));
  });
});

describe('a mail that cannot be read', () => {
  it('truncated CMS arrives as it came, and the status says that it was not opened', async () => {
    const whole = stage.encrypted(PART);
    for (const octets of [10, 60, Math.floor(whole.length / 2), whole.length - 1]) {
      const mail = await stage.incoming({
        id: `cut-${octets}`,
        entity: pkcs7(whole.subarray(0, octets), 'enveloped-data'),
      });
      assert.equal(statusOf(mail), 'not-opened', `${octets} octets`);
    }
    const signature = stage.signed(PART, []);
    const mail = await stage.incoming({
      id: 'cut-signature',
      entity: multipartSigned(PART, signature.subarray(0, signature.length - 40)),
    });
    assert.equal(statusOf(mail), 'not-verified');
    assert.match(mail.text, /hello/);
  });

  it('an unknown algorithm is told, for encryption and for signatures', async () => {
    const rename = (der: Buffer, from: string, to: string): Buffer => {
      const at = der.indexOf(Buffer.from(from, 'hex'));
      assert.ok(at > 0);
      const out = Buffer.from(der);
      Buffer.from(to, 'hex').copy(out, at);
      return out;
    };
    const cipher = rename(stage.encrypted(PART), '060960864801650304012a', '06096086480165030401ff');
    const closed = await stage.incoming({ id: 'unknown-cipher', entity: pkcs7(cipher, 'enveloped-data') });
    assert.equal(statusOf(closed), 'not-opened');
    let signature = stage.signed(PART, []);
    for (let i = 0; i < 2; i++)
      signature = rename(signature, '0609608648016503040201', '06096086480165030402ee');
    const unsure = await stage.incoming({ id: 'unknown-digest', entity: multipartSigned(PART, signature) });
    assert.equal(statusOf(unsure), 'not-verified');
    assert.match(unsure.text, /hello/);
  });

  it('malformed MIME is delivered as it came or held, never lost', async () => {
    const broken = {
      'no-boundary': 'Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhello\r\n',
      unclosed:
        'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhello',
      'no-type': 'Content-Type: /;;;=\r\n\r\nhello\r\n',
      'bad-base64': 'Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!hello???\r\n',
      'header-only': 'X-Last: hello\r\n',
      nul: 'Content-Type: text/plain\r\n\r\nhel\0lo\r\n',
      'wrong-fields': ': no name\r\nno colon at all\r\n\r\nhello\r\n',
      'pgp-one-part':
        'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x--\r\n',
      'signed-one-part': 'Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x--\r\n',
    };
    for (const [name, entity] of Object.entries(broken)) {
      const id = `broken-${name}`;
      const mail = `From: ${bob}\r\nTo: ${alice}\r\nSubject: ${id}\r\nMessage-ID: <${id}@threats.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n${entity}`;
      const reply = await submit(stage.gateway.outsidePort, { from: bob, to: [alice], mail });
      const spoolId = /(\S+\.\d+\.[0-9A-Z]{26})/.exec(reply)?.[1] ?? '';
      assert.match(await stage.endOf(id, spoolId), /^delivered$|^malformed|^too-complex/, name);
    }
    assert.doesNotMatch(stage.gateway.output(), /process ended|did not survive/);
  });
});

describe('a wrong configuration', () => {
  const main = (config: string): { status: number | null; text: string } => {
    const file = join(stage.gateway.folder, 'wrong.yaml');
    writeFileSync(file, config);
    const end = spawnSync(process.execPath, ['node/main.ts', 'start', '--config', file], {
      encoding: 'utf8',
      timeout: WAIT_MS,
    });
    return { status: end.status, text: end.stderr };
  };

  it('names file and line, and nothing starts', () => {
    const unknown = main('node: test-gateway\nreceive:\n  listenerz: []\n');
    assert.equal(unknown.status, 2);
    assert.match(unknown.text, /wrong\.yaml:3: .*unknown key 'listenerz'/);
    const value = main('node: test-gateway\nweb:\n  address: 127.0.0.1\n  port: http\n');
    assert.equal(value.status, 2);
    assert.match(value.text, /wrong\.yaml:4: web\.port/);
    const syntax = main('node: test-gateway\nweb: {\n');
    assert.equal(syntax.status, 2);
    assert.match(syntax.text, /wrong\.yaml:\d+: /);
  });
});

describe('a mail that no rule is for', () => {
  it('goes back to its sender, who is told without detail', async () => {
    const { admin } = stage.gateway;
    const version = async (): Promise<number> =>
      (await admin.query<{ version: number }>('policy.state')).version;
    const rules = [
      {
        name: 'Incoming',
        when: { direction: 'incoming' },
        passes: [{ actions: [{ do: 'decrypt' }, { do: 'verify', tagSubject: false }] }],
      },
    ];
    await admin.change('policy.saveDraft', {
      book: { version: 1, commands: {}, rules },
      version: await version(),
    });
    await admin.change('policy.publish', { version: await version(), reason: 'test' });
    const mail = `From: ${alice}\r\nTo: ${bob}\r\nSubject: no rule\r\nMessage-ID: <norule@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nwithout a rule\r\n`;
    await submit(stage.gateway.insidePort, { from: alice, to: [bob], mail });
    const returned = await stage.gateway.arrival(alice, (m) => m.text.includes('norule@example.org'));
    assert.match(returned.text, /^Status: 5\.7\.1/m);
    assert.ok(!shownText(returned).includes('without a rule'));
    assert.doesNotMatch(shownText(returned), /no-rule|rule book/i);
  });
});
