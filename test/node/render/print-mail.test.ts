/**
 * Chromium as the second renderer (features.md D6, D9; threats 18, 22): pages of the mail in our PDF, nothing that acts or
 * fetches, and the built-in renderer when it fails.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { PdfRequest } from '#node/pdf/port.ts';
import { mailPrinter } from '#node/pdf/print-mail.ts';
import type { PrintPages } from '#node/render/port.ts';
import { htmlMail, requestFor, textMail, withPdf } from '../pdf/pdf-tools.ts';
import { browserHere } from './browser-here.ts';

const HTML = 'text/html; charset=utf-8';

async function printed(
  mail: Buffer,
  print: PrintPages = browserHere(),
  changes: Partial<PdfRequest> = {},
): Promise<{ pdf: Buffer; why: string | null }> {
  const made = await mailPrinter(print)(requestFor(mail, changes));
  if (!('pieces' in made)) return assert.fail('refused');
  const pdf = Buffer.concat([...made.pieces].map((piece) => Uint8Array.from(piece)));
  return { pdf, why: made.notRendered };
}

describe('a mail that Chromium prints', () => {
  it('stands between our pages, with its text, its tags and its pictures, and every program reads it', async () => {
    const html =
      '<h1>Findings</h1><p>The <b>laboratory</b> wrote &ndash; مرحبا 中文 &ndash; to you.</p>' +
      '<table border="1"><tr><th>Value</th></tr><tr><td>Samarkand</td></tr></table>' +
      '<img src="cid:photo@klinik" alt="the knee" width="100"><a href="https://elsewhere.example/x">a link</a>';
    const { pdf, why } = await printed(htmlMail('Your results', html));
    assert.equal(why, null);
    assert.doesNotMatch(pdf.toString('latin1'), /Samarkand|laboratory|elsewhere/);
    withPdf(pdf, (disk) => {
      disk.check();
      const text = disk.text();
      for (const word of ['Findings', 'laboratory', 'Samarkand', 'Dr. Ada Sender', 'Reply', 'a link']) {
        assert.ok(text.includes(word), `${word}\n${text}`);
      }
      assert.match(text, /\[1\]\s+https:\/\/elsewhere\.example\/x/);
      const structure = disk.run('pdfinfo', ['-struct-text', disk.path]).out;
      assert.match(structure, /H2[\s\S]*Findings/);
      assert.match(structure, /TD[\s\S]*Samarkand/);
      assert.match(structure, /Figure/);
      assert.deepEqual(
        disk.attachments(),
        ['Picture.gif', 'Picture.png'],
        'the picture that is shown is none',
      );
      const opened = disk.opened();
      assert.equal(opened.match(/\/URI \(/g)?.length, 1, 'the button alone');
    });
  });

  it('fetches nothing, reads no file, runs nothing', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.end('x');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const there = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const html = `<html><head><meta http-equiv="refresh" content="0;url=${there}"><base href="${there}">
        <link rel="stylesheet" href="${there}a.css"><link rel="prefetch" href="${there}b">
        <style>@import url(${there}c.css); body { background: url(${there}d.png) } @font-face { font-family: f; src: url(${there}e) }
        p { font-family: f; list-style-image: url(file:///etc/passwd) }</style></head>
        <body onload="document.body.textContent='acted'"><p>Before</p><script>document.write('acted')</script>
        <iframe src="file:///etc/passwd"></iframe><object data="file:///etc/passwd"></object><embed src="${there}f">
        <img src="${there}g.png"><img src="file:///etc/passwd" alt="file"><img srcset="${there}h.png 2x">
        <svg><image href="${there}i.png" xlink:href="${there}j.png"/><use href="file:///etc/passwd#x"/><script>acted()</script></svg>
        <video poster="${there}k"></video><form action="${there}"><input autofocus onfocus="acted()"></form>
        <a href="javascript:acted()">press</a><p style="background:url(${there}l)">After</p></body></html>`;
      const { pdf, why } = await printed(textMail('Hostile', html, HTML));
      assert.equal(why, null);
      withPdf(pdf, (disk) => {
        const text = disk.text();
        assert.match(text, /Before[\s\S]*After/);
        assert.doesNotMatch(text, /acted|root:/);
        assert.doesNotMatch(
          disk.opened(),
          /\/JavaScript|\/JS |\/Launch|\/GoToR|\/SubmitForm|\/OpenAction|\/AA /,
        );
      });
      assert.equal(asked, 0);
    } finally {
      server.close();
    }
  });

  it('is made smaller when it is wider than a page', async () => {
    const { pdf } = await printed(
      textMail('Wide', `<div style="width:1000px;text-align:right">far right</div>`, HTML),
    );
    withPdf(pdf, (disk) => {
      const box = /xMin="([\d.]+)"[^>]*xMax="([\d.]+)"[^>]*>right</.exec(
        disk.run('pdftotext', ['-bbox', disk.path, '-']).out,
      );
      assert.ok(box && Number(box[2]) < 400 && Number(box[2]) > 300, String(box));
    });
  });
});

describe('the built-in renderer comes instead', () => {
  const MAIL = textMail('Letter', '<p>The text of the letter</p>', HTML);
  const endless: PrintPages = () =>
    Promise.resolve({ kind: 'failed', why: 'too many mails for the browser' });
  for (const [name, print, why] of [
    ['there is no Chromium', browserHere({ program: '/nowhere/chromium' }), /browser/],
    ['it takes too long', browserHere({ timeoutMs: 1 }), /longer than 1 ms/],
    ['it needs too much memory', browserHere({ memoryMb: 1 }), /more than 1 MB/],
    ['it ends at once', browserHere({ program: '/bin/false' }), /browser/],
    ['the process says no', endless, /too many/],
  ] as const) {
    it(`when ${name}, and the trace is told`, async () => {
      const made = await printed(MAIL, print);
      assert.match(made.why ?? '', why);
      withPdf(made.pdf, (disk) => assert.match(disk.text(), /The text of the letter/));
    });
  }

  it('for plain text, without asking the browser', async () => {
    const asked: PrintPages = () => assert.fail('asked');
    const made = await printed(textMail('Plain', 'only text'), asked);
    assert.equal(made.why, null);
  });
});
