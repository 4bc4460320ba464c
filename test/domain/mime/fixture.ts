/** The corpus of real-world style mails, and octets in pieces as a sealed file gives them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type Octets, octetsOf } from '#domain/mail/octets.ts';
import { type MimeEntity, parseMime } from '#domain/mime/tree.ts';

const folder = new URL('../../fixtures/mime/', import.meta.url);

export const fixtureNames: readonly string[] = readdirSync(folder).sort();

export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, folder));
}

export function parsed(octets: Octets | Uint8Array): MimeEntity {
  const result = parseMime('chunks' in octets ? octets : octetsOf(octets));
  assert.equal(result.kind, 'continue');
  return result.kind === 'continue' ? result.mail : assert.fail();
}

/** CRLF for every LF, so that mails can be written as template texts. */
export function mail(text: string): Buffer {
  return Buffer.from(text.replace(/\r?\n/g, '\r\n'));
}

/** The same bytes, lent in pieces whose memory is used again, as the contract of Octets allows. */
export function inPieces(bytes: Uint8Array, pieceBytes: number): Octets {
  return {
    sizeBytes: bytes.length,
    slice: (start, end) => bytes.subarray(start, end),
    *chunks(start = 0, end = bytes.length) {
      const memory = new Uint8Array(pieceBytes);
      for (let at = start; at < end; at += pieceBytes) {
        const piece = bytes.subarray(at, Math.min(at + pieceBytes, end));
        memory.set(piece);
        yield memory.subarray(0, piece.length);
        memory.fill(0x2a);
      }
    },
  };
}

export function textOf(pieces: Iterable<Uint8Array>): string {
  return bytesOf(pieces).toString('utf8');
}

export function bytesOf(pieces: Iterable<Uint8Array>): Buffer {
  const list: Buffer[] = [];
  for (const piece of pieces) list.push(Buffer.from(piece));
  return Buffer.concat(list);
}
