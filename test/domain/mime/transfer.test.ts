/** Base64 and quoted-printable as streams. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { octetsOf } from '#domain/mail/octets.ts';
import { decodeBase64, encodeBase64 } from '#domain/mime/base64.ts';
import { decodeQuotedPrintable, encodeQuotedPrintable } from '#domain/mime/quoted-printable.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { bytesOf, fixture, inPieces, parsed, textOf } from './fixture.ts';

const octets = fc.uint8Array({ maxLength: 700 });
const pieceBytes = fc.integer({ min: 1, max: 130 });
const base64Text = (text: string) => textOf(decodeBase64([Buffer.from(text)]));
const quotedText = (text: string) => textOf(decodeQuotedPrintable([Buffer.from(text)]));

describe('base64', () => {
  it('is what Node makes, in lines of 76', () => {
    fc.assert(
      fc.property(octets, pieceBytes, (bytes, size) => {
        const lines = textOf(encodeBase64(inPieces(bytes, size).chunks()));
        assert.equal(lines.replaceAll('\r\n', ''), Buffer.from(bytes).toString('base64'));
        for (const line of lines.split('\r\n').slice(0, -2)) assert.equal(line.length, 76);
        assert.ok(bytes.length === 0 ? lines === '' : lines.endsWith('\r\n'));
      }),
      { seed: 64, numRuns: 2_000 },
    );
  });
  it('decodes to what was encoded, however it is cut or broken into lines', () => {
    const width = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(
        octets,
        pieceBytes,
        width,
        fc.constantFrom('\r\n', '\n', ' \r\n'),
        (bytes, size, chars, end) => {
          const text = Buffer.from(bytes)
            .toString('base64')
            .replace(new RegExp(`.{${chars}}`, 'g'), `$&${end}`);
          assert.deepEqual(
            bytesOf(decodeBase64(inPieces(Buffer.from(text), size).chunks())),
            Buffer.from(bytes),
          );
        },
      ),
      { seed: 65, numRuns: 3_000 },
    );
    const large = Buffer.alloc(300_000, 'large body ');
    assert.deepEqual(bytesOf(decodeBase64(inPieces(bytesOf(encodeBase64([large])), 65_536).chunks())), large);
    assert.deepEqual(bytesOf(decodeBase64([Buffer.from(large.toString('base64'))])), large);
  });
  it('takes what real mail brings', () => {
    assert.equal(base64Text('SGFs bG8=\r\n'), 'Hallo');
    assert.equal(base64Text('SGFsbG8'), 'Hallo');
    assert.equal(base64Text('SGFsbG8=SGFsbG8=\r\nSGFs\r\n'), 'HalloHalloHal');
    assert.equal(base64Text('S!G*F\0sbG8=\r\n-- footer'), `Hallo${Buffer.from('--footer', 'base64')}`);
    assert.equal(base64Text('===='), '');
    assert.equal(base64Text('SGFsbG8='.repeat(20)), 'Hallo'.repeat(20));
  });
  it('agrees with a simple decoder on any octets', () => {
    const simple = (bytes: Uint8Array): Buffer => {
      const text = Buffer.from(bytes)
        .toString('latin1')
        .replace(/[^A-Za-z0-9+/=_-]/g, '');
      const out: Buffer[] = [];
      for (const group of text.match(/[^=]+/g) ?? []) out.push(Buffer.from(group, 'base64'));
      return Buffer.concat(out);
    };
    const some = fc.array(fc.constantFrom(...Buffer.from('AbC9+/_-= \r\n\r\n=!\u00ff', 'latin1')), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(some, pieceBytes, (list, size) => {
        const bytes = Uint8Array.from(list);
        assert.deepEqual(bytesOf(decodeBase64(inPieces(bytes, size).chunks())), simple(bytes));
      }),
      { seed: 66, numRuns: 5_000 },
    );
  });
});

describe('quoted-printable', () => {
  it('decodes to what was encoded, in short ASCII lines that no relay and no boundary can meet', () => {
    const texts = fc.oneof(
      octets,
      fc
        .array(fc.constantFrom('From ', '.', '--', '\r\n', ' ', '\t', '=', 'ü', 'word', '\r', '\n'), {
          maxLength: 200,
        })
        .map((l) => Buffer.from(l.join(''))),
    );
    fc.assert(
      fc.property(texts, pieceBytes, (bytes, size) => {
        const encoded = bytesOf(encodeQuotedPrintable(inPieces(bytes, size).chunks()));
        for (const line of encoded.toString('latin1').split('\r\n')) {
          assert.ok(line.length <= 76);
          assert.match(line, /^[\x20-\x7e\t]*$/);
          assert.doesNotMatch(line, /^(From |\.|--)|[ \t]$/);
        }
        assert.deepEqual(
          bytesOf(decodeQuotedPrintable(inPieces(encoded, size).chunks())),
          Buffer.from(bytes),
        );
      }),
      { seed: 67, numRuns: 4_000 },
    );
  });
  it('takes what real mail brings', () => {
    assert.equal(quotedText('a=20b=C3=BC=c3=bc'), 'a büü');
    assert.equal(quotedText('soft=\r\nbreak=  \r\n=\nend'), 'softbreakend');
    assert.equal(quotedText('trailing  \t\r\nspace \n'), 'trailing\r\nspace\n');
    assert.equal(quotedText('a = b =Z1 =4'), 'a = b =Z1 =4');
    assert.equal(quotedText('x=\rA'), 'x=\rA');
    assert.equal(quotedText(`a${' '.repeat(5_000)}b`), `a${' '.repeat(5_000)}b`);
  });
  it('is decoded in linear time', () => {
    const started = performance.now();
    for (const hostile of [' ', '=', '=\r', ' =', '\t\r']) quotedText(hostile.repeat(1_500_000));
    assert.ok(performance.now() - started < 10_000);
  });
});

describe('the content of a part', () => {
  it('is its body without the transfer encoding', () => {
    const bytes = fixture('outlook-mixed.eml');
    const leaf = parsed(bytes).children[0]!.children[0]!;
    const text = bytesOf(decodedBody(octetsOf(bytes), leaf)).toString('latin1');
    assert.ok(text.startsWith('Grüße, die Tabelle') && text.includes('weich umbrochen.\r\n'));
    const table = parsed(bytes).children[1]!;
    assert.equal(bytesOf(decodedBody(octetsOf(bytes), table)).toString('hex', 0, 8), 'd0cf11e0a1b11ae1');
  });
});
