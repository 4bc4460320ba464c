/** The MIME tree: offsets into the original bytes (threats 8, 23). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { octetsOf } from '#domain/mail/octets.ts';
import { HEADER_BYTES_MAX, HEADER_FIELDS_MAX } from '#domain/mime/header.ts';
import { DEPTH_MAX, entitiesOf, type MimeEntity, PARTS_MAX, parseMime } from '#domain/mime/tree.ts';
import { fixture, fixtureNames, inPieces, mail, parsed } from './fixture.ts';

/** `type{children}` with the bodies of the leaves. */
function shape(bytes: Buffer, entity: MimeEntity): unknown {
  const type = entity.contentType.value;
  if (entity.children.length > 0) return { [type]: entity.children.map((child) => shape(bytes, child)) };
  return `${type}: ${bytes.toString('utf8', entity.bodyStart, entity.end)}`;
}

/** Everything that must hold of any tree: ordered, contained, nothing overlaps. */
function assertPartition(entity: MimeEntity, sizeBytes: number): void {
  const { start, headerEnd, bodyStart, preambleEnd, epilogueStart, end } = entity;
  const isMultipart = entity.contentType.value.startsWith('multipart/');
  assert.ok(
    0 <= start && start <= headerEnd && headerEnd <= bodyStart && bodyStart <= end && end <= sizeBytes,
  );
  assert.equal(entity.header.start, start);
  assert.equal(entity.header.end, headerEnd);
  let at = start;
  const lines = [...entity.header.fields, ...entity.header.malformed].sort((a, b) => a.start - b.start);
  for (const line of lines) {
    assert.equal(line.start, at);
    at = line.end;
  }
  assert.equal(at, headerEnd);
  if (entity.children.length === 0) {
    assert.deepEqual([preambleEnd, epilogueStart], [end, end]);
    return;
  }
  at = isMultipart ? preambleEnd : bodyStart;
  assert.ok(bodyStart <= at && at <= epilogueStart && epilogueStart <= end);
  for (const child of entity.children) {
    assert.ok(at <= child.start && child.end <= end, 'child inside, behind the one before');
    if (!isMultipart) assert.deepEqual([child.start, child.end], [bodyStart, end]);
    assertPartition(child, sizeBytes);
    at = child.end;
  }
  if (isMultipart) assert.ok(at <= epilogueStart);
}

describe('the MIME tree', () => {
  it('of a mail without MIME is one text leaf', () => {
    const bytes = fixture('no-mime.eml');
    const root = parsed(bytes);
    assert.equal(root.contentType.value, 'text/plain');
    assert.equal(bytes.toString('latin1', root.bodyStart, root.end), 'No MIME at all.\r\n');
    assert.deepEqual(root.defects, []);
  });
  it('gives the line end before a boundary to the boundary (RFC 2046 §5.1.1)', () => {
    const bytes = fixture('signed-smime.eml');
    const [signed, signature] = parsed(bytes).children;
    assert.ok(signed && signature);
    const text = bytes.toString('utf8', signed.start, signed.end);
    assert.ok(
      text.startsWith('Content-Type: text/plain') && text.endsWith('Unterschrieben: Müller \r\n'),
      text,
    );
    assert.equal(bytes.toString('latin1', signature.bodyStart, signature.end), 'MIIB');
  });
  it('nests, with preambles and epilogues', () => {
    const bytes = fixture('outlook-mixed.eml');
    const root = parsed(bytes);
    assert.equal(
      bytes.toString('latin1', root.bodyStart, root.preambleEnd),
      'This is a multi-part message in MIME format.\r\n',
    );
    assert.equal(bytes.toString('latin1', root.epilogueStart, root.end), '\r\n\r\n');
    assert.deepEqual(
      [...entitiesOf(root)].map((e) => e.contentType.value),
      ['multipart/mixed', 'multipart/alternative', 'text/plain', 'text/html', 'application/vnd.ms-excel'],
    );
    assert.equal(root.children[1]?.encoding, 'base64');
  });
  it('descends into attached mails; a line that only begins like a boundary is text', () => {
    const bytes = fixture('nested-forward.eml');
    assert.deepEqual(shape(bytes, parsed(bytes)), {
      'multipart/mixed': [
        'text/plain: See below.',
        {
          'message/rfc822': [
            { 'multipart/alternative': ['text/plain: Innen: für dich', 'text/html: <p>x</p>'] },
          ],
        },
        { 'message/rfc822': ['text/plain: --b1--x is no delimiter'] },
      ],
    });
  });
  it('knows that parts of a digest are mails', () => {
    const bytes = fixture('digest.eml');
    assert.deepEqual(shape(bytes, parsed(bytes)), {
      'multipart/digest': [
        { 'message/rfc822': ['text/plain: first'] },
        { 'message/rfc822': ['text/plain: second'] },
      ],
    });
  });
  it('keeps broken structures as leaves or open multiparts, and says so', () => {
    const defects = (name: string) => parsed(fixture(name)).defects;
    assert.deepEqual(defects('boundary-missing.eml'), ['boundary-missing']);
    assert.deepEqual(defects('boundary-never.eml'), ['no-parts', 'not-closed']);
    assert.deepEqual(defects('not-closed.eml'), ['not-closed']);
    assert.equal(parsed(fixture('not-closed.eml')).children.length, 2);
    assert.deepEqual(defects('no-body.eml'), ['header-not-ended']);
    assert.deepEqual(defects('header-in-pieces.eml'), ['header-malformed', 'content-type-twice']);
    const encoded = mail(
      'Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoK\n',
    );
    assert.deepEqual(parsed(encoded).defects, ['encoded-composite']);
    assert.equal(parsed(encoded).children.length, 0);
  });
  it('finds empty parts', () => {
    const bytes = fixture('empty-parts.eml');
    const root = parsed(bytes);
    assert.deepEqual(
      root.children.map((c) => [c.end - c.start, c.end - c.bodyStart]),
      [
        [0, 0],
        [0, 0],
        [24, 0],
        [26, 0],
      ],
    );
    assert.equal(root.end, bytes.length);
  });
  it('gives the innermost of two equal boundaries the delimiter', () => {
    const bytes = fixture('same-boundary.eml');
    assert.deepEqual(shape(bytes, parsed(bytes)), {
      'multipart/mixed': [{ 'multipart/alternative': ['text/plain: inner'] }, 'text/plain: outer'],
    });
  });
  it('reads lines that end with LF alone as other mail readers do', () => {
    const bytes = Buffer.from(
      'Content-Type: multipart/mixed; boundary=x\n\n--x\nA: b\n\none\n--x\n\ntwo\n--x--\n',
    );
    assert.deepEqual(shape(bytes, parsed(bytes)), {
      'multipart/mixed': ['text/plain: one', 'text/plain: two'],
    });
  });
});

