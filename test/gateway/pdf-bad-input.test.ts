/** Mails that are too much, through the whole gateway as PDFs: what comes out is whole, or the sender is told. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CapturedMail } from './mail-catcher.ts';
import { type PdfPartner, passwordIn, pdfOf, pdfPartner } from './pdf-partner.ts';
import { type PdfStage, pdfStage } from './pdf-stage.ts';
import { type Gateway, runGateway } from './run-gateway.ts';

const bob = 'bob@partner.example';
const MIXED = { headers: 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=bound\r\n' };
const LARGE_OCTETS = 50 * 1024 * 1024;

let gateway: Gateway;
let stage: PdfStage;
let reader: PdfPartner;

before(async () => {
  gateway = await runGateway();
  reader = pdfPartner();
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  stage = pdfStage(gateway);
  await stage.publish([
    {
      name: 'outgoing',
      when: { direction: 'outgoing' },
      passes: [
        { actions: [{ do: 'encrypt', methods: ['pdf'], otherwise: 'back-to-sender', headers: 'copied' }] },
      ],
    },
  ]);
  await stage.setPolicy({});
});
after(async () => {
  await gateway?.remove();
  reader?.remove();
});

const file = (name: string, base64: string): string =>
  `--bound\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n` +
  `Content-Disposition: attachment; ${name}\r\n\r\n${base64}\r\n`;

/** Not by our own reader, which takes its time with a part of this size. */
function largePdfOf({ text }: CapturedMail): Buffer {
  const part = text.indexOf('Content-Type: application/pdf');
  const start = text.indexOf('\r\n\r\n', part) + 4;
  return Buffer.from(text.slice(start, text.indexOf('\r\n--', start)), 'base64');
}

describe('a mail that is too much', () => {
  let password = '';

  it('has five hundred attachments, of odd and equal names: all arrive, under harmless names', async () => {
    const odd = [
      'filename="../../etc/passwd"',
      "filename*=utf-8''invoice%E2%80%AEfdp.exe",
      "filename*=utf-8''a%0D%0Ab%00c.txt",
    ];
    const same = Array.from({ length: 497 }, () => 'filename="scan.pdf"');
    const parts = [...odd, ...same].map((name) => file(name, 'eA=='));
    const body = `--bound\r\nContent-Type: text/plain\r\n\r\nMany.\r\n${parts.join('')}--bound--`;
    const id = await stage.send({ to: [bob], subject: 'Many', body, ...MIXED });
    password = passwordIn(await stage.noticeAbout(id), bob);
    const names = reader.attachments(pdfOf(await stage.carrierFor(bob, id)), password);
    assert.equal(names.length, 500);
    assert.equal(new Set(names).size, 500);
    for (const name of names) assert.doesNotMatch(name, /[/\\\p{Cc}\u202e]/u);
  });

  it('has fifty megabytes: it arrives whole, in a PDF that is right', async () => {
    const line = `${Buffer.alloc(57, 0xa5).toString('base64')}\r\n`;
    const content = file('filename="scan.dcm"', line.repeat(LARGE_OCTETS / 78));
    const body = `--bound\r\nContent-Type: text/plain\r\n\r\nLarge.\r\n${content}--bound--`;
    const id = await stage.send({ to: [bob], subject: 'Large', body, ...MIXED });
    const pdf = largePdfOf(await stage.carrierFor(bob, id));
    assert.ok(pdf.length > LARGE_OCTETS * 0.7);
    assert.deepEqual(reader.attachments(pdf, password), ['scan.dcm']);
    assert.ok(reader.opens(pdf, password), 'qpdf finds nothing wrong');
  });
});
