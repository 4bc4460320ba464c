/** CRLs: ours read by OpenSSL, OpenSSL's read by us, and what they say about a certificate. */
import assert from 'node:assert/strict';
import { randomBytes, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RevokedSerial } from '#domain/certificates/authority.ts';
import {
  bitString,
  boolean,
  type DerNode,
  encodeDer,
  explicit,
  implicit,
  integer,
  sequence,
  time,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { readCrl } from '#node/crypto/x509/crl.ts';
import { CrlStore } from '#node/crypto/x509/crl-store.ts';
import { issueCrl } from '#node/crypto/x509/crl-writer.ts';
import { writeSignatureAlgorithm } from '#node/crypto/x509/signature-algorithm.ts';
import {
  DAY,
  extension,
  inFolder,
  NOW,
  openssl,
  opensslVerdict,
  pem,
  person,
  root,
  softwareSigner,
} from './made-certificate.ts';

const ca = root();
const alice = person(ca);
const bob = person(ca, { name: 'Bob', mail: ['bob@example.org'] });
const line = (serial: string, change: Partial<RevokedSerial> = {}): RevokedSerial => ({
  serial,
  reason: 'unspecified',
  revokedAt: NOW - DAY,
  notAfter: NOW + DAY,
  ...change,
});
const issue = (lines: readonly RevokedSerial[], thisUpdateMs = NOW, number = 1) =>
  issueCrl(
    { issuer: ca.certificate, lines, number, thisUpdateMs, nextUpdateMs: thisUpdateMs + 7 * DAY },
    softwareSigner(ca.key),
  );
const storeOf = (...ders: readonly Uint8Array[]): CrlStore => {
  const store = new CrlStore();
  for (const der of ders) assert.equal(store.add(readCrl(der), ca.certificate), true);
  return store;
};
const ask = (store: CrlStore, who = alice, atMs = NOW) =>
  store.checkAt(atMs)(who.certificate, ca.certificate);

describe('a CRL of ours', () => {
  it('is what OpenSSL judges by', async () => {
    const crl = await issue([line(alice.certificate.serial, { reason: 'keyCompromise' })]);
    const roots = [ca.certificate];
    const verdict = (leaf: typeof alice) => opensslVerdict({ leaf: leaf.certificate, roots, crl });
    assert.match(verdict(alice), /certificate revoked/);
    assert.equal(verdict(bob), 'OK');
  });
  it('has version 2, a number, the key identifier, and a reason for each line', async () => {
    const crl = await issue([line('4a0b0c', { reason: 'superseded' }), line('00ff')], NOW, 300);
    const shown = inFolder((folder) => {
      const file = join(folder, 'crl.pem');
      writeFileSync(file, pem(crl, 'X509 CRL'));
      writeFileSync(join(folder, 'ca.pem'), pem(ca.certificate.der));
      return openssl('crl', '-in', file, '-noout', '-text', '-CAfile', join(folder, 'ca.pem'));
    });
    assert.match(shown, /Version 2/);
    assert.match(shown, /CRL Number:\s+300/);
    assert.match(shown, /Authority Key Identifier/);
    assert.match(shown, /Serial Number: 4A0B0C\s+Revocation Date: Jan 14 00:00:00 2030 GMT[^S]+Superseded/);
    assert.match(shown, /Serial Number: FF\s/);
  });
  it('reads back', async () => {
    const crl = readCrl(
      await issue([line('4a0b0c', { reason: 'affiliationChanged' }), line('ff')], NOW, 255),
    );
    assert.equal(crl.entryCount, 2);
    assert.equal(crl.number, 'ff');
    assert.equal(crl.thisUpdateMs, NOW);
    assert.equal(crl.nextUpdateMs, NOW + 7 * DAY);
    assert.deepEqual(crl.find(Buffer.from('4a0b0c', 'hex')), {
      revokedAtMs: NOW - DAY,
      reason: 'affiliationChanged',
    });
    assert.equal(crl.find(Buffer.from('00ff', 'hex'))?.reason, 'unspecified');
    assert.equal(crl.find(Buffer.from('01', 'hex')), null);
    assert.equal(readCrl(await issue([])).entryCount, 0);
  });
  it('with 20,000 lines is read and indexed in milliseconds', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => {
      const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]).toString('hex');
      return line(serial, i % 2 ? { reason: 'superseded' } : {});
    });
    const der = await issue(lines);
    readCrl(der);
    const started = performance.now();
    const crl = readCrl(der);
    const elapsed = performance.now() - started;
    assert.equal(crl.entryCount, 20_000);
    assert.ok(crl.find(Buffer.from(lines[19_999]!.serial, 'hex')));
    assert.ok(elapsed < 500, `${elapsed} ms`); // About 5; a busy machine must not fail the test.
  });
});

