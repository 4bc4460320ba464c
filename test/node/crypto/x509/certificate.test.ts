/** Reading certificates: OpenSSL's and made ones; bound addresses (threats 6, 13); names; bundles; hostile octets. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate as NodeCertificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type DerNode,
  encodeDer,
  ia5String,
  implicit,
  octetString,
  sequence,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { readCertificateBundle } from '#node/crypto/x509/certificate-bundle.ts';
import { readCrl } from '#node/crypto/x509/crl.ts';
import { issueCrl } from '#node/crypto/x509/crl-writer.ts';
import { nameText } from '#node/crypto/x509/distinguished-name.ts';
import { addressesOf, allowsMailUsage, bindsAddress } from '#node/crypto/x509/mail-usage.ts';
import { X509Error } from '#node/crypto/x509/x509-error.ts';
import {
  extension,
  inFolder,
  make,
  NOW,
  openssl,
  pem,
  person,
  rfc822,
  root,
  type Shape,
  smtpUtf8,
  softwareSigner,
} from './made-certificate.ts';

const bound = (shape: Shape): string[] => addressesOf(make(shape).certificate);
const named = (...names: readonly DerNode[]): Shape => ({
  more: [extension(OID.subjectAltName, sequence(...names))],
});

describe('the addresses of a certificate', () => {
  it('are its mail names, the domain in lower case', () => {
    assert.deepEqual(bound({ mail: ['Alice@Example.ORG', 'b@example.org', 'b@example.org'] }), [
      'Alice@example.org',
      'b@example.org',
    ]);
  });
  it('of the world stand in SmtpUTF8Mailbox only (RFC 9598)', () => {
    assert.deepEqual(bound(named(smtpUtf8('δοκιμή@example.org'))), ['δοκιμή@example.org']);
    assert.deepEqual(bound(named(smtpUtf8('alice@example.org'))), []);
    assert.deepEqual(bound(named(rfc822('d\u00e9@example.org'))), []);
  });
  it('that are odd in any way bind nothing (threat 13)', () => {
    for (const odd of [
      ' alice@example.org',
      'alice@example.org ',
      'alice@example.org\0',
      'alice@example.org\0.attacker.example',
      'alice@example.org\r\n',
      'Alice <alice@example.org>',
      '<alice@example.org>',
      'alice@example.org,bob@example.org',
      'alice@@example.org',
      '"alice"@example.org',
      'alice(x)@example.org',
      'alice',
      '@example.org',
      '',
    ]) {
      assert.deepEqual(bound({ mail: [odd] }), [], JSON.stringify(odd));
    }
  });
  it('a bad one does not hide a good one', () => {
    assert.deepEqual(bound({ mail: ['a@example.org\0', 'b@example.org'] }), ['b@example.org']);
  });
  it("are those of the subject's emailAddress only where there is no mail name", () => {
    assert.deepEqual(bound({ email: 'old@example.org' }), ['old@example.org']);
    assert.deepEqual(bound({ email: 'ceo@example.org', mail: ['x@example.net'] }), ['x@example.net']);
    assert.deepEqual(bound({ email: 'ceo@example.org', mail: ['odd one@example.net'] }), []);
    const dns = named(implicit(2, ia5String('example.org')));
    assert.deepEqual(bound({ email: 'old@example.org', ...dns }), ['old@example.org']);
  });
  it('match an address whatever its case in ASCII, and nothing else', () => {
    const { certificate } = make({ mail: ['Alice@Example.ORG'] });
    assert.equal(bindsAddress(certificate, 'alice@example.org'), true);
    assert.equal(bindsAddress(certificate, 'alice@example.org.'), false);
    assert.equal(bindsAddress(certificate, 'alic\u0435@example.org'), false);
  });
});

describe('a certificate', () => {
  it('made by OpenSSL is read as Node reads it', () => {
    inFolder((folder) => {
      const der = join(folder, 'c.der');
      const extensions = [
        'subjectAltName=email:alice@example.org,otherName:1.2.3.4;UTF8:x,DNS:example.org',
        'keyUsage=critical,digitalSignature,nonRepudiation',
        'extendedKeyUsage=emailProtection',
        'crlDistributionPoints=URI:http://ca.example.org/a.crl',
        'authorityInfoAccess=OCSP;URI:http://ocsp.example.org/,caIssuers;URI:http://ca.example.org/ca.cer',
        'certificatePolicies=1.2.3.4,2.23.140.1.5.1.3',
      ].flatMap((text) => ['-addext', text]);
      const subject = '/C=DE/O=Beispiel GmbH/CN=Alice, "A\\/B"';
      const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, 'k.pem')];
      openssl(
        'req',
        '-x509',
        ...key,
        '-subj',
        subject,
        '-days',
        '30',
        '-utf8',
        ...extensions,
        '-outform',
        'DER',
        '-out',
        der,
      );
      const octets = readFileSync(der);
      const ours = readCertificate(octets);
      const theirs = new NodeCertificate(octets);
      assert.equal(ours.sha256, theirs.fingerprint256.replaceAll(':', '').toLowerCase());
      assert.equal(ours.serial, theirs.serialNumber.toLowerCase());
      assert.equal(ours.notAfterMs, Date.parse(theirs.validTo));
      assert.equal(ours.notBeforeMs, Date.parse(theirs.validFrom));
      assert.equal(nameText(ours.subject), 'CN=Alice\\, \\"A/B\\", O=Beispiel GmbH, C=DE');
      assert.deepEqual(addressesOf(ours), ['alice@example.org']);
      assert.deepEqual([...ours.extensions.keyUsage!], ['digitalSignature', 'nonRepudiation']);
      assert.deepEqual(ours.extensions.crlUrls, ['http://ca.example.org/a.crl']);
      assert.deepEqual(ours.extensions.ocspUrls, ['http://ocsp.example.org/']);
      assert.deepEqual(ours.extensions.issuerUrls, ['http://ca.example.org/ca.cer']);
      assert.deepEqual(ours.extensions.policies, ['1.2.3.4', '2.23.140.1.5.1.3']);
      assert.equal(ours.isSignedBy(ours), true);
      assert.equal(allowsMailUsage(ours, 'sign'), true);
      assert.equal(allowsMailUsage(ours, 'encrypt'), false);
    });
  });
  for (const [name, args] of [
    ['RSA-PSS', ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32']],
    ['ECDSA P-521', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521', '-sha512']],
    ['Brainpool', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1']],
    ['Ed25519', ['-newkey', 'ed25519']],
  ] as const) {
    it(`signed with ${name} is verified`, () => {
      inFolder((folder) => {
        const der = join(folder, 'c.der');
        openssl(
          'req',
          '-x509',
          ...args,
          '-nodes',
          '-keyout',
          join(folder, 'k'),
          '-subj',
          '/CN=x',
          '-outform',
          'DER',
          '-out',
          der,
        );
        const certificate = readCertificate(readFileSync(der));
        assert.equal(certificate.isSignedBy(certificate), true, certificate.signatureAlgorithm.name);
      });
    });
  }
  it('shows its name without control characters (threat 31)', () => {
    const { certificate } = make({ name: 'Alice\r\nBcc: x\u202e\0' });
    assert.equal(nameText(certificate.subject), 'CN=Alice??Bcc: x??');
  });
  it('compares names without regard to case and white space (RFC 5280 §7.1)', () => {
    const one = make({ name: 'Test  CA ' }).certificate.subject.key;
    assert.equal(one, make({ name: 'test ca' }).certificate.subject.key);
    assert.notEqual(one, make({ name: 'testca' }).certificate.subject.key);
  });
});

describe('a bundle of certificates', () => {
  const ca = root();
  const alice = person(ca);
  const both = [ca.certificate.sha256, alice.certificate.sha256];
  const found = (octets: Uint8Array): string[] =>
    readCertificateBundle(octets).map((entry) =>
      entry.ok ? entry.certificate.sha256 : `bad ${entry.entry}`,
    );
  it('is PEM, with anything between the blocks', () => {
    const text = `subject=x\n${pem(ca.certificate.der)}\r\nfoo: bar\n${pem(alice.certificate.der)}`;
    assert.deepEqual(found(Buffer.from(text)), both);
    assert.deepEqual(found(Buffer.from(text.replaceAll('\n', '\r\n'))), both);
  });
  it('is DER', () => assert.deepEqual(found(alice.certificate.der), [alice.certificate.sha256]));
  it('is P7B, binary or PEM, as OpenSSL writes it', () => {
    inFolder((folder) => {
      const path = (name: string): string => join(folder, name);
      writeFileSync(path('all.pem'), pem(ca.certificate.der) + pem(alice.certificate.der));
      for (const form of ['DER', 'PEM']) {
        openssl('crl2pkcs7', '-nocrl', '-certfile', path('all.pem'), '-outform', form, '-out', path('p7b'));
        assert.deepEqual(found(readFileSync(path('p7b'))), both);
      }
    });
  });
  it('reports each bad entry and keeps the good ones (K6)', () => {
    const text = pem(ca.certificate.der) + pem(Buffer.from('garbage')) + pem(alice.certificate.der);
    assert.deepEqual(found(Buffer.from(text)), [both[0], 'bad 2', both[1]]);
  });
  it('that holds none is refused', () => {
    const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    for (const none of ['', 'hello', key as string]) {
      assert.throws(() => found(Buffer.from(none)), X509Error, JSON.stringify(none));
    }
    const notSigned = encodeDer(sequence(octetString(Buffer.from('x'))));
    assert.deepEqual(found(notSigned), ['bad 1']);
  });
});

describe('hostile octets', () => {
  it('are refused with X509Error and nothing else, whatever was changed', async () => {
    const ca = root();
    const line = { serial: '4a', reason: 'keyCompromise', revokedAt: NOW, notAfter: NOW } as const;
    const dates = { thisUpdateMs: NOW, nextUpdateMs: NOW + 1000, number: 1 };
    const crl = await issueCrl({ issuer: ca.certificate, lines: [line], ...dates }, softwareSigner(ca.key));
    const alice = person(ca, { more: [extension(OID.nameConstraints, sequence(), true)] });
    const uses = [
      (octets: Uint8Array) => addressesOf(readCertificate(octets)),
      (octets: Uint8Array) => readCrl(octets).find(Buffer.from([0x4a])),
      (octets: Uint8Array) => readCertificateBundle(octets),
    ];
    const change = fc.record({ at: fc.nat(), octet: fc.nat(255), cut: fc.nat(3) });
    const property = fc.property(
      fc.constantFrom(alice.certificate.der, crl),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...uses),
      (original, changes, use) => {
        const octets = Buffer.from(original);
        for (const { at, octet } of changes) octets[at % octets.length] = octet;
        const end = changes[0]!.cut === 0 ? changes[0]!.at % octets.length : octets.length;
        try {
          use(octets.subarray(0, end));
        } catch (error) {
          assert.ok(error instanceof X509Error, String(error));
        }
      },
    );
    fc.assert(property, { seed: 13, numRuns: 5_000 });
  });
});
