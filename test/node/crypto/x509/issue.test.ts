/** Issuing by our own authority: what OpenSSL reads in it, what it verifies, what we refuse to issue (K12). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sequence } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import { CertificatePool } from '#node/crypto/x509/certificate-pool.ts';
import { issueCrl } from '#node/crypto/x509/crl-writer.ts';
import {
  issueMailCertificate,
  issueRoot,
  type MailCertificateRequest,
} from '#node/crypto/x509/issue-certificate.ts';
import { breachesOfMailProfile, breachesOfRootProfile } from '#node/crypto/x509/mail-profile.ts';
import { addressesOf } from '#node/crypto/x509/mail-usage.ts';
import { findPath } from '#node/crypto/x509/path-builder.ts';
import {
  extension,
  inFolder,
  make,
  NOW,
  openssl,
  opensslVerdict,
  pem,
  publicDer,
  root,
  softwareSigner,
} from './made-certificate.ts';

const keys: Record<string, KeyObject> = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  ed25519: generateKeyPairSync('ed25519').privateKey,
  x25519: generateKeyPairSync('x25519').privateKey,
};

const rootOf = (key: KeyObject, atMs = NOW): Promise<X509Certificate> =>
  issueRoot(
    {
      commonName: 'Example Mail CA',
      organization: 'Example Ltd',
      country: 'NL',
      publicKey: publicDer(key),
      validityDays: 3650,
      atMs,
    },
    softwareSigner(key),
  );

const request = (issuer: X509Certificate, change: Partial<MailCertificateRequest> = {}) => ({
  issuer,
  address: 'alice@example.org',
  publicKey: publicDer(keys.rsa!),
  usage: 'sign' as const,
  validityDays: 365,
  atMs: NOW,
  crlUrl: 'http://gateway.example.org/ca.crl',
  ...change,
});

const text = (certificate: X509Certificate): string =>
  inFolder((folder) => {
    const file = join(folder, 'c.pem');
    writeFileSync(file, pem(certificate.der));
    return openssl('x509', '-in', file, '-noout', '-text', '-nameopt', 'RFC2253');
  });

describe('an authority of our own', () => {
  for (const type of ['rsa', 'P-256', 'P-384', 'ed25519']) {
    it(`signs with ${type}, for every kind of key; OpenSSL verifies it, strictly`, async () => {
      const key = keys[type]!;
      const ca = await rootOf(key);
      for (const [subject, usage] of [
        ['rsa', 'sign'],
        ['rsa', 'encrypt'],
        ['P-256', 'both'],
        ['ed25519', 'sign'],
        ['x25519', 'encrypt'],
      ] as const) {
        const publicKey = publicDer(keys[subject]!);
        const leaf = await issueMailCertificate(request(ca, { publicKey, usage }), softwareSigner(key));
        const purpose = usage === 'sign' ? ('smimesign' as const) : ('smimeencrypt' as const);
        // OpenSSL 3.0 lets only keyEncipherment encrypt mail, not the keyAgreement of curves.
        const asked = subject === 'rsa' || usage === 'sign' ? { purpose } : {};
        assert.equal(opensslVerdict({ leaf, roots: [ca], strict: true, ...asked }), 'OK');
        const found = findPath(leaf, {
          anchors: new CertificatePool([ca]),
          intermediates: new CertificatePool(),
          usage: usage === 'both' ? 'encrypt' : usage,
          atMs: NOW,
          revocation: () => 'good',
        });
        assert.equal(found.ok, true);
      }
    });
  }

  it('is trusted by NSS for signing and receiving mail', async () => {
    const ca = await rootOf(keys.rsa!, Date.now());
    const atMs = Date.now();
    const issue = (usage: 'sign' | 'encrypt') =>
      issueMailCertificate(request(ca, { usage, atMs }), softwareSigner(keys.rsa!));
    const [signs, encrypts] = [await issue('sign'), await issue('encrypt')];
    inFolder((folder) => {
      const certutil = (...args: readonly string[]): string =>
        execFileSync('certutil', ['-d', folder, ...args], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      certutil('-N', '--empty-password');
      for (const [name, { der }, trust] of [
        ['ca', ca, ',C,'],
        ['signs', signs, ',,'],
        ['encrypts', encrypts, ',,'],
      ] as const) {
        writeFileSync(join(folder, 'c.der'), der);
        certutil('-A', '-n', name, '-t', trust, '-i', join(folder, 'c.der'));
      }
      assert.match(certutil('-V', '-n', 'signs', '-u', 'S'), /certificate is valid/);
      assert.match(certutil('-V', '-n', 'encrypts', '-u', 'R'), /certificate is valid/);
      assert.throws(() => certutil('-V', '-n', 'encrypts', '-u', 'S'));
    });
  });

  it('is self-signed, confined to certificates and CRLs', async () => {
    const shown = text(await rootOf(keys.rsa!));
    assert.match(shown, /Issuer: CN=Example Mail CA,O=Example Ltd,C=NL\n/);
    assert.match(shown, /Subject: CN=Example Mail CA,O=Example Ltd,C=NL\n/);
    assert.match(shown, /Basic Constraints: critical\s+CA:TRUE\s/);
    assert.match(shown, /Key Usage: critical\s+Certificate Sign, CRL Sign\s/);
    assert.match(shown, /Not Before: Jan 14 23:00:00 2030 GMT\s+Not After : Jan 12 22:59:59 2040 GMT/);
  });

  it('issues what the S/MIME profile asks for', async () => {
    const ca = await rootOf(keys.rsa!);
    const leaf = await issueMailCertificate(request(ca), softwareSigner(keys.rsa!));
    const shown = text(leaf);
    assert.match(shown, /Version: 3 /);
    assert.match(shown, /Subject: CN=alice@example.org\n/);
    assert.match(shown, /Key Usage: critical\s+Digital Signature\s/);
    assert.match(shown, /Extended Key Usage:\s+E-mail Protection\s/);
    assert.match(shown, /Subject Alternative Name:\s+email:alice@example.org\s/);
    assert.match(shown, /Certificate Policies:\s+Policy: 2.23.140.1.5.1.3\s/);
    assert.match(shown, /CRL Distribution Points:\s+Full Name:\s+URI:http:\/\/gateway.example.org\/ca.crl/);
    assert.match(shown, /Authority Key Identifier/);
    assert.match(shown, /Subject Key Identifier/);
    assert.deepEqual(addressesOf(leaf), ['alice@example.org']);
    const serials = new Set([leaf.serial]);
    for (let i = 0; i < 20; i++) {
      serials.add((await issueMailCertificate(request(ca), softwareSigner(keys.rsa!))).serial);
    }
    assert.equal(serials.size, 21);
    assert.ok([...serials].every((serial) => serial.length === 32));
  });

  it('separates signature and encryption (S4)', async () => {
    const ca = await rootOf(keys['P-256']!);
    const usage = async (change: Partial<MailCertificateRequest>) => {
      const made = await issueMailCertificate(request(ca, change), softwareSigner(keys['P-256']!));
      return [...(made.extensions.keyUsage ?? [])];
    };
    assert.deepEqual(await usage({ usage: 'sign' }), ['digitalSignature']);
    assert.deepEqual(await usage({ usage: 'encrypt' }), ['keyEncipherment']);
    const publicKey = publicDer(keys['P-384']!);
    assert.deepEqual(await usage({ usage: 'encrypt', publicKey }), ['keyAgreement']);
    assert.deepEqual(await usage({ usage: 'both', publicKey }), ['digitalSignature', 'keyAgreement']);
  });

  it('binds an address of the world by SmtpUTF8Mailbox (RFC 9598)', async () => {
    const ca = await rootOf(keys['P-256']!);
    const leaf = await issueMailCertificate(
      request(ca, { address: 'δοκιμή@example.org' }),
      softwareSigner(keys['P-256']!),
    );
    assert.deepEqual(addressesOf(leaf), ['δοκιμή@example.org']);
    assert.equal(opensslVerdict({ leaf, roots: [ca] }), 'OK');
  });

  it('does not outlive itself', async () => {
    const ca = await rootOf(keys['P-256']!);
    const late = request(ca, { atMs: ca.notAfterMs - 86_400_000 });
    const leaf = await issueMailCertificate(late, softwareSigner(keys['P-256']!));
    assert.equal(leaf.notAfterMs, ca.notAfterMs);
  });

  it('refuses to issue what breaks the profile, before anything is signed', async () => {
    const ca = await rootOf(keys['P-256']!);
    let signatures = 0;
    const counting = async () => {
      signatures += 1;
      return new Uint8Array(1);
    };
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    const brainpool = generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).privateKey;
    const bad: [Partial<MailCertificateRequest>, RegExp][] = [
      [{ validityDays: 826 }, /more than 825 days/],
      [{ address: 'alice' }, /no mail address/],
      [{ address: 'Alice <alice@example.org>' }, /no mail address/],
      [{ address: 'alice@example.org\0' }, /no mail address/],
      [{ crlUrl: 'ldap://x' }, /no CRL address/],
      [{ publicKey: publicDer(weak) }, /too weak/],
      [{ publicKey: publicDer(brainpool) }, /unusual kind/],
      [{ publicKey: publicDer(keys.x25519!), usage: 'sign' }, /does not fit the key/],
      [{ publicKey: publicDer(keys.ed25519!), usage: 'encrypt' }, /does not fit the key/],
      [{ atMs: ca.notAfterMs + 7_200_000 }, /expired before it is issued/],
    ];
    for (const [change, reason] of bad) {
      const issued = issueMailCertificate(request(ca, change), counting);
      await assert.rejects(issued, (error: Error & { code: string }) => {
        assert.equal(error.code, 'profile-violation');
        assert.match(error.message, reason);
        return true;
      });
    }
    assert.equal(signatures, 0);
  });

  it('does not give out a certificate that another key has signed', async () => {
    const ca = await rootOf(keys['P-256']!);
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const rejected = { code: 'profile-violation' };
    await assert.rejects(issueMailCertificate(request(ca), softwareSigner(stranger)), rejected);
    const crl = { issuer: ca, lines: [], number: 1, thisUpdateMs: NOW, nextUpdateMs: NOW + 1 };
    await assert.rejects(issueCrl(crl, softwareSigner(stranger)), rejected);
    const name = { commonName: 'X', organization: 'Y', country: 'NL', validityDays: 3650, atMs: NOW };
    const other = issueRoot({ ...name, publicKey: publicDer(keys['P-256']!) }, softwareSigner(stranger));
    await assert.rejects(other, rejected);
  });
});

describe('the check against the profile', () => {
  it('sees each fault in a certificate from elsewhere', () => {
    const ca = root();
    const flawed = make({
      issuer: ca,
      name: 'Alice',
      ca: true,
      usage: ['keyCertSign'],
      extendedUsage: [OID.serverAuth],
      mail: ['alice@example.org', 'not an address'],
      keyIds: false,
      notAfter: NOW + 900 * 86_400_000,
      more: [extension('1.3.6.1.4.1.99999.1', sequence(), true)],
    });
    const breaches = breachesOfMailProfile(flawed.certificate, ca.certificate, NOW);
    for (const expected of [
      'valid for more than 825 days',
      'dated back by more than 48 hours',
      'outlives its authority',
      'authority key identifier is not that of the authority',
      'not for mail protection',
      'for more than mail',
      'a person must not be a CA',
      'no policy of the mailbox-validated profile',
      'no CRL address',
      'subject with more than the mailbox',
      'an alternative name that is not a mailbox',
      'key usage does not fit the key',
      'an unknown critical extension',
    ]) {
      assert.ok(breaches.includes(expected), `${expected}: not in ${breaches.join('; ')}`);
    }
  });
  it('sees each fault in a root', () => {
    const breaches = breachesOfRootProfile(root().certificate);
    assert.deepEqual(breaches, ['validity of 8 to 25 years', 'subject without CN, O and C']);
  });
});