describe("another authority's CRL", () => {
  it('made by OpenSSL is read and verified', () => {
    inFolder((folder) => {
      const path = (name: string): string => join(folder, name);
      writeFileSync(path('index.txt'), '');
      writeFileSync(path('number'), '0a\n');
      writeFileSync(path('ca.cnf'), caConfiguration(folder));
      const subject = '/O=Other/CN=Other CA';
      openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        path('ca.key'),
        '-out',
        path('ca.pem'),
        '-subj',
        subject,
        '-days',
        '30',
      );
      openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        path('a.key'),
        '-out',
        path('a.pem'),
        '-subj',
        '/CN=A',
        '-set_serial',
        '0x1234',
      );
      openssl('ca', '-config', path('ca.cnf'), '-revoke', path('a.pem'), '-crl_reason', 'keyCompromise');
      openssl('ca', '-config', path('ca.cnf'), '-gencrl', '-out', path('crl.pem'));
      openssl('crl', '-in', path('crl.pem'), '-outform', 'DER', '-out', path('crl.der'));
      openssl('x509', '-in', path('ca.pem'), '-outform', 'DER', '-out', path('ca.der'));
      const crl = readCrl(readFileSync(path('crl.der')));
      const issuer = readCertificate(readFileSync(path('ca.der')));
      assert.equal(crl.isSignedBy(issuer), true);
      assert.equal(crl.isSignedBy(ca.certificate), false);
      assert.equal(crl.find(Buffer.from([0x12, 0x34]))?.reason, 'keyCompromise');
      assert.equal(crl.number, 'a');
    });
  });
});

const caConfiguration = (folder: string): string => `[ca]
default_ca = d
[d]
database = ${folder}/index.txt
crlnumber = ${folder}/number
certificate = ${folder}/ca.pem
private_key = ${folder}/ca.key
default_md = sha256
default_crl_days = 7
crl_extensions = e
[e]
authorityKeyIdentifier = keyid
`;

describe('what CRLs say about a certificate', () => {
  it('good, revoked, or unknown without a list', async () => {
    assert.equal(ask(new CrlStore()), 'unknown');
    const store = storeOf(await issue([line(alice.certificate.serial)]));
    assert.equal(ask(store, alice), 'revoked');
    assert.equal(ask(store, bob), 'good');
  });
  it('an outdated list leaves it unknown, but what it revoked stays revoked', async () => {
    const store = storeOf(await issue([line(alice.certificate.serial)]));
    assert.equal(ask(store, bob, NOW + 8 * DAY), 'unknown');
    assert.equal(ask(store, alice, NOW + 8 * DAY), 'revoked');
    assert.equal(ask(store, bob, NOW - DAY), 'unknown');
  });
  it('the later list counts, in whatever order they come', async () => {
    const before = await issue([line(alice.certificate.serial)], NOW - DAY, 1);
    const after = await issue([], NOW, 2);
    assert.equal(ask(storeOf(before, after)), 'good');
    assert.equal(ask(storeOf(after, before)), 'good');
  });
  it('a list of another key, or by a CA that must not sign lists, is not taken', async () => {
    const stranger = root();
    const store = new CrlStore();
    assert.equal(store.add(readCrl(await issue([])), stranger.certificate), false);
    const noCrl = root({ key: ca.key, usage: ['keyCertSign'] });
    assert.equal(store.add(readCrl(await issue([])), noCrl.certificate), false);
  });
  it('a list with a limited scope says nothing beyond it', () => {
    const scope = (...fields: DerNode[]) =>
      extension(OID.issuingDistributionPoint, sequence(...fields), true);
    const verdict = (...extensions: ReturnType<typeof extension>[]) => ask(storeOf(bareCrl(extensions)));
    assert.equal(verdict(scope(implicit(1, boolean(true)))), 'good'); // users
    assert.equal(verdict(scope(implicit(2, boolean(true)))), 'unknown'); // authorities
    assert.equal(verdict(scope(implicit(3, bitString(Buffer.from([0x40]), 6)))), 'unknown'); // some reasons
    assert.equal(verdict(scope(implicit(4, boolean(true)))), 'unknown'); // indirect
    assert.equal(verdict(extension(OID.deltaCrlIndicator, integer(1), true)), 'unknown');
    assert.equal(verdict(extension('1.3.6.1.4.1.99999.1', integer(1), true)), 'unknown');
  });
});

/** Signed by `ca`, with the extensions given and no lines. */
function bareCrl(extensions: readonly ReturnType<typeof extension>[]): Uint8Array {
  const algorithm = writeSignatureAlgorithm({ scheme: 'ecdsa', hash: 'sha256' });
  const tbs = encodeDer(
    sequence(
      integer(1),
      algorithm,
      ca.certificate.subject.der,
      time(NOW - DAY),
      time(NOW + DAY),
      explicit(0, sequence(...extensions)),
    ),
  );
  return encodeDer(sequence(tbs, algorithm, bitString(sign('sha256', tbs, ca.key))));
}
