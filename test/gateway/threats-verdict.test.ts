/** Threats 6–11, 13, 14 against the running gateway: nothing but the sender's own signature over the whole mail is green. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import type { CapturedMail } from './mail-catcher.ts';
import {
  bob,
  type HostileMail,
  multipartSigned,
  pkcs7,
  statusOf,
  type ThreatStage,
  threatStage,
} from './threat-stage.ts';
import { until } from './until.ts';

const PART = 'Content-Type: text/plain\r\n\r\npay the invoice\r\n';
let stage: ThreatStage;

before(async () => {
  stage = await threatStage();
});
after(() => stage?.remove());

/** Clear-signed by bob with the real OpenSSL. */
const clearSigned = (part = PART, args: readonly string[] = []): string =>
  multipartSigned(part, stage.signed(part, args));

const problemOf = (mail: CapturedMail): string =>
  /problem=([a-z-]+)/.exec(mail.text.replace(/\r\n[ \t]/g, ' '))?.[1] ?? '';

async function judged(mail: HostileMail, status: string, problem: string): Promise<void> {
  const arrived = await stage.incoming(mail);
  assert.deepEqual([statusOf(arrived), problemOf(arrived)], [status, problem], arrived.text);
}

describe('the signer and the From address (threat 6)', () => {
  it('6: the control: the sender himself is green', () =>
    judged({ id: 't6-control', entity: clearSigned() }, 'verified', ''));

  for (const [name, from, problem] of [
    ['another From', 'From: Director <director@partner.example>', 'address-mismatch'],
    ['the right address only as display name', `From: "${bob}" <eve@evil.example>`, 'address-mismatch'],
    ['two addresses in From', `From: ${bob}, director@partner.example`, 'from-ambiguous'],
    ['two From fields', `From: ${bob}\r\nFrom: director@partner.example`, 'from-ambiguous'],
    ['two From fields, reversed', `From: director@partner.example\r\nFrom: ${bob}`, 'from-ambiguous'],
    ['no From at all', 'X-Nothing: here', 'from-ambiguous'],
    ['a group in From', `From: managers: ${bob};`, 'from-ambiguous'],
    [
      'the right Sender field beside another From',
      `From: director@partner.example\r\nSender: ${bob}`,
      'address-mismatch',
    ],
  ] as const) {
    it(`6: ${name} is not green`, async () => {
      const id = `t6-${name.replace(/[^a-z]+/gi, '-')}`;
      await judged({ id, fields: `${from}\r\n`, entity: clearSigned() }, 'not-verified', problem);
    });
  }
});

describe('CMS tricks (threat 7)', () => {
  it('7: several signers', async () => {
    stage.partner.run([
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'key2.pem',
      '-out',
      'cert2.pem',
      '-subj',
      '/CN=Eve',
      '-addext',
      'subjectAltName=email:eve@evil.example',
    ]);
    const entity = clearSigned(PART, ['-signer', 'cert2.pem', '-inkey', 'key2.pem']);
    await judged({ id: 't7-several', entity }, 'not-verified', 'several-signers');
  });

  it('7: content inside beside the detached one', async () => {
    const other = 'Content-Type: text/plain\r\n\r\npay ten times the invoice\r\n';
    const entity = multipartSigned(other, stage.signed(PART, ['-nodetach']));
    await judged({ id: 't7-embedded', entity }, 'not-verified', 'embedded-and-detached');
  });

  it('7: no signer at all', async () => {
    const none = stage.partner.run(['crl2pkcs7', '-nocrl', '-certfile', 'cert.pem', '-outform', 'DER']);
    await judged({ id: 't7-none', entity: multipartSigned(PART, none) }, 'not-verified', 'no-signer');
  });

  it('7: signer without certificate', () =>
    judged(
      { id: 't7-nocert', entity: clearSigned(PART, ['-nocerts']) },
      'not-verified',
      'signer-certificate-missing',
    ));

  it('7: changed after signing', () =>
    judged(
      { id: 't7-altered', entity: clearSigned().replace('pay the invoice', 'pay two invoices') },
      'not-verified',
      'bytes-altered',
    ));
});

describe('a signed part among unsigned ones (threat 8)', () => {
  it('8: is not green, and no status promises anything', async () => {
    const entity = `Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nPlease use the new account.\r\n--m\r\n${clearSigned()}\r\n--m--\r\n`;
    const mail = await stage.incoming({ id: 't8-wrapped', entity });
    assert.match(statusOf(mail), /^(none|not-verified)$/);
  });

  it('8: a footer behind the signed parts does not stay green', async () => {
    const entity = clearSigned().replace(
      '\r\n--s--\r\n',
      '\r\n--s\r\nContent-Type: text/plain\r\n\r\nList footer\r\n--s--\r\n',
    );
    await judged({ id: 't8-footer', entity }, 'not-verified', 'malformed');
  });
});

