/**
 * Both directions with `openssl cms`: every algorithm of the table that it knows.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { WEAK_CIPHERS } from '#domain/policy/rule-book.ts';
import { wholeOf } from '#node/crypto/cms/content.ts';
import type { ContentAlgorithm } from '#node/crypto/cms/content-cipher.ts';
import { envelop } from '#node/crypto/cms/envelope.ts';
import type { SendTransport } from '#node/crypto/cms/key-transport.ts';
import { signDetached, signOpaque } from '#node/crypto/cms/sign.ts';
import type { SignatureScheme } from '#node/keys/port.ts';
import { contentOf, MAIL, open, read, request } from './messages.ts';
import { People, type PersonKind } from './people.ts';

const people = new People();
writeFileSync(people.path('mail'), MAIL);

const SCHEMES: [PersonKind, SignatureScheme, string][] = [
  ['rsa-2048', { scheme: 'rsa-pkcs1', hash: 'sha256' }, 'RSA with SHA-256'],
  ['rsa-2048', { scheme: 'rsa-pkcs1', hash: 'sha384' }, 'RSA with SHA-384'],
  ['rsa-3072', { scheme: 'rsa-pkcs1', hash: 'sha512' }, 'RSA with SHA-512'],
  ['rsa-2048', { scheme: 'rsa-pss', hash: 'sha256', saltBytes: 32 }, 'RSA-PSS with SHA-256'],
  ['rsa-3072', { scheme: 'rsa-pss', hash: 'sha512', saltBytes: 20 }, 'RSA-PSS with SHA-512'],
  ['p-256', { scheme: 'ecdsa', hash: 'sha256' }, 'ECDSA with SHA-256'],
  ['p-384', { scheme: 'ecdsa', hash: 'sha384' }, 'ECDSA with SHA-384'],
  ['p-521', { scheme: 'ecdsa', hash: 'sha512' }, 'ECDSA with SHA-512'],
  ['brainpool-256', { scheme: 'ecdsa', hash: 'sha256' }, 'ECDSA with SHA-256'],
];

describe('signatures made here', () => {
  for (const [kind, scheme, text] of SCHEMES) {
    it(`are verified by openssl: ${kind}, ${text}`, async () => {
      const person = people.person(kind);
      const asked = { ...request(person, scheme), otherCertificates: [people.caDer] };
      writeFileSync(people.path('p7s'), await signDetached(contentOf(MAIL).chunks(), asked));
      people.openssl('cms -verify -binary -inform DER -in p7s -content mail -CAfile ca.pem -out out');
      assert.deepEqual(readFileSync(people.path('out')), MAIL);
      const opaque = wholeOf(await signOpaque(contentOf(MAIL, 11), asked));
      writeFileSync(people.path('p7m'), opaque);
      people.openssl('cms -verify -binary -inform DER -in p7m -CAfile ca.pem -out out');
      assert.deepEqual(readFileSync(people.path('out')), MAIL);
      const report = read(opaque);
      assert.equal(report.problem, null);
      assert.deepEqual(report.content, MAIL);
    });
  }
});

describe('separate certificates for signature and encryption', () => {
  it('are both sent, and the second is named for answers (RFC 8551 §2.5.3)', async () => {
    const [signer, answers] = [people.person('p-256'), people.person('rsa-2048').certificate];
    const asked = {
      ...request(signer, { scheme: 'ecdsa', hash: 'sha256' }),
      otherCertificates: [answers.der, people.caDer, answers.der],
      encryptionCertificate: answers,
    } as const;
    const cms = await signDetached([MAIL], asked);
    writeFileSync(people.path('p7s'), cms);
    people.openssl('cms -verify -binary -inform DER -in p7s -content mail -CAfile ca.pem -out out');
    const report = read(cms, MAIL);
    assert.equal(report.problem, null);
    assert.equal(report.certificates.length, 3, 'each certificate once');
    assert.equal(report.signers[0]?.encryptionCertificate?.sha256, answers.sha256);
    assert.equal(report.signers[0]?.certificate?.sha256, signer.certificate.sha256);
  });
});

describe('what openssl 3.0 has not in CMS', () => {
  it('Ed25519: the signature over the attributes is right by openssl pkeyutl (RFC 8419)', async () => {
    const person = people.person('ed25519');
    const asked = { ...request(person, { scheme: 'ed25519' }), otherCertificates: [people.caDer] };
    let signed: Uint8Array = new Uint8Array(0);
    const sign: typeof asked.sign = (scheme, tbs) => {
      signed = tbs;
      return asked.sign(scheme, tbs);
    };
    const cms = await signDetached(contentOf(MAIL).chunks(), { ...asked, sign });
    writeFileSync(people.path('tbs'), signed);
    writeFileSync(people.path('value'), cms.subarray(-64));
    people.openssl('pkeyutl -verify -rawin -pubin -inkey ed25519.pub -in tbs -sigfile value');
    const report = read(cms, MAIL);
    assert.equal(report.problem, null);
    assert.deepEqual(report.signers[0]?.algorithms, ['SHA-512', 'Ed25519']);
  });

  it('X25519: opens what was encrypted here (RFC 8418)', async () => {
    const person = people.person('x25519');
    const { certificate } = person;
    const recipients = [{ certificate, transport: 'rsa-pkcs1', namedBy: 'issuer-and-serial' }] as const;
    const cms = wholeOf(envelop(contentOf(MAIL), { recipients, algorithm: 'aes-256-gcm' }));
    const opened = await open(people, person, cms);
    assert.equal(opened.outcome, 'opened');
    assert.deepEqual(opened.content, MAIL);
    assert.deepEqual(opened.algorithms, ['AES-256-GCM', 'ECDH-HKDF, AES-256 key wrap']);
  });
});

const OPENSSL_SIGN: [PersonKind, string, string][] = [
  ['rsa-2048', '-md sha256', 'RSA with SHA-256'],
  ['rsa-2048', '-md sha224', 'RSA with SHA-224'],
  ['rsa-3072', '-md sha512', 'RSA with SHA-512'],
  ['rsa-2048', '-md sha256 -keyopt rsa_padding_mode:pss', 'RSA-PSS with SHA-256'],
  ['rsa-2048', '-md sha384 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:48', 'RSA-PSS with SHA-384'],
  ['p-256', '-md sha256', 'ECDSA with SHA-256'],
  ['p-384', '-md sha384', 'ECDSA with SHA-384'],
  ['p-521', '-md sha512', 'ECDSA with SHA-512'],
  ['dsa', '-md sha256', 'DSA with SHA-256'],
  ['rsa-2048', '-md sha256 -keyid', 'RSA with SHA-256'],
];

describe('signatures made by openssl', () => {
  for (const [kind, options, text] of OPENSSL_SIGN) {
    it(`are verified here: ${kind} ${options}`, () => {
      const sign = `cms -sign -binary -in mail -signer ${kind}.pem -inkey ${kind}.key ${options} -outform DER`;
      people.person(kind);
      const detached = read(people.openssl(sign), MAIL);
      assert.equal(detached.problem, null);
      assert.equal(detached.embedded, false);
      assert.ok(detached.signers[0]?.algorithms.includes(text), detached.signers[0]?.algorithms.join());
      // OpenSSL 3.0 cannot write PSS parameters while streaming.
      const streamed = options.includes('pss') ? [] : ['-nodetach -stream', '-nodetach -stream -indef'];
      for (const more of ['-nodetach', ...streamed]) {
        const opaque = read(people.openssl(`${sign} ${more}`));
        assert.equal(opaque.problem, null, more);
        assert.deepEqual(opaque.content, MAIL);
      }
    });
  }

  it('name the signer and when', () => {
    const person = people.person('rsa-2048');
    const cms = people.openssl(
      'cms -sign -binary -in mail -signer rsa-2048.pem -inkey rsa-2048.key -outform DER',
    );
    const [signer] = read(cms, MAIL).signers;
    assert.equal(signer?.certificate?.sha256, person.certificate.sha256);
    assert.ok(Math.abs((signer?.signingTimeMs ?? 0) - Date.now()) < 60_000);
    assert.ok((signer?.capabilities?.length ?? 0) > 3);
  });
});

const ENVELOPES: [PersonKind, SendTransport, ContentAlgorithm][] = [
  ['rsa-2048', 'rsa-pkcs1', 'aes-256-cbc'],
  ['rsa-3072', 'rsa-pkcs1', 'aes-192-cbc'],
  ['rsa-2048', 'rsa-pkcs1', 'aes-128-cbc'],
  ['rsa-2048', 'rsa-oaep-sha1', 'aes-256-cbc'],
  ['rsa-2048', 'rsa-oaep-sha256', 'aes-256-cbc'],
  ['rsa-3072', 'rsa-oaep-sha512', 'aes-256-cbc'],
  ['p-256', 'rsa-pkcs1', 'aes-256-cbc'],
  ['p-384', 'rsa-pkcs1', 'aes-192-cbc'],
  ['p-521', 'rsa-pkcs1', 'aes-128-cbc'],
  ['brainpool-256', 'rsa-pkcs1', 'aes-256-cbc'],
  ['rsa-2048', 'rsa-pkcs1', 'aes-256-gcm'],
  ['rsa-2048', 'rsa-oaep-sha256', 'aes-128-gcm'],
  ['p-256', 'rsa-pkcs1', 'aes-256-gcm'],
];

describe('messages encrypted here', () => {
  for (const [kind, transport, algorithm] of ENVELOPES) {
    for (const namedBy of ['issuer-and-serial', 'subject-key-id'] as const) {
      it(`are opened by openssl: ${kind} ${transport} ${algorithm} ${namedBy}`, async () => {
        const person = people.person(kind);
        const recipients = [{ certificate: person.certificate, transport, namedBy }];
        const content = envelop(contentOf(MAIL, 13), { recipients, algorithm });
        const cms = wholeOf(content);
        assert.deepEqual(wholeOf(content), cms, 'walked over again, the same');
        writeFileSync(people.path('p7m'), cms);
        people.openssl(`cms -decrypt -inform DER -in p7m -recip ${kind}.pem -inkey ${kind}.key -out out`);
        assert.deepEqual(readFileSync(people.path('out')), MAIL);
        const opened = await open(people, person, cms);
        assert.equal(opened.outcome, 'opened');
        assert.equal(opened.authenticated, algorithm.endsWith('gcm'));
        assert.deepEqual(opened.content, MAIL);
        assert.deepEqual(opened.weak, []);
      });
    }
  }

  it('are opened by each of several recipients', async () => {
    const kinds: PersonKind[] = ['rsa-2048', 'p-256', 'rsa-3072'];
    const recipients = kinds.map((kind) => ({
      certificate: people.person(kind).certificate,
      transport: 'rsa-pkcs1' as const,
      namedBy: 'issuer-and-serial' as const,
    }));
    const cms = wholeOf(envelop(contentOf(MAIL), { recipients, algorithm: 'aes-256-cbc' }));
    writeFileSync(people.path('p7m'), cms);
    for (const kind of kinds) {
      people.openssl(`cms -decrypt -inform DER -in p7m -recip ${kind}.pem -inkey ${kind}.key -out out`);
      assert.deepEqual(readFileSync(people.path('out')), MAIL);
      assert.deepEqual((await open(people, people.person(kind), cms)).content, MAIL);
    }
    assert.equal((await open(people, people.person('p-384'), cms)).outcome, 'no-key');
  });
});

const OPENSSL_ENCRYPT: [PersonKind, string, string[], string[]][] = [
  ['rsa-2048', '-aes-256-cbc', ['AES-256-CBC', 'RSA'], []],
  ['rsa-2048', '-aes-192-cbc -keyid', ['AES-192-CBC', 'RSA'], []],
  ['rsa-3072', '-aes-128-cbc -stream', ['AES-128-CBC', 'RSA'], []],
  ['rsa-1024', '-aes-256-cbc', ['AES-256-CBC', 'RSA'], ['RSA-1024']],
  ['rsa-2048', '-aes-256-cbc -keyopt rsa_padding_mode:oaep', ['AES-256-CBC', 'RSA-OAEP with SHA-1'], []],
  [
    'rsa-2048',
    '-aes-256-cbc -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256',
    ['AES-256-CBC', 'RSA-OAEP with SHA-256'],
    [],
  ],
  [
    'rsa-2048',
    '-aes-256-cbc -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha512 -keyopt rsa_mgf1_md:sha1',
    ['AES-256-CBC', 'RSA-OAEP with SHA-512'],
    [],
  ],
  ['p-256', '-aes-256-cbc', ['AES-256-CBC', 'ECDH, AES-256 key wrap'], []],
  ['p-384', '-aes-128-cbc -keyid', ['AES-128-CBC', 'ECDH, AES-128 key wrap'], []],
  ['p-521', '-aes-256-cbc -keyopt ecdh_kdf_md:sha512', ['AES-256-CBC', 'ECDH, AES-256 key wrap'], []],
  ['p-256', '-aes-256-cbc -keyopt ecdh_cofactor_mode:1', ['AES-256-CBC', 'ECDH, AES-256 key wrap'], []],
  ['brainpool-256', '-aes-256-cbc', ['AES-256-CBC', 'ECDH, AES-256 key wrap'], []],
  ['rsa-2048', '-aes-256-gcm', ['AES-256-GCM', 'RSA'], []],
  ['p-256', '-aes-128-gcm -stream', ['AES-128-GCM', 'ECDH, AES-128 key wrap'], []],
  ['rsa-2048', '-aes-192-gcm -indef', ['AES-192-GCM', 'RSA'], []],
];

describe('messages encrypted by openssl', () => {
  for (const [kind, options, algorithms, weak] of OPENSSL_ENCRYPT) {
    it(`are opened here: ${kind} ${options}`, async () => {
      const person = people.person(kind);
      const command =
        options.includes('-keyopt') || options.includes('-keyid') ? `-recip ${kind}.pem` : `${kind}.pem`;
      const [cipher, ...others] = options.split(' ');
      const args = command.startsWith('-recip')
        ? [
            'cms',
            '-encrypt',
            '-binary',
            '-in',
            'mail',
            '-outform',
            'DER',
            cipher as string,
            ...command.split(' '),
            ...others,
          ]
        : [
            'cms',
            '-encrypt',
            '-binary',
            '-in',
            'mail',
            '-outform',
            'DER',
            cipher as string,
            ...others,
            command,
          ];
      const opened = await open(people, person, people.run(args));
      assert.equal(opened.outcome, 'opened');
      assert.deepEqual(opened.content, MAIL);
      assert.deepEqual(opened.algorithms, algorithms);
      assert.deepEqual(opened.weak, weak);
      assert.equal(opened.keyId, kind);
    });
  }

  for (const [cipher, name] of [
    ['-des3', '3DES'],
    ['-rc2-40', 'RC2-40'],
    ['-rc2-64', 'RC2-64'],
    ['-rc2-128', 'RC2-128'],
    ['-des', 'DES'],
    ['-rc4', 'RC4'],
  ] as const) {
    it(`are opened by the switch for old ciphers only: ${cipher}`, async () => {
      const person = people.person('rsa-2048');
      const legacy = ['-provider', 'legacy', '-provider', 'default'];
      const args = ['cms', '-encrypt', '-binary', '-in', 'mail', '-outform', 'DER', cipher, ...legacy];
      const cms = people.run([...args, person.certificatePem]);
      const refused = await open(people, person, cms);
      assert.deepEqual([refused.outcome, refused.reason], ['failed', 'weak-cipher']);
      assert.equal(refused.content.length, 0);
      const opened = await open(people, person, cms, { weakCiphers: WEAK_CIPHERS });
      assert.equal(opened.outcome, 'opened');
      assert.deepEqual(opened.content, MAIL);
      assert.deepEqual(opened.weak, [name]);
    });
  }
});
