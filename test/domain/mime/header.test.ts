/** Header fields: read with offsets, written without room for injection (threats 23, 31). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeEncodedWords, encodeWords } from '#domain/mime/encoded-word.ts';
import { fieldsNamed, firstValue, parseHeader, structuredField, textField } from '#domain/mime/header.ts';
import { fixture, parsed } from './fixture.ts';

describe('a header', () => {
  const header = parsed(fixture('header-in-pieces.eml')).header;
  it('is fields with their offsets, unfolded, odd lines listed', () => {
    assert.deepEqual(
      header.fields.map((f) => [f.name, f.value]),
      [
        ['Subject', 'spaced colon'],
        ['SUBJECT', 'folded \tover lines'],
        ['X-Empty', ''],
        ['X-Raw', 'Grüße'],
        ['Content-Type', 'TEXT/Plain (comment); CHARSET="utf-8" (c); format=flowed'],
        ['Content-Type', 'text/html'],
      ],
    );
    const bytes = fixture('header-in-pieces.eml');
    assert.deepEqual(
      header.malformed.map((m) => bytes.toString('latin1', m.start, m.end)),
      ['This line is no field\r\n continuation of it\r\n', ': empty name\r\n'],
    );
    for (const field of header.fields) {
      assert.deepEqual(bytes.subarray(field.start, field.end), Buffer.from(field.raw));
    }
    assert.equal(fieldsNamed(header, 'subject').length, 2);
    assert.equal(firstValue(header, 'subject'), 'spaced colon');
    assert.equal(firstValue(header, 'x-none'), null);
  });
  it('keeps octets that are not UTF-8 visible as such', () => {
    assert.equal(firstValue(parseHeader(Buffer.from('A: gr\xfc\r\n', 'latin1'), 0)!, 'a'), 'gr\ufffd');
  });
});

describe('a new field', () => {
  it('is folded at 78 and reads back the same', () => {
    const value = 'word '.repeat(60).trim();
    const bytes = textField('Subject', value);
    for (const line of Buffer.from(bytes).toString().split('\r\n')) assert.ok(line.length <= 78);
    assert.equal(firstValue(parseHeader(bytes, 0)!, 'subject'), value);
  });
  it('encodes what is not ASCII (RFC 2047)', () => {
    assert.equal(
      Buffer.from(textField('Subject', 'Grüße')).toString(),
      'Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n',
    );
  });
  it('refuses line breaks and controls, in every form (threat 31)', () => {
    for (const value of ['a\r\nBcc: x', 'a\nb', 'a\rb', '\r\n', 'a\u2028b', 'a\u0085b']) {
      assert.throws(() => textField('Subject', value), { code: 'line-break' });
      assert.throws(() => structuredField('To', value), { code: 'line-break' });
    }
    for (const value of ['a\u0000b', 'a\u001bb', 'a\u007f']) {
      assert.throws(() => textField('Subject', value), { code: 'control-character' });
    }
    for (const name of ['', 'A:', 'A B', 'A\r\nB', 'Ä']) {
      assert.throws(() => textField(name, 'x'), { code: 'field-name' });
    }
    assert.throws(() => structuredField('To', 'ü@x'), { code: 'not-ascii' });
    assert.throws(() => structuredField('To', 'x'.repeat(1_000)), { code: 'line-too-long' });
  });
  it('reads back the same, whatever the text', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'ab =?_"\t\u00e4\u20ac\u{1f600}', '=?utf-8?q?x?=', 'x'.repeat(90)),
    });
    fc.assert(
      fc.property(text, (value) => {
        const bytes = textField('Subject', value);
        const header = parseHeader(bytes, 0)!;
        assert.equal(header.fields.length, 1);
        assert.equal(decodeEncodedWords(header.fields[0]!.value), value);
        for (const line of Buffer.from(bytes).toString('latin1').split('\r\n')) {
          assert.ok(line.length <= 998);
          assert.match(line, /^[\x20-\x7e]*$/);
        }
      }),
      { seed: 31, numRuns: 3_000 },
    );
  });
  it('of any text is refused or is one field', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.string({ maxLength: 60 }),
        (name, value) => {
          for (const write of [textField, structuredField]) {
            try {
              const header = parseHeader(write(name, value), 0)!;
              assert.deepEqual([header.fields.length, header.malformed.length], [1, 0]);
            } catch (error) {
              assert.ok(error instanceof Error && error.name === 'HeaderFieldRefused', String(error));
            }
          }
        },
      ),
      { seed: 32, numRuns: 3_000 },
    );
  });
});

describe('encoded words', () => {
  it('are decoded tolerantly, for display', () => {
    const cases: [string, string][] = [
      ['=?utf-8?q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
      ['=?ISO-8859-1?Q?Gr=FC=DFe_an_alle?= und mehr', 'Grüße an alle und mehr'],
      ['=?utf-8?b?R3LD?= =?utf-8?b?vMOfZQ==?=', 'Grüße'], // A character cut in two.
      ['=?utf-8?q?a?=  =?utf-8?q?b?=', 'ab'],
      ['=?utf-8?q?a?= x =?utf-8?q?b?=', 'a x b'],
      ['=?utf-8*de?q?a?=', 'a'],
      ['=?x-unknown?q?a?=', '=?x-unknown?q?a?='],
      ['=?utf-8?q?with space?=', 'with space'],
      ['=?utf-8?x?a?=', '=?utf-8?x?a?='],
      ['=?utf-8?q?a=zz?=', 'a=zz'],
      ['=?windows-1252?q?=80?=', '€'],
      ['=?iso-2022-jp?B?GyRCJCIbKEI=?=', 'あ'],
    ];
    for (const [word, text] of cases) assert.equal(decodeEncodedWords(word), text, word);
  });
  it('hold whole characters and at most 75 characters each', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (text) => {
        const encoded = encodeWords(text);
        for (const word of encoded.split(' '))
          assert.ok(word.length <= 75 && decodeEncodedWords(word) !== '');
        assert.equal(decodeEncodedWords(encoded), text.toWellFormed());
      }),
      { seed: 2047, numRuns: 1_000 },
    );
  });
  it('are decoded in linear time', () => {
    const started = performance.now();
    for (const hostile of ['=?', '=?a', '=?a?q', '=?a?q?', '=?a?q?b?= ', '=?utf-8?q?=']) {
      decodeEncodedWords(hostile.repeat(40_000));
    }
    decodeEncodedWords(`=?${'a'.repeat(250_000)}`);
    assert.ok(performance.now() - started < 5_000);
  });
});
