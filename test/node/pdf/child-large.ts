/**
 * Child of large.test.ts: a mail with one attachment of the given size becomes a PDF that is only hashed; prints what
 * memory grew by.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Octets } from '#domain/mail/octets.ts';
import { parseMime } from '#domain/mime/tree.ts';
import { makePdf } from '#node/pdf/make-pdf.ts';
import { requestFor, textMail } from './pdf-tools.ts';

const sizeBytes = Number(process.argv[2]);
const LINE = Buffer.from(`${Buffer.alloc(57, 0xa5).toString('base64')}\r\n`);
const PIECE_LINES = 800;
const head = Buffer.from(
  [
    'From: ada@clinic.example\r\nTo: bo@partner.example\r\nSubject: Large\r\n',
    'Content-Type: multipart/mixed; boundary=bound\r\n\r\n--bound\r\n\r\nSee the scan.\r\n--bound\r\n',
    'Content-Type: application/dicom\r\nContent-Transfer-Encoding: base64\r\n',
    'Content-Disposition: attachment; filename="scan.dcm"\r\n\r\n',
  ].join(''),
);
const tail = Buffer.from('\r\n--bound--\r\n');
const lines = Math.ceil(sizeBytes / LINE.length);
const piece = Buffer.concat(Array.from({ length: PIECE_LINES }, () => LINE));

/** Octets that are made when they are asked for: nothing of the mail is in memory. */
const octets: Octets = {
  sizeBytes: head.length + lines * LINE.length + tail.length,
  slice: (start, end) => Buffer.concat([...octets.chunks(start, end)].map((p) => Uint8Array.from(p))),
  *chunks(start = 0, end = octets.sizeBytes) {
    let at = 0;
    function* window(part: Buffer): Generator<Uint8Array> {
      const from = Math.max(start - at, 0);
      const to = Math.min(end - at, part.length);
      if (from < to) yield part.subarray(from, to);
      at += part.length;
    }
    yield* window(head);
    for (let left = lines; left > 0; left -= PIECE_LINES) {
      yield* window(left < PIECE_LINES ? piece.subarray(0, left * LINE.length) : piece);
    }
    yield* window(tail);
  },
};

function run(): number {
  const parsed = parseMime(octets);
  if (parsed.kind === 'failed') throw new Error(parsed.detail);
  const made = makePdf({ ...requestFor(textMail('x', 'x')), octets, entity: parsed.mail });
  if ('refused' in made) throw new Error(made.refused);
  const hash = createHash('sha256');
  let written = 0;
  for (const one of made.pieces) {
    hash.update(one);
    written += one.length;
    if (written % 64 === 0) peak = Math.max(peak, process.memoryUsage().rss);
  }
  peak = Math.max(peak, process.memoryUsage().rss);
  return written;
}

const warm = makePdf(requestFor(textMail('x', 'x')));
if ('pieces' in warm) for (const _ of warm.pieces);
let peak = process.memoryUsage().rss;
const before = peak;
const written = run();
console.log(JSON.stringify({ written, grownBytes: peak - before }));
