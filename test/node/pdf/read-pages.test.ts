/** The reader of Chromium's PDFs: what it takes, what it leaves, and that nothing odd makes it more than a null. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foreignPagesSchema } from '#node/pdf/foreign-pages.ts';
import { readPages } from '#node/pdf/read/read-pages.ts';

/** As Chromium writes it: a table of references, objects in the clear. */
function pdf(objects: readonly string[], trailer = ''): Buffer {
  let text = '%PDF-1.4\n';
  const offsets: number[] = [];
  objects.forEach((object, i) => {
    offsets.push(text.length);
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
  });
  const start = text.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<</Size ${objects.length + 1} /Root 1 0 R ${trailer}>>\n`;
  return Buffer.from(`${text}startxref\n${start}\n%%EOF`, 'latin1');
}

const CONTENT = '/P <</MCID 0>> BDC (x) Tj EMC';
const OBJECTS = [
  '<</Type /Catalog /Pages 2 0 R /StructTreeRoot 6 0 R /OpenAction <</S /JavaScript /JS (x)>>>>',
  '<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 200 300]>>',
  '<</Type /Page /Parent 2 0 R /Contents 4 0 R /Annots [<</A <</URI (http://x)>>>>] /Resources <</Font <</F1 5 0 R>> /AA 9 0 R>>>>',
  `<</Length ${CONTENT.length}>> stream\n${CONTENT}\nendstream`,
  '<</Type /Font /Name (a\\)\\101\\n) /W [ .5 -1 +2.25 ] /Hex <FEFF00e9> /Odd#20Name true /Self 5 0 R>>',
  '<</Type /StructTreeRoot /K 7 0 R>>',
  '<</S /Document /K [8 0 R <</Type /OBJR /Obj 9 0 R>>]>>',
  '<</S /Figure /Alt <FEFF00e9> /Pg 3 0 R /K 0>>',
  '<</S /JavaScript /JS (never)>>',
];

describe('a PDF of Chromium', () => {
  it('gives its pages, what they need, and their order; nothing that acts', () => {
    const read = readPages(pdf(OBJECTS), 10)!;
    assert.deepEqual(foreignPagesSchema.parse(read), read, 'it passes the socket');
    const [page] = read.pages;
    assert.deepEqual([page?.width, page?.height], [200, 300]);
    assert.equal(Buffer.from(page!.content).toString().trim(), CONTENT);
    assert.deepEqual(read.structure, [
      { tag: 'Document', alt: null, kids: [{ tag: 'Figure', alt: 'é', kids: [{ page: 0, mark: 0 }] }] },
    ]);
    assert.deepEqual(
      read.objects.map(({ number }) => number),
      [5],
    );
    assert.deepEqual(read.objects[0]?.value, {
      entries: [
        ['Type', { name: 'Font' }],
        ['Name', { text: Buffer.from('a)A\n') }],
        ['W', { list: [{ numeral: '.5' }, { numeral: '-1' }, { numeral: '+2.25' }] }],
        ['Hex', { text: Buffer.from('feff00e9', 'hex') }],
        ['Odd Name', true],
        ['Self', { ref: 5 }],
      ],
    });
  });

  it('is refused when it is encrypted, has too many pages, circles, or streams that lie', () => {
    const refused = (objects: readonly string[], trailer = ''): void =>
      assert.equal(readPages(pdf(objects, trailer), 10), null);
    refused(OBJECTS, '/Encrypt 9 0 R');
    refused(OBJECTS, '/Prev 1');
    assert.equal(readPages(pdf(OBJECTS), 0), null);
    refused(OBJECTS.with(1, '<</Type /Pages /Kids [2 0 R] /MediaBox [0 0 1 1]>>'));
    refused(OBJECTS.with(3, '<</Length 99999>> stream\nx\nendstream'));
    refused(OBJECTS.with(3, '<</Length 3 /Filter /FlateDecode>> stream\nxxx\nendstream'));
    refused(OBJECTS.with(3, '4 0 R'));
    refused(OBJECTS.with(4, '['.repeat(200)));
    assert.equal(readPages(Buffer.from('%PDF-1.4'), 10), null);
    assert.equal(readPages(Buffer.alloc(0), 10), null);
  });

  it('never throws, whatever was changed in it', () => {
    const whole = pdf(OBJECTS);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(whole.length),
        (changes, length) => {
          const odd = Buffer.from(whole);
          for (const [at, octet] of changes) odd[at] = octet;
          readPages(odd, 10);
          readPages(odd.subarray(0, length), 10);
        },
      ),
      { numRuns: 300 },
    );
  });
});