describe('the limits of the MIME tree (threat 23)', () => {
  const tooComplex = (bytes: Buffer, detail: RegExp): void => {
    const result = parseMime(octetsOf(bytes));
    assert.ok(result.kind === 'failed' && result.name === 'too-complex');
    assert.match(result.detail, detail);
  };
  it('are depth', () => {
    const nested = (depth: number): Buffer => {
      let text = '';
      for (let i = 1; i < depth; i += 1) text += `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`;
      return mail(`${text}\nleaf\n`);
    };
    assert.equal([...entitiesOf(parsed(nested(DEPTH_MAX)))].length, DEPTH_MAX);
    tooComplex(nested(DEPTH_MAX + 1), /deeper/);
    tooComplex(mail('Content-Type: message/rfc822\n\n'.repeat(DEPTH_MAX + 1)), /deeper/);
  });
  it('are parts', () => {
    const parts = (n: number) =>
      mail(`Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(n)}--b--\n`);
    assert.equal(parsed(parts(PARTS_MAX - 1)).children.length, PARTS_MAX - 1);
    tooComplex(parts(PARTS_MAX), /parts/);
  });
  it('are the size and the number of header fields', () => {
    tooComplex(mail(`A: ${'x'.repeat(HEADER_BYTES_MAX)}\n\n`), /longer/);
    tooComplex(Buffer.alloc(HEADER_BYTES_MAX + 1, 0x78), /longer/);
    tooComplex(mail(`${'A: b\n'.repeat(HEADER_FIELDS_MAX + 1)}\n`), /fields/);
    assert.equal(
      parsed(mail(`${'A: b\n'.repeat(HEADER_FIELDS_MAX)}\n`)).header.fields.length,
      HEADER_FIELDS_MAX,
    );
    const part = `--b\nX: ${'y'.repeat(HEADER_BYTES_MAX - 10)}\n\n`;
    tooComplex(mail(`Content-Type: multipart/mixed; boundary=b\n\n${part.repeat(20)}`), /in sum/);
  });
  it('hold in time too', () => {
    const started = performance.now();
    const hostile = ['\n--', '\n--a', '--a\n', '\n', '-', '\r', '\n--b', '\n--ab\n', '--\n', '\n\n--a\r'];
    for (const piece of hostile) {
      const body = piece.repeat(Math.ceil(2_000_000 / piece.length));
      parseMime(octetsOf(Buffer.from(`Content-Type: multipart/mixed; boundary=a\r\n\r\n${body}`)));
      parseMime(inPieces(Buffer.from(`Content-Type: multipart/mixed; boundary=a\r\n\r\n${body}`), 65_536));
    }
    assert.ok(performance.now() - started < 20_000);
  });
});

describe('the tree, by properties', () => {
  const line = fc.constantFrom(
    '--a', '--b', '--a--', '--b--', '--a ', '--ab', '', '', 'text', 'Content-Type: multipart/mixed; boundary=a',
    'Content-Type: multipart/mixed; boundary=b', 'Content-Type: message/rfc822', 'Content-Type: multipart/digest; boundary=a',
    'Subject: x', ' folded', 'no field', '-', '--', 'Content-Transfer-Encoding: base64',
  ); // biome-ignore format: a table
  const lineEnd = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r');
  const mails = fc
    .array(fc.tuple(line, lineEnd), { maxLength: 40 })
    .map((lines) => Buffer.from(lines.flat().join('')));

  it('partitions the bytes, whatever they are', () => {
    fc.assert(
      fc.property(mails, (bytes) => assertPartition(parsed(bytes), bytes.length)),
      { seed: 23, numRuns: 8_000 },
    );
  });
  it('is the same however the bytes are cut into pieces', () => {
    const offsets = (entity: MimeEntity): unknown[] => [
      entity.start, entity.headerEnd, entity.bodyStart, entity.preambleEnd, entity.epilogueStart, entity.end,
      entity.contentType.value, [...entity.defects], entity.header.fields.map((f) => f.value), entity.children.map(offsets),
    ]; // biome-ignore format: a row
    fc.assert(
      fc.property(mails, fc.integer({ min: 1, max: 50 }), (bytes, pieceBytes) => {
        assert.deepEqual(offsets(parsed(inPieces(bytes, pieceBytes))), offsets(parsed(bytes)));
      }),
      { seed: 24, numRuns: 4_000 },
    );
    for (const name of fixtureNames) {
      const bytes = fixture(name);
      for (const pieceBytes of [1, 2, 3, 7, 64, 1000]) {
        assert.deepEqual(offsets(parsed(inPieces(bytes, pieceBytes))), offsets(parsed(bytes)), name);
      }
      assertPartition(parsed(bytes), bytes.length);
    }
  });
});