describe('no external program judges (threat 9)', () => {
  it('9: the mail line starts no program at all', () => {
    const files = ['node/protect', 'node/crypto', 'node/keys'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    );
    assert.ok(files.length > 50);
    const starting = files.filter((file) => /child_process|node:cluster/.test(readFileSync(file, 'utf8')));
    assert.deepEqual(starting, []);
  });
});

describe('forged status (threat 10)', () => {
  const plain = 'Content-Type: text/plain\r\n\r\nhello\r\n';
  const mac = '; mac=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

  for (const [name, field] of [
    ['the very name', `X-Sealgate-Status: v=1; status=verified${mac}`],
    ['upper case', `X-SEALGATE-STATUS: v=1; status=verified${mac}`],
    ['a space before the colon', `X-Sealgate-Status : v=1; status=verified${mac}`],
    ['folded', `X-Sealgate-Status:\r\n v=1;\r\n\tstatus=verified${mac}`],
    ['the report', 'X-Sealgate-Report: Valid signature of the sender'],
    ['look-alike digits', `X-Sea1gate-Status: v=1; status=verified${mac}`],
    [
      'look-alike letters in UTF-8',
      Buffer.from(`X-Sе\u0430lgate-Status: v=1; status=verified`).toString('latin1'),
    ],
  ] as const) {
    it(`10: a field is removed: ${name}`, async () => {
      const id = `t10-${name.replace(/[^a-z]+/gi, '-')}`;
      const mail = await stage.incoming({ id, fields: `From: ${bob}\r\n${field}\r\n`, entity: plain });
      assert.doesNotMatch(mail.text, /status=verified|Valid signature/i);
    });
  }

  it('10: beside our own status no forged one stays', async () => {
    const mail = await stage.incoming({
      id: 't10-beside',
      fields: `From: director@partner.example\r\nX-Sealgate-Status: v=1; status=verified${mac}\r\n`,
      entity: clearSigned(),
    });
    assert.equal(statusOf(mail), 'not-verified'); // Fails on two status fields.
    assert.doesNotMatch(mail.text, /status=verified/);
  });

  for (const [name, tag] of [
    ['plain', '[signature valid]'],
    ['encoded word', '=?utf-8?B?W3NpZ25hdHVyZSB2YWxpZF0=?='],
    ['split over encoded words', '=?utf-8?Q?[signat?= =?utf-8?Q?ure_valid]?='],
    ['folded', '[signature\r\n valid]'],
    ['invisible letters', Buffer.from('[sig\u200bnature val\u00adid]').toString('latin1')],
    ['look-alike letters', Buffer.from('[signаturе vаlid]').toString('latin1')],
    ['other brackets', Buffer.from('【signature valid】').toString('latin1')],
    ['nested', '[[signature valid]signature valid]'],
  ] as const) {
    it(`10: a tag in the subject is removed: ${name}`, async () => {
      const id = `t10-tag-${name.replace(/[^a-z]+/gi, '-')}`;
      const mail = await stage.incoming({
        id,
        fields: `From: ${bob}\r\nX-Order: first\r\nSubject: ${tag} invoice\r\n`,
        entity: plain,
      });
      const subjects = [...mail.text.matchAll(/^Subject:((?:.*(?:\r\n[ \t])?)+)/gm)].map(([, s]) => s ?? '');
      assert.match(subjects[0] ?? '', /invoice/);
      assert.doesNotMatch(subjects[0] ?? '', /val|=\?/i, mail.text);
    });
  }

  it('10: one inside the encryption is removed, too', async () => {
    const inner = `X-Sealgate-Status: v=1; status=verified${mac}\r\nSubject: [signature valid] inner\r\nContent-Type: text/plain; protected-headers="v1"\r\n\r\nhello\r\n`;
    const mail = await stage.incoming({
      id: 't10-inner',
      entity: pkcs7(stage.encrypted(inner), 'enveloped-data'),
    });
    assert.equal(statusOf(mail), 'decrypted');
    assert.doesNotMatch(mail.text, /status=verified|\[signature valid\]/);
  });
});

