/**
 * P9: a mail of 10 KB to an encrypted PDF, in one thread and through the whole gateway, against a `qpdf --encrypt` process
 * for each PDF that somebody else has laid out already.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { octetsOf } from '#domain/mail/octets.ts';
import { parseMime } from '#domain/mime/tree.ts';
import { standardTemplate } from '#domain/pdf/standard-texts.ts';
import { makePdf } from '#node/pdf/make-pdf.ts';
import { type BenchRow, inTurns, rowOf } from './bench-row.ts';
import { pdfLine } from './pdf-line.ts';

const PASSWORD = 'Anker-Wolke-42';
const ROUNDS = 5;
const ROUND_MS = 1_500;
/** Until the compiler has done its work: a gateway runs for months. */
const WARM_UP_MS = 3_000;

const SENTENCES =
  'The values are within the normal range; we would like to see you again in six weeks.\r\n'.repeat(6);
const MAIL = Buffer.from(
  [
    'From: Dr. Ada Sender <ada@clinic.example>\r\nTo: bo@partner.example\r\nDate: Sat, 28 Nov 2026 14:03:00 +0100\r\n',
    'Subject: Your results\r\nContent-Type: multipart/mixed; boundary=bound\r\n\r\n--bound\r\n',
    `Content-Type: text/html; charset=utf-8\r\n\r\n<p>Dear Bo,</p><p>${SENTENCES}</p><p><b>Best regards</b></p>\r\n--bound\r\n`,
    'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="report.pdf"\r\n',
    `Content-Transfer-Encoding: base64\r\n\r\n${Buffer.alloc(7_000, 0xa5).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--bound--\r\n`,
  ].join(''),
);

function kernel(): Buffer {
  const octets = octetsOf(MAIL);
  const parsed = parseMime(octets);
  if (parsed.kind === 'failed') throw new Error(parsed.detail);
  const made = makePdf({
    octets,
    entity: parsed.mail,
    template: standardTemplate('Lake Clinic', 'en'),
    language: 'en',
    password: PASSWORD,
    algorithm: 'aes-256',
    recipient: 'bo@partner.example',
    reply: { address: 'https://reply.clinic.example/r/token', untilMs: Date.UTC(2027, 0, 31) },
    attachOriginal: false,
    nowMs: Date.now(),
  });
  if ('refused' in made) throw new Error(made.refused);
  return Buffer.concat([...made.pieces].map((piece) => Uint8Array.from(piece)));
}

function perSecond(action: () => unknown, forMs: number): number {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    action();
    count += 1;
    elapsed = performance.now() - start;
  } while (elapsed < forMs);
  return (count * 1000) / elapsed;
}

export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-bench-'));
  try {
    const [sealed, clear, out] = ['sealed.pdf', 'clear.pdf', 'out.pdf'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(sealed, kernel());
    execFileSync('qpdf', [`--password=${PASSWORD}`, '--decrypt', sealed, clear]);
    const encrypt = () =>
      execFileSync('qpdf', ['--encrypt', PASSWORD, 'owner-password', '256', '--', clear, out]);
    const mail = join(folder, 'mail.eml');
    writeFileSync(mail, MAIL.toString('latin1').replaceAll('\r\n', '\n')); // smtp-source makes the line ends.
    const line = await pdfLine(mail);
    try {
      perSecond(kernel, WARM_UP_MS);
      const rounds = await inTurns(ROUNDS, [
        () => line.perSecond(),
        async () => perSecond(kernel, ROUND_MS),
        async () => perSecond(encrypt, ROUND_MS),
      ]);
      const against = (side: number) =>
        rounds.map((values) => ({ product: values[side]!, anchor: values[2]! }));
      for (const [stage, ms] of line.stages()) console.error(`P9 ${stage}: ${ms.toFixed(2)} ms`);
      return [
        rowOf('P9', 'PDF of 10 KB through the gateway, against `qpdf --encrypt`', 'mails/s', against(0)),
        rowOf('P9', 'PDF of 10 KB in one thread, against `qpdf --encrypt`', 'mails/s', against(1)),
      ];
    } finally {
      await line.stop();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
