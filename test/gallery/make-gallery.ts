/**
 * The pictures of docs/pdf-gallery.md: the mails of test/fixtures/gallery as PDFs by both renderers, the first pages of
 * the mail side by side. Needs Debian's chromium and poppler-utils.
 *
 *   node deploy/run.mjs test/gallery/make-gallery.ts [beginning of a name]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePdf } from '#node/pdf/make-pdf.ts';
import type { PdfResult } from '#node/pdf/port.ts';
import { mailPrinter } from '#node/pdf/print-mail.ts';
import { htmlMail, PASSWORD, requestFor, textMail } from '../node/pdf/pdf-tools.ts';
import { browserHere } from '../node/render/browser-here.ts';

const MAILS = new URL('../fixtures/gallery/', import.meta.url);
const PICTURES = new URL('../../docs/images/pdf/', import.meta.url).pathname;
/** Text can be read, and a picture stays below 60 KB. */
const DOTS_PER_INCH = '58';
/** Behind the cover. */
const PAGE = '2';

const folder = mkdtempSync(join(tmpdir(), 'sealgate-gallery-'));
const [wanted = ''] = process.argv.slice(2);
const print = mailPrinter(browserHere());
try {
  for (const file of readdirSync(MAILS).sort()) {
    if (!file.startsWith(wanted)) continue;
    const name = file.replace(/\.html$/, '');
    const subject = name.replace(/^\d+-/, '').replaceAll('-', ' ');
    const html = readFileSync(new URL(file, MAILS), 'utf8');
    const hasPictures = html.includes('cid:');
    const request = requestFor(
      hasPictures ? htmlMail(subject, html) : textMail(subject, html, 'text/html; charset=utf-8'),
    );
    draw(makePdf(request), `${name}-built-in`);
    draw(await print(request), `${name}-chromium`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function draw(made: PdfResult, name: string): void {
  if ('refused' in made) throw new Error(`${name}: ${made.refused}`);
  if (made.notRendered !== null) throw new Error(`${name}: ${made.notRendered}`);
  const pdf = join(folder, 'mail.pdf');
  writeFileSync(pdf, Buffer.concat([...made.pieces].map((piece) => Uint8Array.from(piece))));
  const page = ['-f', PAGE, '-l', PAGE, '-singlefile', '-r', DOTS_PER_INCH, '-png'];
  const done = spawnSync('pdftoppm', [...page, '-upw', PASSWORD, pdf, join(folder, 'page')], {
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`${name}: ${done.stderr}`);
  renameSync(join(folder, 'page.png'), join(PICTURES, `${name}.png`));
  console.log(name);
}
