import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { algorithm, readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { type DerNode, encodeDer, explicit, sequence } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { OUR_CAPABILITIES, readCapabilities } from '#node/crypto/cms/capabilities.ts';
import { chooseScheme, chooseSending } from '#node/crypto/cms/choose-algorithms.ts';
import { People } from './people.ts';

const people = new People();
const rsa = people.person('rsa-2048').certificate;
const list = (...capabilities: DerNode[]) =>
  capabilities.map((capability) => readAlgorithm(new BerCursor(encodeDer(capability))));
const plain = (...oids: string[]) => list(...oids.map((dotted) => algorithm(dotted, 'absent')));
const chosen = (capabilities: ReturnType<typeof plain> | null) => {
  const { algorithm: content, recipients } = chooseSending([{ certificate: rsa, capabilities }]);
  return [content, recipients[0]?.transport];
};

describe('the choice of algorithms (RFC 8551 §2.7)', () => {
  it('towards strangers is what everybody reads', () => {
    assert.deepEqual(chosen(null), ['aes-256-cbc', 'rsa-pkcs1']);
    assert.deepEqual(chosen([]), ['aes-256-cbc', 'rsa-pkcs1']);
  });

  it('is never weaker for a list that has nothing strong', () => {
    assert.deepEqual(chosen(plain(OID.rc2Cbc, OID.tripleDesCbc)), ['aes-256-cbc', 'rsa-pkcs1']);
  });

  it('is better where better was announced', () => {
    assert.deepEqual(chosen(plain(OID.aes256Gcm, OID.aes256Cbc)), ['aes-256-gcm', 'rsa-pkcs1']);
    assert.deepEqual(chosen(plain(OID.aes128Gcm)), ['aes-128-gcm', 'rsa-pkcs1']);
    assert.deepEqual(chosen(plain(OID.aes128Cbc, OID.rsaOaep)), ['aes-128-cbc', 'rsa-oaep-sha1']);
    const sha256 = algorithm(OID.sha256, 'null');
    const oaep = sequence(explicit(0, sha256), explicit(1, algorithm(OID.mgf1, sha256)));
    assert.deepEqual(chosen(list(algorithm(OID.rsaOaep, oaep))), ['aes-256-cbc', 'rsa-oaep-sha256']);
  });

  it('is GCM only when all recipients of one message announced it', () => {
    const both = chooseSending([
      { certificate: rsa, capabilities: plain(OID.aes256Gcm) },
      { certificate: rsa, capabilities: null },
    ]);
    assert.equal(both.algorithm, 'aes-256-cbc');
  });

  it('reads our own list as a partner would', () => {
    assert.deepEqual(chosen(readCapabilities(readBer(OUR_CAPABILITIES))), ['aes-256-gcm', 'rsa-oaep-sha1']);
  });

  it('signs by the key, with PSS when all announced it', () => {
    assert.deepEqual(chooseScheme(rsa, [null]), { scheme: 'rsa-pkcs1', hash: 'sha256' });
    assert.deepEqual(chooseScheme(rsa, [plain(OID.rsaPss)]), {
      scheme: 'rsa-pss',
      hash: 'sha256',
      saltBytes: 32,
    });
    const scheme = (kind: Parameters<People['person']>[0]) =>
      chooseScheme(people.person(kind).certificate, []);
    assert.deepEqual(scheme('p-384'), { scheme: 'ecdsa', hash: 'sha384' });
    assert.deepEqual(scheme('ed25519'), { scheme: 'ed25519' });
    assert.equal(scheme('x25519'), null);
  });
});