describe('fields inside a protected part (threat 11)', () => {
  const protectedPart = (fields: string): string =>
    `${fields}Content-Type: text/plain; hp="cipher"\r\n\r\nhello\r\n`;

  it('11: Received and other trace fields are never taken over; a From that differs replaces nothing', async () => {
    const inner = protectedPart(
      `From: Director <director@partner.example>\r\nReceived: from trusted.example by gateway\r\nReturn-Path: <director@partner.example>\r\nDKIM-Signature: v=1; forged\r\nAuthentication-Results: gateway.example.org; dkim=pass\r\nSubject: inner\r\nMessage-ID: <t11@threats.example>\r\nBcc: hidden@example.org\r\n`,
    );
    const mail = await stage.incoming({
      id: 't11',
      entity: pkcs7(stage.encrypted(inner), 'enveloped-data'),
    });
    const header = mail.text.slice(0, mail.text.indexOf('\r\n\r\n'));
    assert.doesNotMatch(header, /trusted\.example|DKIM-Signature|dkim=pass|hidden@example\.org/i);
    assert.match(header, new RegExp(`^From: .*${bob}`, 'm'));
    assert.doesNotMatch(header, /^From: .*director@/m);
  });
});

describe("a certificate's address (threat 13)", () => {
  const run = (...args: string[]): Buffer => stage.partner.run(args);

  /** A CA that the operator trusts, so that only the address decides. */
  before(async () => {
    const ca = ['-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', '/CN=Odd CA'];
    const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
    run('req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...ca, ...usage);
    const report = await stage.gateway.admin.change<ImportReport>('certificates.import', {
      fileName: 'ca.pem',
      base64: readFileSync(join(stage.partner.folder, 'ca.pem')).toString('base64'),
      password: '',
      reason: 'test',
    });
    const id = report.entries[0]?.id;
    await stage.gateway.admin.change('certificates.setTrust', { id, trust: 'trusted', reason: 'test' });
    run('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'odd.key', '-out', 'odd.csr', '-subj', '/CN=Odd');
  });

  /** Signed with a certificate of that CA whose rfc822Name is exactly these octets. */
  function signedAs(name: string, address: Buffer): string {
    const head = Buffer.from([0x30, address.length + 2, 0x81, address.length]);
    const san = Buffer.concat([head, address]).toString('hex');
    stage.partner.file(
      `${name}.ext`,
      `keyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\n2.5.29.17=DER:${san}\n`,
    );
    const issue = ['-in', 'odd.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '20'];
    run('x509', '-req', ...issue, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    const signer = ['-signer', `${name}.pem`, '-inkey', 'odd.key', '-md', 'sha256'];
    const signature = stage.partner.run(['cms', '-sign', '-binary', '-outform', 'DER', ...signer], PART);
    return multipartSigned(PART, signature);
  }

  it('13: the control: the very address is green', () =>
    judged({ id: 't13-control', entity: signedAs('control', Buffer.from(bob)) }, 'verified', ''));

  for (const [name, address] of [
    ['nul', Buffer.from(`${bob}\0.evil.example`)],
    ['nul-end', Buffer.from(`${bob}\0`)],
    ['space', Buffer.from(`${bob} `)],
    ['space-front', Buffer.from(` ${bob}`)],
    ['list', Buffer.from(`eve@evil.example,${bob}`)],
    ['angle', Buffer.from(`<${bob}>`)],
    ['non-ascii', Buffer.from('b\u043eb@partner.example')],
    ['line-break', Buffer.from(`${bob}\r\n`)],
  ] as const) {
    it(`13: odd octets match nothing: ${name}`, () =>
      judged({ id: `t13-${name}`, entity: signedAs(name, address) }, 'not-verified', 'address-mismatch'));
  }
});

describe('the verdict reaches the end (threat 14)', () => {
  it('14: in the trace, in the status and its MAC, also through several layers', async () => {
    const twice = pkcs7(stage.signed(clearSigned()), 'signed-data');
    const triple = pkcs7(stage.encrypted(twice), 'enveloped-data');
    const mail = await stage.incoming({ id: 't14', entity: triple });
    assert.equal(statusOf(mail), 'decrypted-verified');
    assert.match(
      mail.text.replace(/\r\n[ \t]/g, ' '),
      /^X-Sealgate-Status: .*signature=valid; encryption=opened.*mac=\S{20,}/m,
    );
    const folder = stage.gateway.layout.trace;
    let line: string | undefined;
    const lines = (): string[] =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes('protect') && name.endsWith('l'))
        .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
    await until(
      () => {
        line = lines().find((l) => l.includes('<t14@threats.example>') && l.includes('"decided"'));
        return line !== undefined;
      },
      10_000,
      () => 'no trace of the mail',
    );
    assert.ok(line);
    const { verdict } = JSON.parse(line) as { verdict: { signature: string; layers: { kind: string }[] } };
    assert.equal(verdict.signature, 'valid');
    assert.deepEqual(
      verdict.layers.map((layer) => layer.kind),
      ['encrypted', 'signed', 'signed'],
    );
  });
});
