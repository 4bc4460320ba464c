/** The strict address parser (threats 12, 13). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addressKey, canonicalDomain, parseMailbox } from '#domain/mail/address.ts';

const accepted = (text: string): string => {
  const result = parseMailbox(text);
  assert.ok(result.ok, `${JSON.stringify(text)} refused: ${result.ok ? '' : result.reason}`);
  assert.equal(result.address.text, `${result.address.local}@${result.address.domain}`);
  return result.address.text;
};
const refusal = (text: string): string => {
  const result = parseMailbox(text);
  assert.ok(!result.ok, `${JSON.stringify(text)} accepted`);
  return result.reason;
};

describe('an address', () => {
  it('is canonical: domain in lower case as A-labels, local part as written', () => {
    assert.equal(accepted('Jo.Doe+tag@Example.COM'), 'Jo.Doe+tag@example.com');
    assert.equal(accepted('jo@MÜNCHEN.example'), 'jo@xn--mnchen-3ya.example');
    assert.equal(accepted('jo@xn--mnchen-3ya.example'), 'jo@xn--mnchen-3ya.example');
    assert.equal(accepted('jö@example.com'), 'jö@example.com');
    assert.equal(accepted('SRS0=abc=x=example.org=jo@example.com'), 'SRS0=abc=x=example.org=jo@example.com');
    assert.equal(accepted('jo@localhost'), 'jo@localhost');
  });
  it('loses quotes that it does not need', () => {
    assert.equal(accepted('"jo.doe"@example.com'), 'jo.doe@example.com');
    assert.equal(accepted('"j\\o"@example.com'), 'jo@example.com');
    assert.equal(accepted('"jo doe"@example.com'), '"jo doe"@example.com');
    assert.equal(accepted('"a\\"b"@example.com'), '"a\\"b"@example.com');
  });
  it('may have an address literal (RFC 5321 §4.1.3)', () => {
    assert.equal(accepted('jo@[192.0.2.1]'), 'jo@[192.0.2.1]');
    assert.equal(accepted('jo@[IPv6:2001:DB8:0::1]'), 'jo@[IPv6:2001:db8::1]');
    for (const domain of ['[192.0.2.256]', '[192.0.2.01]', '[IPv6:zz]', '[tag:x]', '[1.2.3]']) {
      assert.equal(refusal(`jo@${domain}`), 'domain-syntax');
    }
  });
  it('is refused with a word where two programs could read two addresses', () => {
    const cases: Record<string, string> = {
      '': 'empty',
      jo: 'no-at',
      '@relay.example:jo@example.com': 'route',
      '@a,@b:jo@example.com': 'route',
      'jo%example.org@example.com': 'route',
      'host!jo@example.com': 'route',
      'jo@evil.example@example.com': 'several-at',
      '"jo@evil.example"@example.com': 'several-at',
      '"jo@evil.example> x"@example.com': 'several-at',
      'jo(comment)@example.com': 'comment',
      'jo@(comment)example.com': 'comment',
      'jo@example.com(comment)': 'comment',
      'jo\u0000@example.com': 'control-character',
      'jo@example.com\r\nRCPT TO:<x@y>': 'control-character',
      'jo@example.com\n': 'control-character',
      'jo\t@example.com': 'control-character',
      'jo@example.com\u007f': 'control-character',
      '=?utf-8?q?jo=40evil.example?=@example.com': 'encoded-word',
      'jo@example.com.': 'domain-syntax',
      'jo@.example.com': 'domain-syntax',
      'jo@example..com': 'domain-syntax',
      'jo.@example.com': 'local-part-syntax',
      '.jo@example.com': 'local-part-syntax',
      'j..o@example.com': 'local-part-syntax',
      'jo doe@example.com': 'local-part-syntax',
      ' jo@example.com': 'local-part-syntax',
      'jo@example.com ': 'domain-syntax',
      'jo @example.com': 'local-part-syntax',
      '<jo@example.com>': 'local-part-syntax',
      '""@example.com': 'local-part-syntax',
      '"jo@example.com': 'local-part-syntax',
      '"jo"doe@example.com': 'local-part-syntax',
      '"a,b"@example.com': 'local-part-syntax',
      'jo@-example.com': 'domain-syntax',
      'jo@exa_mple.com': 'domain-syntax',
      'jo@127.1': 'domain-syntax',
      'jo@0x7f.1': 'domain-syntax',
      'jo@example.123': 'domain-syntax',
      'jo@exam\u200bple.com': 'odd-character',
      'j\u200do@example.com': 'odd-character',
      'jo\ufffd@example.com': 'odd-character',
      'jo\u0308@example.com': 'odd-character', // not NFC
      'jo\u00a0@example.com': 'odd-character',
      'jo@ｅxample.com': 'domain-syntax', // full width
      'jo@example。com': 'domain-syntax',
      [`${'a'.repeat(250)}@example.com`]: 'too-long',
      [`jo@${'a'.repeat(64)}.com`]: 'domain-syntax',
    };
    for (const [text, reason] of Object.entries(cases))
      assert.equal(refusal(text), reason, JSON.stringify(text));
  });
  it('is compared without the case of ASCII letters, and of no others', () => {
    assert.equal(addressKey('Jo.DOE@example.com'), 'jo.doe@example.com');
    assert.notEqual(addressKey('JÖ@example.com'), addressKey('jö@example.com'));
    assert.notEqual(addressKey('K@example.com'), addressKey('\u212a@example.com')); // Kelvin sign
  });
  it('is a fixed point: what was accepted is accepted again, the same', () => {
    const part = fc.string({
      unit: fc.constantFrom(...'abZ0.+-_="\\@ %!<>()\t\u00e4\u200b,;:[]'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(part, part, (local, domain) => {
        const first = parseMailbox(`${local}@${domain}.example`);
        if (!first.ok) return;
        assert.deepEqual(parseMailbox(first.address.text), first);
        assert.doesNotMatch(first.address.text, /[\s<>,;()](?!.*"@)/);
      }),
      { seed: 12, numRuns: 5_000 },
    );
  });
  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const result = parseMailbox(text);
        if (result.ok) assert.match(result.address.text, /^[^\u0000-\u001f\u007f]+@[\x21-\x7e]+$/);
      }),
      { seed: 13, numRuns: 3_000 },
    );
  });
});

describe('a domain', () => {
  it('has one canonical form', () => {
    assert.equal(canonicalDomain('Straße.example'), 'xn--strae-oqa.example');
    assert.equal(canonicalDomain('EXAMPLE.com'), 'example.com');
    for (const bad of ['', '.', 'a.', 'a/b', 'a:25', 'a b', `${'a.'.repeat(127)}com`]) {
      assert.equal(canonicalDomain(bad), null, bad);
    }
  });
});
