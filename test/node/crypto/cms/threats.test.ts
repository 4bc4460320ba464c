/**
 * Threats 1, 7, 24 and 32 of CMS, and what policy says of algorithms.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { algorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import {
  type Der,
  encodeDer,
  explicit,
  integer,
  octetString,
  oid,
  sequence,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { cmsTypeOf } from '#node/crypto/cms/cms-type.ts';
import { readCompressed } from '#node/crypto/cms/compressed.ts';
import { wholeOf } from '#node/crypto/cms/content.ts';
import type { ContentAlgorithm } from '#node/crypto/cms/content-cipher.ts';
import { envelop } from '#node/crypto/cms/envelope.ts';
import { readSigned } from '#node/crypto/cms/read-signed.ts';
import { RecipientKeyError } from '#node/crypto/cms/recipient-info.ts';
import { signDetached, signOpaque } from '#node/crypto/cms/sign.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import type { SignatureScheme } from '#node/keys/port.ts';
import { contentOf, MAIL, open, read, request } from './messages.ts';
import { People, type Person } from './people.ts';

const people = new People();
writeFileSync(people.path('mail'), MAIL);
const alice = people.person('rsa-2048');
const bob = people.person('p-256');
const RSA: SignatureScheme = { scheme: 'rsa-pkcs1', hash: 'sha256' };
const BIG = Buffer.concat([MAIL, randomBytes(3 * 1024 * 1024)]); // More than waits in memory for its tag.

function enveloped(cipher: ContentAlgorithm, content: Uint8Array = MAIL, person: Person = alice): Buffer {
  const recipients = [
    { certificate: person.certificate, transport: 'rsa-pkcs1', namedBy: 'issuer-and-serial' },
  ] as const;
  return wholeOf(envelop(contentOf(content, 60_000), { recipients, algorithm: cipher }));
}

function flipped(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

describe('threat 1: ciphertext that was altered', () => {
  it('in CBC mode may open, and never counts as authenticated', async () => {
    const cms = enveloped('aes-256-cbc');
    const opened = await open(people, alice, flipped(cms, cms.length - 60));
    assert.equal(opened.outcome, 'opened');
    assert.equal(opened.authenticated, false);
    assert.notDeepEqual(opened.content, MAIL);
  });

  for (const [name, content] of [
    ['small', MAIL],
    ['large', BIG],
  ] as const) {
    it(`in GCM mode releases nothing at all: ${name}`, async () => {
      const cms = enveloped('aes-256-gcm', content);
      const right = await open(people, alice, cms, { pieceBytes: 50_000 });
      assert.equal(right.outcome, 'opened');
      assert.equal(Buffer.compare(right.content, content), 0);
      for (const at of [cms.length - 1, cms.length - 20, cms.length - MAIL.length]) {
        const opened = await open(people, alice, flipped(cms, at), { pieceBytes: 50_000 });
        assert.deepEqual([opened.outcome, opened.content.length], ['failed', 0]);
      }
    });
  }
});

describe('threat 7: tricks with signers', () => {
  const sign = 'cms -sign -binary -in mail -outform DER -signer rsa-2048.pem -inkey rsa-2048.key';

  it('several signers: each listed, none judged', () => {
    const cms = people.openssl(`${sign} -signer p-256.pem -inkey p-256.key -nodetach`);
    const report = read(cms);
    assert.equal(report.problem, 'several-signers');
    assert.deepEqual(
      report.signers.map(({ problem }) => problem),
      ['several-signers', 'several-signers'],
    );
    const who = report.signers.map(({ certificate }) => certificate?.sha256);
    assert.deepEqual(new Set(who), new Set([alice.certificate.sha256, bob.certificate.sha256]));
    assert.deepEqual(report.content, MAIL);
  });

  it('no signer', () => {
    const cms = people.openssl('crl2pkcs7 -nocrl -certfile rsa-2048.pem -certfile ca.pem -outform DER');
    const report = read(cms);
    assert.deepEqual(
      [report.problem, report.signers.length, report.certificates.length],
      ['no-signer', 0, 2],
    );
    assert.equal(read(cms, MAIL).problem, 'no-signer');
  });

  it('embedded content beside detached, though both are right', async () => {
    const cms = wholeOf(await signOpaque(contentOf(MAIL), request(alice, RSA)));
    assert.equal(read(cms).problem, null);
    assert.equal(read(cms, MAIL).problem, 'embedded-and-detached');
  });

  it('a detached signature where the content should be inside', async () => {
    assert.equal(read(await signDetached([MAIL], request(alice, RSA))).problem, 'malformed');
  });

  it('a signer without certificate, unless it is known here', () => {
    const cms = people.openssl(`${sign} -nocerts`);
    assert.equal(read(cms, MAIL).problem, 'signer-certificate-missing');
    const known = readSigned({ cms: [cms], detached: [MAIL], findCertificate: () => alice.certificate.der });
    assert.equal(known.problem, null);
    const other = readSigned({ cms: [cms], detached: [MAIL], findCertificate: () => bob.certificate.der });
    assert.notEqual(other.problem, null);
  });

  it('another certificate than the one that was signed for (RFC 5035)', async () => {
    const asked = request(alice, RSA);
    const certificate = Object.create(alice.certificate, { sha256: { value: bob.certificate.sha256 } });
    const cms = await signDetached([MAIL], { ...asked, certificate });
    assert.equal(read(cms, MAIL).problem, 'signer-certificate-missing');
  });

  it('octets that were altered: content, attributes, signature value', async () => {
    const cms = await signDetached([MAIL], request(alice, RSA));
    assert.equal(read(cms, MAIL).problem, null);
    assert.equal(read(cms, flipped(MAIL, 5)).problem, 'bytes-altered');
    assert.equal(read(cms, MAIL.subarray(1)).problem, 'bytes-altered');
    assert.equal(read(flipped(cms, cms.length - 1), MAIL).problem, 'bytes-altered');
    const digestAt = cms.lastIndexOf(encodeDer(oid(OID.messageDigest)));
    assert.equal(read(flipped(cms, digestAt + 20), MAIL).problem, 'bytes-altered');
    const timeAt = cms.indexOf(encodeDer(oid(OID.signingTime)));
    assert.equal(read(flipped(cms, timeAt + 18), MAIL).problem, 'bytes-altered');
  });

  it('no signed attributes', () => {
    assert.equal(read(people.openssl(`${sign} -noattr`), MAIL).problem, 'unsupported');
  });

  it('a content type other than the signed one', async () => {
    const cms = wholeOf(await signOpaque(contentOf(MAIL), request(alice, RSA)));
    const typeAt = cms.indexOf(encodeDer(oid(OID.data)));
    assert.equal(read(flipped(cms, typeAt + 10)).problem, 'bytes-altered');
  });
});

describe('algorithms that policy knows as old', () => {
  const sign = (kind: 'rsa-2048' | 'rsa-1024' | 'dsa', options: string) => {
    people.person(kind);
    const command = `cms -sign -binary -in mail -outform DER -signer ${kind}.pem -inkey ${kind}.key`;
    return read(people.openssl(`${command} ${options}`), MAIL);
  };

  it('SHA-1 is right and never valid', () => {
    const report = sign('rsa-2048', '-md sha1');
    assert.equal(report.problem, 'weak-algorithm');
    assert.deepEqual(report.signers[0]?.weak, ['SHA-1', 'RSA with SHA-1']);
  });

  it('MD5 is refused', () => {
    const report = sign('rsa-2048', '-md md5');
    assert.equal(report.problem, 'forbidden-algorithm');
    assert.ok(report.signers[0]?.weak.includes('MD5'));
  });

  it('RSA of 1,024 bits and DSA of 1,024 bits are named', () => {
    assert.deepEqual(sign('rsa-1024', '-md sha256').signers[0]?.weak, ['RSA-1024']);
    assert.deepEqual(sign('dsa', '-md sha256').signers[0]?.weak, ['DSA-1024']);
    assert.equal(sign('dsa', '-md sha1').problem, 'weak-algorithm');
  });

  it('RSA below 1,024 bits is refused, above 4,096 not tried', () => {
    const made = (bits: number) => {
      people.openssl(
        `req -x509 -newkey rsa:${bits} -nodes -keyout odd.key -out odd.pem -subj /CN=odd -days 3`,
      );
      const command = 'cms -sign -binary -in mail -outform DER -signer odd.pem -inkey odd.key -md sha256';
      return read(people.openssl(command), MAIL);
    };
    assert.equal(made(4104).problem, 'unsupported');
    assert.equal(made(768).problem, 'forbidden-algorithm');
    const certificate = readCertificate(people.openssl('x509 -in odd.pem -outform DER'));
    assert.throws(() => enveloped('aes-256-cbc', MAIL, { ...alice, certificate }), RecipientKeyError);
  });
});

describe('threat 24: CompressedData', () => {
  const compressed = (
    content: Uint8Array,
    scheme: string = OID.zlibCompress,
    wrap: (content: Uint8Array) => Der = octetString,
  ) =>
    encodeDer(
      sequence(
        oid(OID.compressedData),
        explicit(
          0,
          sequence(
            integer(0),
            algorithm(scheme, 'absent'),
            sequence(oid(OID.data), explicit(0, wrap(content))),
          ),
        ),
      ),
    );
  const unpack = async (cms: Uint8Array, bytesMax: number) => {
    const pieces: Buffer[] = [];
    const onContent = (piece: Uint8Array) => pieces.push(Buffer.from(piece));
    const report = await readCompressed({ cms: contentOf(cms).chunks(), bytesMax, onContent });
    return { ...report, content: Buffer.concat(pieces) };
  };

  it('is read', async () => {
    const cms = compressed(deflateSync(MAIL));
    assert.equal(cmsTypeOf([cms]), 'compressed');
    const report = await unpack(cms, MAIL.length);
    assert.deepEqual(
      [report.outcome, report.contentBytes, report.contentType],
      ['opened', MAIL.length, OID.data],
    );
    assert.deepEqual(report.content, MAIL);
  });

  it('is read in segments of indefinite length', async () => {
    const packed = deflateSync(MAIL);
    const parts = [packed.subarray(0, 30), packed.subarray(30), new Uint8Array(0)];
    const segments = parts.map((part) => encodeDer(octetString(part)));
    const report = await unpack(
      compressed(
        Buffer.concat([Buffer.from('2480', 'hex'), ...segments, Buffer.alloc(2)]),
        OID.zlibCompress,
        (raw) => raw,
      ),
      MAIL.length,
    );
    assert.equal(report.outcome, 'opened');
    assert.deepEqual(report.content, MAIL);
  });

  it('stops at the budget, whatever a bomb promises', async () => {
    const bomb = compressed(deflateSync(Buffer.alloc(200 * 1024 * 1024)));
    const report = await unpack(bomb, 1_000_000);
    assert.deepEqual([report.outcome, report.reason], ['failed', 'too-large']);
    assert.ok(report.content.length <= 1_000_000);
    assert.ok(report.contentBytes < 1_100_000);
  });

  it('is refused when it is broken, cut off, or of another algorithm', async () => {
    const packed = deflateSync(MAIL);
    for (const [cms, reason] of [
      [compressed(flipped(packed, 20)), 'malformed'],
      [compressed(packed.subarray(0, -3)), 'malformed'],
      [compressed(packed).subarray(0, -3), 'malformed'],
      [compressed(packed, OID.sha256), 'unsupported-algorithm'],
      [MAIL, 'malformed'],
    ] as const) {
      const report = await unpack(cms, 1_000_000);
      assert.deepEqual([report.outcome, report.reason], ['failed', reason]);
    }
  });
});

describe('threat 32: what fails after a key is in use fails alike', () => {
  const failing = (cms: Buffer): [string, Buffer][] => {
    const keyAt = cms.indexOf(encodeDer(oid(OID.rsaEncryption))) + 30;
    return [
      ['key octets altered', flipped(cms, keyAt)],
      ['last octet altered', flipped(cms, cms.length - 1)],
      ['content altered', flipped(cms, cms.length - 40)],
      ['cut off', cms.subarray(0, cms.length - 20)],
    ];
  };

  it('AuthEnvelopedData: one outcome, no reason, no octet', async () => {
    const reports = [];
    for (const [, cms] of failing(enveloped('aes-256-gcm'))) reports.push(await open(people, alice, cms));
    for (const report of reports) assert.deepEqual(report, reports[0]);
    assert.deepEqual([reports[0]?.outcome, reports[0]?.reason], ['failed', null]);
  });

  it('EnvelopedData: one outcome, no reason; a random key opens to noise at most', async () => {
    for (const [name, cms] of failing(enveloped('aes-128-cbc'))) {
      const report = await open(people, alice, cms);
      assert.equal(report.reason, null, name);
      assert.equal(report.keyId, 'rsa-2048', name);
      assert.notDeepEqual(report.content, MAIL, name);
    }
  });

  it('key agreement: a wrong wrapped key and a point off the curve look like wrong content', async () => {
    const cms = enveloped('aes-256-gcm', MAIL, bob);
    const pointAt = cms.indexOf(Buffer.from('034200', 'hex')) + 3;
    const wrappedAt = cms.indexOf(Buffer.from('0428', 'hex'), pointAt + 65) + 10;
    const reports = [];
    for (const at of [pointAt + 5, wrappedAt, cms.length - 1]) {
      reports.push(await open(people, bob, flipped(cms, at)));
    }
    for (const report of reports) assert.deepEqual(report, reports[0]);
    assert.deepEqual([reports[0]?.outcome, reports[0]?.reason], ['failed', null]);
  });

  it('a keys process that is away is no failed decryption', async () => {
    const away = Object.assign(new Error('away'), { code: 'unavailable' });
    const cms = enveloped('aes-256-cbc');
    const port = { ...people.port, unwrapRsa: () => Promise.reject(away) };
    await assert.rejects(open(Object.create(people, { port: { value: port } }), alice, cms), away);
  });
});

describe('messages that are not for us, or not for anybody', () => {
  it('say so without asking for a key', async () => {
    const report = await open(people, bob, enveloped('aes-256-cbc'));
    assert.deepEqual([report.outcome, report.keyId, report.algorithms], ['no-key', null, ['AES-256-CBC']]);
  });

  it('are refused when they are no CMS, or cut off before the content', async () => {
    const cms = enveloped('aes-256-cbc');
    for (const broken of [MAIL, Buffer.alloc(0), cms.subarray(0, 100), Buffer.alloc(1000, 0x30)]) {
      const report = await open(people, alice, broken);
      assert.deepEqual([report.outcome, report.reason], ['failed', 'malformed']);
      assert.deepEqual([read(broken).complete, read(broken).problem], [false, 'malformed']);
      assert.equal(cmsTypeOf([Buffer.alloc(1000, 0x30)]), 'other');
    }
  });

  it('a certificate that cannot encrypt is refused when sending', () => {
    assert.throws(() => enveloped('aes-256-cbc', MAIL, people.person('ed25519')), RecipientKeyError);
  });
});
