/** A partner with a PDF reader: takes the file out of a carrier mail and opens it with qpdf and poppler. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { octetsOf } from '#domain/mail/octets.ts';
import { decodeEncodedWords } from '#domain/mime/encoded-word.ts';
import { firstValue } from '#domain/mime/header.ts';
import { gather } from '#domain/mime/text.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { entitiesOf, parseMime } from '#domain/mime/tree.ts';
import type { CapturedMail } from './mail-catcher.ts';

export interface PdfPartner {
  /** Whether the password opens it. */
  opens(pdf: Uint8Array, password: string): boolean;
  /** What `qpdf --show-encryption` says. */
  encryption(pdf: Uint8Array, password: string): string;
  /** The pages as text. */
  text(pdf: Uint8Array, password: string): string;
  /** Where the one button leads. */
  link(pdf: Uint8Array, password: string): string;
  /** The names of the attachments, in order. */
  attachments(pdf: Uint8Array, password: string): string[];
  remove(): void;
}

export function pdfPartner(): PdfPartner {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-pdf-partner-'));
  const file = join(folder, 'message.pdf');
  const run = (program: string, args: readonly string[], pdf: Uint8Array) => {
    writeFileSync(file, pdf);
    return spawnSync(program, [...args], { encoding: 'utf8' });
  };
  return {
    opens: (pdf, password) => run('qpdf', [`--password=${password}`, '--check', file], pdf).status === 0,
    encryption: (pdf, password) =>
      run('qpdf', [`--password=${password}`, '--show-encryption', file], pdf).stdout,
    text(pdf, password) {
      const out = join(folder, 'text');
      const done = run('pdftotext', ['-upw', password, '-layout', file, out], pdf);
      assert.equal(done.status, 0, done.stderr);
      return readFileSync(out, 'utf8');
    },
    link(pdf, password) {
      const clear = join(folder, 'clear.pdf');
      const args = [`--password=${password}`, '--decrypt', '--qdf', '--object-streams=disable', file, clear];
      assert.equal(run('qpdf', args, pdf).status, 0);
      const addresses = readFileSync(clear, 'latin1').match(/\/URI \(([^)]+)\)/g) ?? [];
      assert.equal(addresses.length, 1, 'one link');
      return /\(([^)]+)\)/.exec(addresses[0] ?? '')?.[1] ?? '';
    },
    attachments: (pdf, password) =>
      [...run('pdfdetach', ['-upw', password, '-list', file], pdf).stdout.matchAll(/^\d+: (.*)$/gm)].map(
        ([, name]) => name ?? '',
      ),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Parts of a mail, decoded. */
function partsOf(mail: CapturedMail): { type: string; body: Buffer }[] {
  const octets = octetsOf(mail.raw);
  const parsed = parseMime(octets);
  if (parsed.kind !== 'continue') return assert.fail('a mail that cannot be read');
  return [...entitiesOf(parsed.mail)].map((entity) => ({
    type: entity.contentType.value,
    body: Buffer.from(gather(decodedBody(octets, entity))),
  }));
}

export function pdfOf(mail: CapturedMail): Buffer {
  const part = partsOf(mail).find(({ type }) => type === 'application/pdf');
  return part?.body ?? assert.fail(`no PDF in\n${mail.text.slice(0, 2000)}`);
}

export function textOf(mail: CapturedMail): string {
  const part = partsOf(mail).find(({ type }) => type === 'text/plain');
  return part?.body.toString('utf8') ?? assert.fail('no text');
}

export function subjectOf(mail: CapturedMail): string {
  const parsed = parseMime(octetsOf(mail.raw));
  return parsed.kind === 'continue'
    ? decodeEncodedWords(firstValue(parsed.mail.header, 'subject') ?? '')
    : assert.fail();
}

/** The password in a notice to a sender, of that recipient, in any of the four languages. */
export function passwordIn(notice: CapturedMail, recipient: string): string {
  const about = textOf(notice).split(recipient)[1] ?? '';
  return /(?:Password|Kennwort|Wachtwoord|passe)\s?: (\S+)/.exec(about)?.[1] ?? assert.fail(textOf(notice));
}
