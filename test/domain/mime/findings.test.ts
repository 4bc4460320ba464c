/** What would not pass a relay unchanged. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { inspect, isSevenBit, lineEndsToCrlf } from '#domain/mime/findings.ts';
import { bytesOf, inPieces } from './fixture.ts';

/** The same, said simply, over the whole as text. */
function simply(text: string) {
  const lines = text.split(/\r?\n/);
  return {
    sizeBytes: text.length,
    highOctets: (text.match(/[\u0080-\u00ff]/g) ?? []).length,
    hasNul: text.includes('\0'),
    hasBareLineEnd: /\r(?!\n)|(?<!\r)\n/.test(text),
    hasLongLine: lines.some((line) => line.replaceAll('\r', '').length > 998),
    hasFromLine: lines.some((line) => line.replaceAll('\r', '').startsWith('From ')),
    hasTrailingSpace: /[ \t](\r?\n|$)/.test(text),
  };
}

describe('findings', () => {
  it('are those of a simple reading, however the octets are cut', () => {
    const unit = fc.constantFrom(
      '\r\n',
      '\r\n',
      '\n',
      '\r',
      'From ',
      'Fro',
      'm ',
      ' ',
      '\t',
      'a',
      'x'.repeat(500),
      '\u0000',
      '\u00fc',
      '\u007f',
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 25 }), fc.integer({ min: 1, max: 600 }), (parts, size) => {
        const text = parts.join('');
        assert.deepEqual(inspect(inPieces(Buffer.from(text, 'latin1'), size).chunks()), simply(text));
      }),
      { seed: 7, numRuns: 5_000 },
    );
  });
  it('tell 7bit (RFC 2045 §2.7)', () => {
    assert.equal(isSevenBit(inspect([Buffer.from(`${'x'.repeat(998)}\r\n`)])), true);
    for (const text of [`${'x'.repeat(999)}\r\n`, 'ü', 'a\nb', 'a\rb', 'a\u0000', 'a\r']) {
      assert.equal(isSevenBit(inspect([Buffer.from(text)])), false, text.slice(0, 5));
    }
  });
  it('of line ends are mended without touching the rest', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '\r\n'), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (value, size) => {
        const mended = bytesOf(lineEndsToCrlf(inPieces(Buffer.from(value), size).chunks())).toString();
        assert.equal(mended, value.replace(/\r\n|\r|\n/g, '\r\n'));
      }),
      { seed: 8, numRuns: 3_000 },
    );
  });
});
