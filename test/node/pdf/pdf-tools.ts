/**
 * Mails made for PDF tests, and what other programs say about the PDF: qpdf, poppler, MuPDF, pdf.js.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { octetsOf } from '#domain/mail/octets.ts';
import { standardTemplate } from '#domain/pdf/standard-texts.ts';
import { makePdf } from '#node/pdf/make-pdf.ts';
import type { PdfRequest } from '#node/pdf/port.ts';
import { parsed } from '../../domain/mime/fixture.ts';

export const PASSWORD = 'Grüße-from-42';

const folder = new URL('../../fixtures/pdf/', import.meta.url);
export const pdfFixture = (name: string): Buffer => readFileSync(new URL(name, folder));

/** A part of a mail: header lines and content; binary content as base64. */
export function part(headers: readonly string[], content: string | Buffer): string {
  if (typeof content === 'string') return `${headers.join('\r\n')}\r\n\r\n${content}\r\n`;
  const base64 = content.toString('base64').replace(/.{76}/g, '$&\r\n');
  return `${headers.join('\r\n')}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`;
}

const HEAD = [
  'From: "Dr. Ada Sender" <ada@clinic.example>',
  'To: Bo Reader <bo@partner.example>',
  'Date: Sat, 28 Nov 2026 14:03:00 +0100',
  'MIME-Version: 1.0',
];

export function mailOf(subject: string, type: string, parts: readonly string[]): Buffer {
  const head = [...HEAD, `Subject: ${subject}`, `Content-Type: ${type}; boundary=bound`];
  return Buffer.from(
    `${head.join('\r\n')}\r\n\r\n${parts.map((one) => `--bound\r\n${one}`).join('')}--bound--\r\n`,
  );
}

export function textMail(subject: string, text: string, type = 'text/plain; charset=utf-8'): Buffer {
  const head = [...HEAD, `Subject: ${subject}`, `Content-Type: ${type}`, 'Content-Transfer-Encoding: 8bit'];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** HTML with the pictures of the fixtures beside it, as `cid:logo@clinic`, `cid:photo@clinic`, `cid:dot@clinic`. */
export function htmlMail(subject: string, html: string): Buffer {
  const picture = (name: string, type: string) =>
    part([`Content-Type: image/${type}`, `Content-ID: <${name.split('.')[0]}@klinik>`], pdfFixture(name));
  return mailOf(subject, 'multipart/related', [
    part(['Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: 8bit'], html),
    picture('logo.png', 'png'),
    picture('photo.jpg', 'jpeg'),
    picture('dot.gif', 'gif'),
  ]);
}

export function requestFor(mail: Buffer, changes: Partial<PdfRequest> = {}): PdfRequest {
  const octets = octetsOf(mail);
  return {
    octets,
    entity: parsed(octets),
    template: standardTemplate('Lake Clinic', 'en'),
    language: 'en',
    password: PASSWORD,
    algorithm: 'aes-256',
    recipient: 'bo@partner.example',
    reply: { address: 'https://reply.clinic.example/r/token-1', untilMs: Date.UTC(2027, 0, 31) },
    attachOriginal: false,
    nowMs: Date.UTC(2026, 10, 28),
    ...changes,
  };
}

export function pdfOf(mail: Buffer, changes: Partial<PdfRequest> = {}): Buffer {
  const made = makePdf(requestFor(mail, changes));
  assert.ok('pieces' in made, 'refused');
  return Buffer.concat([...made.pieces].map((piece) => Uint8Array.from(piece)));
}

/** A PDF as a file, for programs. Removed with its folder by `close`. */
export class PdfOnDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'sealgate-pdf-'));
  readonly path = join(this.folder, 'mail.pdf');
  readonly #password: string;

  constructor(pdf: Buffer, password = PASSWORD) {
    writeFileSync(this.path, pdf);
    this.#password = password;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  run(
    program: string,
    args: readonly string[],
    password = this.#password,
  ): { status: number; out: string; err: string } {
    const option =
      program === 'qpdf' ? [`--password=${password}`] : [program === 'mutool' ? '-p' : '-upw', password];
    const all = program === 'mutool' ? [args[0]!, ...option, ...args.slice(1)] : [...option, ...args];
    const done = spawnSync(program, all, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return { status: done.status ?? -1, out: done.stdout, err: done.stderr };
  }

  /** qpdf reads every object, poppler and MuPDF draw every page (`draw`); none has anything to say. */
  check(draw = true): void {
    const qpdf = this.run('qpdf', ['--check', this.path]);
    assert.equal(qpdf.status, 0, qpdf.out + qpdf.err);
    assert.doesNotMatch(qpdf.out + qpdf.err, /WARNING|ERROR/);
    if (!draw) return;
    const poppler = this.run('pdftoppm', ['-r', '20', '-png', this.path, join(this.folder, 'page')]);
    assert.equal(poppler.err, '');
    const mupdf = this.run('mutool', ['draw', '-r', '20', '-o', join(this.folder, 'mu-%d.png'), this.path]);
    assert.equal(mupdf.status, 0, mupdf.err);
    assert.doesNotMatch(mupdf.err, /^(?!.*ICC support).*(?:warning|error)/m);
  }

  text(): string {
    const done = this.run('pdftotext', ['-enc', 'UTF-8', this.path, '-']);
    assert.equal(done.status, 0, done.err);
    return done.out;
  }

  /** Names of the attachments, in the reader's order. */
  attachments(): string[] {
    const { out } = this.run('pdfdetach', ['-list', this.path]);
    return [...out.matchAll(/^\d+: (.*)$/gm)].map((match) => match[1]!);
  }

  attachment(name: string): Buffer {
    const index = this.attachments().indexOf(name) + 1;
    assert.ok(index > 0, `no attachment ${name}`);
    const target = join(this.folder, 'attachment');
    const done = this.run('pdfdetach', ['-save', String(index), '-o', target, this.path]);
    assert.equal(done.status, 0, done.err);
    return readFileSync(target);
  }

  /** The whole document in the clear, each object readable: what an inspector would look at. */
  opened(): string {
    const target = join(this.folder, 'clear.pdf');
    const args = ['--decrypt', '--qdf', '--object-streams=disable', this.path, target];
    assert.equal(this.run('qpdf', args).status, 0);
    return readFileSync(target, 'latin1');
  }
}

/** Runs `look` on the PDF of a mail. */
export function withPdf<T>(pdf: Buffer, look: (disk: PdfOnDisk) => T, password = PASSWORD): T {
  const disk = new PdfOnDisk(pdf, password);
  try {
    return look(disk);
  } finally {
    disk.close();
  }
}
