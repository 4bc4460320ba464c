/** The reader of message octets against a plain reference, in every cut (threat 25). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BodyReader } from '#node/receive/body-reader.ts';

interface Read {
  readonly mail: string;
  readonly rest: string;
  readonly ended: boolean;
  readonly bare: boolean;
}

/** RFC 5321 §4.5.2 said with regular expressions; `text` is all of it. */
function reference(text: string): Read {
  const end = /(?:^|\r\n)\.\r\n/.exec(text);
  const message = end ? text.slice(0, end.index + end[0].length - 3) : text;
  const rest = end ? text.slice(end.index + end[0].length) : '';
  const bare = /\r(?!\n)|(?<!\r)\n/.test(message);
  return { mail: message.replace(/(?<=^|\r\n)\./g, ''), rest, ended: end !== null, bare };
}

function read(chunks: readonly string[]): Read {
  const reader = new BodyReader(true);
  const pieces: Uint8Array[] = [];
  for (const [i, chunk] of chunks.entries()) {
    const octets = Buffer.from(chunk, 'latin1');
    const { pieces: found, end } = reader.read(octets);
    pieces.push(...found);
    if (end !== -1) {
      const rest = octets.toString('latin1', end) + chunks.slice(i + 1).join('');
      return { mail: Buffer.concat(pieces).toString('latin1'), rest, ended: true, bare: reader.bareLineEnd };
    }
  }
  return { mail: Buffer.concat(pieces).toString('latin1'), rest: '', ended: false, bare: reader.bareLineEnd };
}

const text = fc
  .array(fc.constantFrom('\r\n', '\r', '\n', '.', '..', 'a', 'bc', '\r\n.', '\r\n.\r\n', '\x00', '\xff'), {
    maxLength: 20,
  })
  .map((parts) => parts.join(''));

describe('the reader of message octets', () => {
  it('agrees with the reference on any text in any cut (property)', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 6 }), (whole, cuts) => {
        const points = [
          0,
          ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b),
          whole.length,
        ];
        const found = read(points.slice(1).map((end, i) => whole.slice(points[i], end)));
        const wanted = reference(whole);
        assert.equal(found.ended, wanted.ended);
        // Whether a CR at the very end is bare is not known before the next octet.
        if (wanted.ended || !whole.endsWith('\r')) assert.equal(found.bare, wanted.bare);
        assert.equal(found.rest, wanted.rest);
        // A message that is refused may have lost a CR behind a dot; one that did not end is dropped anyway.
        if (wanted.ended && !wanted.bare) assert.equal(found.mail, wanted.mail);
      }),
      { numRuns: 5000, seed: 20261123 },
    );
  });

  it('without dots (BDAT) changes nothing and sees every bare line end (property)', () => {
    fc.assert(
      fc.property(text, fc.nat(30), (whole, cut) => {
        const reader = new BodyReader(false);
        const parts = [whole.slice(0, cut), whole.slice(cut)].map((part) =>
          reader.read(Buffer.from(part, 'latin1')),
        );
        reader.finish();
        assert.equal(Buffer.concat(parts.flatMap(({ pieces }) => pieces)).toString('latin1'), whole);
        assert.equal(reader.bareLineEnd, /\r(?!\n)|(?<!\r)\n/.test(whole));
      }),
      { numRuns: 2000, seed: 20261123 },
    );
  });
});
