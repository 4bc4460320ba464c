/**
 * Bad input for PDFs (issue 4; threats 18, 22, 23, 31): each ends in a whole PDF, nothing lost, nothing done twice as much.
 *
 * SEALGATE_FUZZ_SEED makes another run; a failure prints its seed and its HTML.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { readImage } from '#node/pdf/image/read-image.ts';
import { htmlMail, mailOf, part, pdfFixture, pdfOf, textMail, withPdf } from './pdf-tools.ts';

const HTML = 'text/html; charset=utf-8';
const seed = Number(process.env.SEALGATE_FUZZ_SEED ?? 2026);

/** Without the text in the message: it may have a megabyte. */
const says = (text: string, words: RegExp) =>
  assert.ok(words.test(text), `${words} is not in ${text.slice(-300)}`);

function looked(mail: Buffer, draw = true): { text: string; attachments: string[]; pages: number } {
  return withPdf(pdfOf(mail), (disk) => {
    disk.check(draw);
    const pages = Number(/Pages: +(\d+)/.exec(disk.run('pdfinfo', [disk.path]).out)?.[1]);
    return { text: disk.text(), attachments: disk.attachments(), pages };
  });
}

describe('bombs of markup', () => {
  it('nested ten thousand deep, in any element', () => {
    for (const tag of ['div', 'table><tr><td', 'blockquote', 'ul><li', 'b', 'span style="padding:9px"']) {
      const { text } = looked(textMail('Deep', `${`<${tag}>`.repeat(10_000)}bottom`, HTML));
      assert.ok(text.includes('bottom'), tag);
    }
  });

  it('of a hundred thousand elements are cut, and attached whole', () => {
    const html = `<p>start</p>${'<b></b>'.repeat(100_000)}<p>end</p>`;
    const { text, attachments } = looked(textMail('Many', html, HTML));
    says(text, /start/);
    says(text, /too long to be shown completely/);
    assert.deepEqual(attachments, ['Subject.html']);
  });

  it('of a table with a million columns, rows that reach far, and widths of nonsense', () => {
    const cell =
      '<td colspan="1000000" rowspan="1000000" width="99999999" style="padding:99999px;margin:-9e9px;width:1e99px">x</td>';
    const { text } = looked(
      textMail('Wide', `<table>${`<tr>${cell.repeat(30)}</tr>`.repeat(20)}</table>`, HTML),
    );
    says(text, /x/);
  });

  it('of style sheets', () => {
    const rules = Array.from(
      { length: 20_000 },
      (_, i) => `td.c${i % 50} div p, div>td{color:#${i % 10}${i % 7}0}`,
    ).join('');
    const html = `<style>@media{${'@media{'.repeat(5_000)}</style><style>${rules}${'a{'.repeat(9_000)}</style>${'<td class="c1"><div><p>cell</p></div></td>'.repeat(1_000)}`;
    says(looked(textMail('Styled', html, HTML)).text, /cell/);
  });

  it('of text in one word, and of more text than three hundred pages', () => {
    const { pages } = looked(textMail('Word', 'x'.repeat(50_000), 'text/plain'), false);
    assert.ok(pages > 5);
    const { text, attachments } = looked(
      textMail('Long', 'many words here\r\n'.repeat(60_000), 'text/plain'),
    );
    says(text, /too long to be shown completely/);
    assert.deepEqual(attachments, ['Subject.txt']);
  });

  it('of a thousand and one pages: all pages are there, and the text whole beside them', () => {
    const { pages, text, attachments } = looked(textMail('Book', '<p>line</p>'.repeat(35_000), HTML), false);
    assert.ok(pages > 990 && pages < 1_010, `${pages} pages`);
    says(text, /too long to be shown completely/);
    assert.deepEqual(attachments, ['Subject.html']);
  });

  it('of quotation marks in plain text', () => {
    assert.match(
      looked(textMail('Quoted', `${'>'.repeat(5_000)} inner\r\n> outer`, 'text/plain')).text,
      /inner/,
    );
  });
});

