/** Content-Type and Content-Disposition with RFC 2231. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatParameter, parseParameterised } from '#domain/mime/parameters.ts';

const read = (text: string) => {
  const { value, parameters, malformed } = parseParameterised(text);
  return [value, Object.fromEntries(parameters), malformed];
};

describe('a field with parameters', () => {
  it('is read as RFC 2045 and RFC 2231 say', () => {
    const cases: [string, unknown[]][] = [
      ['Text/Plain', ['text/plain', {}, false]],
      [
        'text/plain; Charset=UTF-8; format=flowed',
        ['text/plain', { charset: 'UTF-8', format: 'flowed' }, false],
      ],
      ['text/plain (c;x); charset="a;b\\"c" (d)', ['text/plain', { charset: 'a;b"c' }, false]],
      ['multipart/mixed; boundary="(x)=y"', ['multipart/mixed', { boundary: '(x)=y' }, false]],
      ['multipart/mixed; boundary=a=b;', ['multipart/mixed', { boundary: 'a=b' }, false]],
      ["a/b; n*=utf-8'de'%C3%BC%20x", ['a/b', { n: 'ü x' }, false]],
      ["a/b; n*0*=iso-8859-1''%FC; n*1=%20; n*2*=%DF", ['a/b', { n: 'ü%20ß' }, false]],
      ['a/b; n*1=b; n*0=a; n=plain', ['a/b', { n: 'ab' }, false]],
      ['a/b; boundary*0="ab"; boundary*1="cd"', ['a/b', { boundary: 'abcd' }, false]],
    ];
    for (const [text, expected] of cases) assert.deepEqual(read(text), expected, text);
  });
  it('takes what is odd, and says so', () => {
    const cases: [string, unknown[]][] = [
      ['', ['', {}, false]],
      ['a/b; x', ['a/b', {}, true]],
      ['a/b; n=1; n=2', ['a/b', { n: '1' }, true]],
      ['a/b; n="open', ['a/b', { n: 'open' }, true]],
      ['a/b; n=un quoted name.pdf', ['a/b', { n: 'un quoted name.pdf' }, false]],
      ['a/b; n*1=only', ['a/b', {}, true]],
      ["a/b; n*=nonsense''%FC", ['a/b', { n: 'ü' }, false]],
      ["a/b; n*=utf-8''%zz%4", ['a/b', { n: '%zz%4' }, false]],
    ];
    for (const [text, expected] of cases) assert.deepEqual(read(text), expected, text);
    assert.equal(parseParameterised(`a/b${'; x=y'.repeat(500)}`).malformed, true);
  });
  it('reads back what was written', () => {
    const unit = fc.constantFrom(...'aZ0 ;="\\\'%*()-.\u00fc\u20ac\u{1f600}');
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 80 }), (value) => {
        fc.pre(value.trim() === value);
        const text = `attachment; ${formatParameter('filename', value)}`;
        assert.match(text, /^[\x20-\x7e]*$/);
        assert.deepEqual(read(text), ['attachment', { filename: value }, false]);
      }),
      { seed: 2231, numRuns: 3_000 },
    );
  });
  it('is read in linear time and never throws', () => {
    const started = performance.now();
    for (const hostile of ['(', '"', ';', '=', '\\', "n*0*='", ' =(', '; a=b', '=x(']) {
      parseParameterised(hostile.repeat(60_000));
    }
    assert.ok(performance.now() - started < 5_000);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void parseParameterised(text)),
      { seed: 1 },
    );
  });
});
