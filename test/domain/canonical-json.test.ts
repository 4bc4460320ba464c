/** Canonical JSON: one byte sequence for one value, and back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, fromBase64Url, parseCanonicalJson, toBase64Url } from '#domain/canonical-json.ts';

const text = (value: unknown): string => Buffer.from(canonicalJson(value)).toString('utf8');

describe('canonical JSON (RFC 8785)', () => {
  it('sorts keys by code units and has no white space', () => {
    assert.equal(
      text({ b: [1, null, true], a: 'x', B: {}, '€': 0 }),
      '{"B":{},"a":"x","b":[1,null,true],"€":0}',
    );
  });
  it('leaves out what is undefined', () => {
    assert.equal(text({ a: undefined, b: 1 }), '{"b":1}');
  });
  it('refuses what JSON cannot carry exactly', () => {
    for (const bad of [Number.NaN, Infinity, 1n, new Uint8Array(1), '\ud800', new Date(0), [undefined]]) {
      assert.throws(() => canonicalJson(bad), TypeError);
    }
  });
  it('is the same whatever the order of properties was, and reads back', () => {
    const json = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ noUnicodeString: false }));
    const property = fc.property(json, (value) => {
      fc.pre(JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(value)));
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      assert.equal(text(value), text(reversed));
      assert.deepEqual(parseCanonicalJson(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });
  it('carries octets as base64url', () => {
    const octets = Uint8Array.from({ length: 256 }, (_, i) => i);
    assert.deepEqual(fromBase64Url(toBase64Url(octets)), octets);
    assert.match(toBase64Url(octets), /^[\w-]+$/);
  });
});
