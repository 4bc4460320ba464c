import assert from 'node:assert/strict';
import { constants, createPublicKey, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { unwrapRsa } from '#node/crypto/rsa-unwrap.ts';
import type { HashName, KeyTransport } from '#node/keys/port.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKey = createPublicKey(privateKey);
const PKCS1: KeyTransport = { scheme: 'rsa-pkcs1' };
const raw = (block: Buffer) => publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block);
const pkcs1 = (key: Buffer) => publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, key);

describe('unwrapping an RSA transported key', () => {
  for (const lengthBytes of [5, 16, 24, 32]) {
    it(`gives the ${lengthBytes} octets that were wrapped with PKCS#1 v1.5`, () => {
      const key = randomBytes(lengthBytes);
      assert.deepEqual(unwrapRsa(privateKey, PKCS1, pkcs1(key), lengthBytes), key);
    });
  }

  for (const hash of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as HashName[]) {
    it(`gives the key that was wrapped with OAEP and ${hash}, with a label and without`, () => {
      const key = randomBytes(32);
      for (const label of [undefined, Buffer.from('label')]) {
        const options = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
        const wrapped = publicEncrypt(label ? { ...options, oaepLabel: label } : options, key);
        const transport: KeyTransport = { scheme: 'rsa-oaep', hash, mgfHash: hash, ...(label && { label }) };
        assert.deepEqual(unwrapRsa(privateKey, transport, wrapped, 32), key);
        assert.notDeepEqual(
          unwrapRsa(privateKey, { ...transport, label: Buffer.from('x') }, wrapped, 32),
          key,
        );
      }
    });
  }

  it('threat 32: whatever is wrong yields random octets of the expected length, each time others', () => {
    const key = randomBytes(32);
    const good = Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(221, 7), Buffer.from([0]), key]);
    assert.deepEqual(unwrapRsa(privateKey, PKCS1, raw(good), 32), key);
    const spoilt = (at: number, value: number) => {
      const block = Buffer.from(good);
      block[at] = value;
      return raw(block);
    };
    const wrong: Record<string, Buffer> = {
      'block type': spoilt(1, 1),
      'first octet': spoilt(0, 1),
      'zero in the padding': spoilt(5, 0),
      'zero at the end of the padding': spoilt(222, 0),
      'no separator': spoilt(223, 7),
      'another key length': pkcs1(randomBytes(31)),
      'too long': Buffer.alloc(257, 1),
      'above the modulus': Buffer.alloc(256, 0xff),
      empty: Buffer.alloc(0),
    };
    for (const [name, ciphertext] of Object.entries(wrong)) {
      const first = unwrapRsa(privateKey, PKCS1, ciphertext, 32);
      const second = unwrapRsa(privateKey, PKCS1, ciphertext, 32);
      assert.equal(first.length, 32, name);
      assert.notDeepEqual(first, key, name);
      assert.notDeepEqual(first, second, name);
    }
    const oaep: KeyTransport = { scheme: 'rsa-oaep', hash: 'sha256', mgfHash: 'sha1' };
    for (const ciphertext of Object.values(wrong)) {
      assert.equal(unwrapRsa(privateKey, oaep, ciphertext, 16).length, 16);
    }
  });

  it('accepts a ciphertext whose leading zeros were dropped', () => {
    const key = randomBytes(16);
    let wrapped = pkcs1(key);
    while (wrapped[0] !== 0) wrapped = pkcs1(key);
    assert.deepEqual(unwrapRsa(privateKey, PKCS1, wrapped.subarray(1), 16), key);
  });
});
