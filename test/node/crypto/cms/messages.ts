/**
 * Mails to protect, and the shortest ways through the API, for the tests of CMS.
 */

import type { WeakCipher } from '#domain/policy/rule-book.ts';
import type { Content } from '#node/crypto/cms/content.ts';
import { type OpenReport, openEnvelope } from '#node/crypto/cms/open-envelope.ts';
import { readSigned, type SignedReport } from '#node/crypto/cms/read-signed.ts';
import type { SignRequest } from '#node/crypto/cms/sign.ts';
import type { SignatureScheme } from '#node/keys/port.ts';
import type { People, Person } from './people.ts';

export const MAIL = Buffer.from(
  'Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße, and a line of text.\r\nAnd another one.\r\n',
);

/** In pieces of odd sizes, as a stream brings them. */
export function contentOf(bytes: Uint8Array, pieceBytes = 1000): Content {
  return {
    sizeBytes: bytes.length,
    *chunks() {
      for (let i = 0; i < bytes.length; i += pieceBytes) yield bytes.subarray(i, i + pieceBytes);
    },
  };
}

export function request(person: Person, scheme: SignatureScheme): SignRequest {
  return {
    certificate: person.certificate,
    scheme,
    sign: person.sign,
    signingTimeMs: Date.now(),
    otherCertificates: [],
    encryptionCertificate: null,
  };
}

/** Reads a signed message that comes in pieces of any size, with its content. */
export function read(cms: Uint8Array, detached?: Uint8Array): SignedReport & { content: Buffer } {
  const pieces: Buffer[] = [];
  const report = readSigned({
    cms: contentOf(cms, 700).chunks(),
    ...(detached && { detached: contentOf(detached).chunks() }),
    onContent: (piece) => pieces.push(Buffer.from(piece)),
  });
  return { ...report, content: Buffer.concat(pieces) };
}

export async function open(
  people: People,
  person: Person,
  cms: Uint8Array,
  options: { weakCiphers?: readonly WeakCipher[]; pieceBytes?: number } = {},
): Promise<OpenReport & { content: Buffer }> {
  const pieces: Buffer[] = [];
  const report = await openEnvelope({
    cms: () => contentOf(cms, options.pieceBytes ?? 700).chunks(),
    keys: [person.decryption],
    port: people.port,
    onContent: (piece) => pieces.push(Buffer.from(piece)),
    weakCiphers: options.weakCiphers ?? [],
  });
  return { ...report, content: Buffer.concat(pieces) };
}
