/** What an opened mail is, and what is said of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ClassifiedMail, Version } from '#domain/mail/line.ts';
import { octetsOf } from '#domain/mail/octets.ts';
import { parseMime } from '#domain/mime/tree.ts';
import type { FactsAnswer } from '#node/protect/facts.ts';
import type { LinePorts } from '#node/protect/line-ports.ts';
import { openMail } from '#node/protect/open.ts';

const alice = 'alice@example.org';
const bob = 'bob@partner.example';
let folder: string;
const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealgate-open-'));
  const names = ['-subj', '/CN=Bob', '-addext', `subjectAltName=email:${bob}`];
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    ...names,
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** As alice gets it: opaque-signed by bob, whose certificate is trusted. */
async function opened(entity: string): Promise<Version> {
  writeFileSync(join(folder, 'entity'), entity);
  const form = ['-binary', '-nodetach', '-outform', 'DER'];
  const der = openssl('cms', '-sign', '-in', 'entity', '-signer', 'cert.pem', '-inkey', 'key.pem', ...form);
  const base64 = der.toString('base64').replace(/.{76}/g, '$&\r\n');
  const fields = `From: ${bob}\r\nSubject: outer\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n`;
  const octets = octetsOf(Buffer.from(`${fields}\r\n${base64}\r\n`));
  const parsed = parseMime(octets);
  assert.ok(parsed.kind === 'continue');
  const session = { receivedAtMs: 0 };
  const rest = { header: { session }, facts: { zone: 'outside' }, from: bob };
  const mail = { octets, entity: parsed.mail, ...rest } as unknown as ClassifiedMail;
  const recipient = { address: alice, isOurs: true, decryptCertificates: [], decryptOpenPgp: [] };
  const identity = { name: 'Bob', addresses: [bob], fingerprint: 'f', issuer: null, claimedAtMs: null };
  const ports = { settings: { layout: { scratch: folder } }, ask: async () => ({ problem: null, identity }) };
  const facts = { recipients: [recipient] } as unknown as FactsAnswer;
  const version = (await openMail(mail, facts, [], ports as unknown as LinePorts)).versions.get(alice);
  assert.ok(version);
  return version;
}

const textOf = (version: Version): string => Buffer.concat([...version.octets.chunks()]).toString();

describe('an opened mail', () => {
  it('has whole line ends only, whatever was in the envelope (threat 25)', async () => {
    const version = await opened('Content-Type: text/plain\r\n\r\none\n.\nMAIL FROM:<x>\rtwo\r\n');
    assert.ok(version.opened);
    assert.match(textOf(version), /\r\n\r\none\r\n\.\r\nMAIL FROM:<x>\r\ntwo\r\n$/);
    assert.equal(version.octets.slice(version.entity.bodyStart, version.entity.end)[3], 0x0d);
  });

  it('is green when the signer, the From outside and the one inside agree', async () => {
    const { verdict } = await opened(`From: ${bob}\r\nContent-Type: text/plain; hp="clear"\r\n\r\nhello\r\n`);
    assert.deepEqual([verdict.signature, verdict.problem], ['valid', null]);
  });

  for (const inside of ['From: director@partner.example', `From: ${bob}\r\nFrom: director@partner.example`]) {
    it(`is not green with another From inside (threat 11): ${inside.split('\r\n').length}`, async () => {
      const version = await opened(`${inside}\r\nContent-Type: text/plain; hp="clear"\r\n\r\nhello\r\n`);
      assert.deepEqual(
        [version.verdict.signature, version.verdict.problem],
        ['not-verified', 'address-mismatch'],
      );
      assert.ok(!textOf(version).includes('director@'));
    });
  }
});
