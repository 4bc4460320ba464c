/** Addresses in header fields, and the one From (threats 6, 12). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAddressList, parseFrom } from '#domain/mail/address-list.ts';

const from = (...values: string[]) => parseFrom(values.map((value) => ({ key: 'from', value })));
const list = (value: string): string[] => {
  const result = parseAddressList(value);
  assert.ok(result.ok, `${value}: ${result.ok ? '' : result.reason}`);
  return result.mailboxes.map((m) => (m.name ? `${m.name} <${m.address.text}>` : m.address.text));
};

describe('the From address', () => {
  it('is the one address of the one From field', () => {
    const cases: [string, string, string][] = [
      ['jo@example.com', 'jo@example.com', ''],
      ['<jo@example.com>', 'jo@example.com', ''],
      ['Jo Doe <jo@Example.com>', 'jo@example.com', 'Jo Doe'],
      ['"Doe, Jo" <jo@example.com>', 'jo@example.com', 'Doe, Jo'],
      ['"jo@other.example" <jo@example.com>', 'jo@example.com', 'jo@other.example'],
      ['jo@example.com (Jo Doe)', 'jo@example.com', 'Jo Doe'],
      ['=?utf-8?q?J=C3=B6?= Doe <jo@example.com>', 'jo@example.com', 'Jö Doe'],
      ['=?utf-8?b?SsO2?= =?utf-8?b?IERvZQ==?= < jo@example.com >', 'jo@example.com', 'Jö Doe'],
      ['Dr. Jo <jo@example.com>', 'jo@example.com', 'Dr. Jo'],
      ['jo@example.com <jo@example.com>', 'jo@example.com', 'jo@example.com'],
      ['Jo <"jo doe"@example.com>', '"jo doe"@example.com', 'Jo'],
      ['Jo <jo@[IPv6:2001:db8::1]>', 'jo@[IPv6:2001:db8::1]', 'Jo'],
      ['Jö <jo@example.com>', 'jo@example.com', 'Jö'],
    ];
    for (const [value, address, name] of cases) {
      const result = from(value);
      assert.ok(result.ok, `${value}: ${result.ok ? '' : `${result.reason} ${result.address}`}`);
      assert.deepEqual([result.address.text, result.name], [address, name], value);
    }
  });
  it('is refused with a word when there is none, or more than one', () => {
    assert.deepEqual(from(), { ok: false, reason: 'from-missing', address: null });
    const cases: [string[], string][] = [
      [['jo@example.com', 'jo@example.com'], 'from-several-fields'],
      [['jo@example.com, jim@example.com'], 'from-several-addresses'],
      [['Team: jo@example.com;'], 'from-group'],
      [['undisclosed:;'], 'from-group'],
      [[''], 'from-malformed'],
      [[', ,'], 'from-malformed'],
      [['Doe, Jo <jo@example.com>'], 'from-malformed'],
      [['ceo@ours.example <jo@evil.example>'], 'from-malformed'],
      [['<ceo@ours.example> <jo@evil.example>'], 'from-malformed'],
      [['<ceo@ours.example> jo@evil.example'], 'from-malformed'],
      [['jo@example.com>'], 'from-malformed'],
      [['<jo@example.com'], 'from-malformed'],
      [['"Jo <jo@example.com>'], 'from-malformed'],
      [['(Jo <jo@example.com>'], 'from-malformed'],
      [['jo(x)@example.com'], 'from-malformed'],
      [['<@a,@b:jo@example.com>'], 'from-malformed'],
      [['=?utf-8?q?jo=40example.com?='], 'from-malformed'],
      [['=?utf-8?q?ceo@ours.example?= <jo@evil.example>'], 'from-malformed'],
      [['Jo <jo@example.com\u0000>'], 'from-malformed'],
      [['ceo@ours.example\u0000 <jo@evil.example>'], 'from-malformed'],
      [['Jo <jo@example.com>;'], 'from-malformed'],
    ];
    for (const [values, reason] of cases) {
      const result = from(...values);
      assert.ok(!result.ok, `${values} accepted`);
      assert.equal(result.reason, reason, String(values));
    }
  });
});

describe('an address list', () => {
  it('holds mailboxes and groups, empty elements are skipped (RFC 5322 §3.4, §4.4)', () => {
    assert.deepEqual(list('a@x.example, B <b@x.example>,, (c) c@x.example'), [
      'a@x.example',
      'B <b@x.example>',
      'c <c@x.example>',
    ]);
    assert.deepEqual(list('Team: a@x.example, b@x.example;, c@x.example'), [
      'a@x.example',
      'b@x.example',
      'c@x.example',
    ]);
    assert.deepEqual(list('undisclosed-recipients:;'), []);
    assert.deepEqual(list(''), []);
    assert.deepEqual(list('a@x.example (nested (comment) \\) here)'), [
      'nested (comment) \\) here <a@x.example>',
    ]);
  });
  it('is refused as a whole when one address is', () => {
    for (const value of [
      'a@x.example, b',
      'a: b: c@x.example;',
      'a@x.example;',
      ': a@x.example;',
      'T: a@x.example',
    ]) {
      assert.equal(parseAddressList(value).ok, false, value);
    }
  });
  it('never throws and never shows a control character', () => {
    const unit = fc.constantFrom(
      ...'ab@.,;:<>()"\\[] \t=?\u0000\u001b\u00e9',
      'a@b.example',
      '=?utf-8?q?=1b?=',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (value) => {
        const result = parseAddressList(value);
        if (!result.ok) return;
        for (const { name } of result.mailboxes) assert.doesNotMatch(name, /[\u0000-\u001f\u007f-\u009f]/);
      }),
      { seed: 6, numRuns: 10_000 },
    );
  });
  it('is read in linear time', () => {
    const started = performance.now();
    for (const hostile of ['(', '"', '<', '\\', 'a:', '=?', '=?a?b?', ' ', '[', 'a@b,', '"a"']) {
      parseAddressList(hostile.repeat(100_000));
    }
    assert.ok(performance.now() - started < 5_000);
  });
});