describe('pictures that lie', () => {
  const chunk = (kind: string, body: Buffer): Buffer => {
    const out = Buffer.alloc(12 + body.length);
    out.writeUInt32BE(body.length, 0);
    out.write(kind, 4, 'latin1');
    body.copy(out, 8);
    return out; // The checksum is not looked at by this reader.
  };
  const png = (width: number, height: number, data: Buffer, bits = 8, type = 2): Buffer => {
    const head = Buffer.alloc(13);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    head.set([bits, type, 0, 0, 0], 8);
    const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
    return Buffer.concat([start, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
  };

  it('about their size are not drawn', () => {
    const ok = deflateSync(Buffer.alloc(2 * (1 + 6)));
    assert.ok(readImage(png(2, 2, ok)));
    assert.equal(readImage(png(2_000_000, 2_000_000, ok)), null, 'no memory for a claim');
    assert.equal(readImage(png(4, 4, ok)), null, 'fewer pixels than claimed');
    assert.equal(
      readImage(png(2, 2, deflateSync(Buffer.alloc(50_000_000)))),
      null,
      'more pixels than claimed',
    );
    assert.equal(readImage(png(0, 2, ok)), null);
    assert.equal(readImage(png(2, 2, Buffer.from('no deflate'))), null);
    assert.equal(readImage(png(2, 2, ok, 3, 2)), null);
    assert.equal(
      readImage(Buffer.from('\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03 not a picture', 'latin1')),
      null,
    );
    const gif = Buffer.from(pdfFixture('dot.gif'));
    assert.ok(readImage(gif));
    assert.equal(readImage(gif.subarray(0, gif.length / 2)), null);
  });

  it('are read the same way in every form of PNG', () => {
    for (const name of ['interlaced.png', 'palette.png', 'logo.png'])
      assert.ok(readImage(pdfFixture(name)), name);
  });

  it('never make the reader throw', () => {
    const whole = ['logo.png', 'interlaced.png', 'palette.png', 'photo.jpg', 'dot.gif'].map(pdfFixture);
    const edit = fc.tuple(fc.nat(), fc.nat(255));
    const property = fc.property(
      fc.constantFrom(...whole),
      fc.array(edit, { maxLength: 6 }),
      fc.nat(),
      (picture, edits, cut) => {
        const octets = Buffer.from(
          picture.subarray(0, cut % 3 === 0 ? cut % picture.length : picture.length),
        );
        for (const [at, value] of edits) if (octets.length > 0) octets[at % octets.length] = value;
        readImage(octets);
      },
    );
    fc.assert(property, { seed, numRuns: 400 });
  });

  it('are attached where they cannot be shown', () => {
    const mail = mailOf('Pictures', 'multipart/related', [
      part(['Content-Type: text/html'], '<p>See <img src="cid:a" alt="the fracture"></p>'),
      part(['Content-Type: image/webp; name="x.webp"', 'Content-ID: <a>'], Buffer.from('RIFF....WEBPVP8 ')),
    ]);
    const { text, attachments } = looked(mail);
    says(text, /the fracture: picture not shown/);
    assert.deepEqual(attachments, ['x.webp']);
  });
});

describe('attachments', () => {
  it('five hundred of them, many with one name, are all there', () => {
    const parts = Array.from({ length: 500 }, (_, i) =>
      part(
        ['Content-Type: application/octet-stream', 'Content-Disposition: attachment; filename="same.bin"'],
        Buffer.from(`content ${i}`),
      ),
    );
    withPdf(
      pdfOf(mailOf('Many', 'multipart/mixed', [part(['Content-Type: text/plain'], 'text'), ...parts])),
      (disk) => {
        disk.check();
        const names = disk.attachments();
        assert.equal(names.length, 500);
        assert.equal(new Set(names).size, 500);
        assert.equal(disk.attachment('same.bin').toString(), 'content 0');
        assert.equal(disk.attachment('same (500).bin').toString(), 'content 499');
      },
    );
  });

  it('with names and types made to harm have harmless ones', () => {
    const names = [
      '../../../etc/cron.d/x',
      'C:\\\\autoexec.bat',
      'invoice=?utf-8?Q?=E2=80=AE?=fdp.exe',
      '....//',
      '>>endobj',
    ];
    const parts = names.map((name) =>
      part(
        [
          `Content-Type: application/x)>>; name="${name}"`,
          `Content-Disposition: attachment; filename="${name}"`,
        ],
        Buffer.from('x'),
      ),
    );
    const { attachments } = looked(mailOf('Names', 'multipart/mixed', parts));
    assert.equal(attachments.length, names.length);
    for (const name of attachments) assert.doesNotMatch(name, /[/\\\u0000-\u001f\u202e]|^\./, name);
  });
});

describe('texts', () => {
  it('of an unknown charset, a wrong one, or none', () => {
    const mail = (charset: string, octets: Buffer, type = 'text/plain') =>
      mailOf('Charset', 'multipart/mixed', [part([`Content-Type: ${type}${charset}`], octets)]);
    const utf8 = Buffer.from('Grüße aus Köln');
    const latin1 = Buffer.from('Grüße aus Köln', 'latin1');
    says(looked(mail('; charset=x-unknown', utf8)).text, /Grüße aus Köln/);
    says(looked(mail('; charset=x-unknown', latin1)).text, /Grüße aus Köln/);
    says(looked(mail('', latin1)).text, /Grüße aus Köln/);
    says(looked(mail('; charset=utf-16le', Buffer.from('Grüße', 'utf16le'))).text, /Grüße/);
    const koi8 = Buffer.concat([
      Buffer.from('<meta charset="koi8-r"><p>'),
      Buffer.from([0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]),
    ]);
    says(looked(mail('', koi8, 'text/html')).text, /Привет/);
    assert.match(
      looked(mail('; charset=utf-8', Buffer.from([0x41, 0xff, 0xfe, 0x00, 0xc3, 0x42]))).text,
      /A.*B/s,
    );
  });

  it('in a subject or a name end no line and no string (threat 31)', () => {
    const mail = textMail('=?utf-8?Q?a=0D=0Ab=29_=3E=3E_endobj_=28=5C?=', 'text', 'text/plain');
    const { text } = looked(mail);
    says(text, /a b\) >> endobj \(\\/);
  });

  it('with lone surrogates, controls and unassigned characters', () => {
    const html = '<p>a&#xD800;b&#0;c&#x1F;d\u0007e\u202Ef\u{10ffff}g\u{e0041}h</p>';
    says(looked(textMail('Odd', html, HTML)).text, /h/);
  });
});

describe('mutated HTML', () => {
  it('makes a PDF that qpdf finds right, whatever it is', () => {
    const sources = ['outlook.html', 'newsletter.html', 'thread.html', 'hebrew.html', 'broken.html'].map(
      (name) => pdfFixture(name).toString(),
    );
    const bits = [
      '<table>',
      '</td>',
      '<td colspan=9>',
      '<',
      '>',
      '"',
      "style='",
      '<li>',
      '</div>',
      '<img src=cid:logo@klinik width=',
      '&#x',
      '<!--',
      '<pre>',
      '\u202e',
      '👍',
      'א',
      '<style>',
      '{',
      '}',
      '<blockquote>',
      '<h1>',
      'font-size:0',
      '<br>',
    ];
    const edit = fc.tuple(fc.nat(), fc.nat(40), fc.constantFrom(...bits));
    const property = fc.property(
      fc.constantFrom(...sources),
      fc.array(edit, { minLength: 1, maxLength: 25 }),
      (source, edits) => {
        let html = source;
        for (const [at, length, bit] of edits) {
          const start = at % (html.length + 1);
          html = html.slice(0, start) + bit + html.slice(start + length);
        }
        withPdf(pdfOf(htmlMail('Mutated', html)), (disk) => {
          const { status, out, err } = disk.run('qpdf', ['--check', disk.path]);
          assert.equal(status, 0, `${out}${err}`);
        });
      },
    );
    fc.assert(property, { seed, numRuns: 60 });
  });
});
