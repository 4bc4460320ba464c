/**
 * Attachments inside the encryption (ISO 32000-2 §7.11.4), as associated files with names and types (§14.13).
 *
 * Their content passes in pieces; nothing of it is kept.
 */
import { Buffer } from 'node:buffer';
import type { Octets } from '#domain/mail/octets.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';
import { distinctNames, safeName } from '#domain/pdf/attachment-name.ts';
import type { PdfFile } from './write/pdf-file.ts';
import { name, type PdfRef } from './write/values.ts';

export interface AttachedFile {
  readonly name: string;
  readonly type: string;
  /** About, for the reader's eye. */
  readonly sizeBytes: number;
  readonly relationship: 'Unspecified' | 'Source' | 'Alternative';
  content(): Iterable<Uint8Array>;
}

/** Where the mail gives no name. */
const ENDINGS: Readonly<Record<string, string>> = {
  'application/pdf': '.pdf',
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/gif': '.gif',
  'image/webp': '.webp',
  'message/rfc822': '.eml',
  'text/calendar': '.ics',
  'text/html': '.html',
  'text/plain': '.txt',
  'text/vcard': '.vcf',
};
/** Compresses well, and is small enough to be held meanwhile. */
const DEFLATED = /^(?:text\/|message\/|application\/(?:json|xml|rtf|postscript))|[+/]xml$/;
const DEFLATED_OCTETS_MAX = 2_000_000;

/** A part of the mail as a file; `fallback` is its name where the mail gives none. */
export function fileOfPart(
  octets: Octets,
  entity: MimeEntity,
  given: string,
  fallback: string,
): AttachedFile {
  const type = entity.contentType.value;
  const encoded = entity.end - entity.bodyStart;
  return {
    name: safeName(given, `${fallback}${ENDINGS[type] ?? '.bin'}`),
    type,
    sizeBytes: entity.encoding === 'base64' ? Math.floor((encoded * 3) / 4.1) : encoded,
    relationship: 'Unspecified',
    content: () => decodedBody(octets, entity),
  };
}

export function withDistinctNames(files: readonly AttachedFile[]): AttachedFile[] {
  const names = distinctNames(files.map((file) => file.name));
  return files.map((file, i) => ({ ...file, name: names[i]! }));
}

/** Writes the file; its specification is by name in the result. */
export function* writeAttachment(file: PdfFile, attached: AttachedFile): Generator<Uint8Array, PdfRef> {
  const content = file.reserve();
  const parameters = file.reserve();
  // Even its type is kept out of the readable dictionary of the stream.
  const Subtype = file.add(name(typeName(attached.type)));
  const dictionary = { Type: name('EmbeddedFile'), Subtype, Params: parameters };
  let sizeBytes: number;
  if (DEFLATED.test(attached.type) && attached.sizeBytes <= DEFLATED_OCTETS_MAX) {
    const whole = Buffer.concat([...attached.content()].map((piece) => Uint8Array.from(piece)));
    sizeBytes = whole.length;
    file.stream(content, dictionary, whole, true);
  } else {
    sizeBytes = yield* file.longStream(content, dictionary, attached.content());
  }
  file.put(parameters, { Size: sizeBytes });
  yield* file.take();
  return file.add({
    Type: name('Filespec'),
    F: asciiName(attached.name),
    UF: attached.name,
    EF: { F: content, UF: content },
    AFRelationship: name(attached.relationship),
  });
}

const typeName = (type: string): string =>
  /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream';

/** For readers that know the old entry only. */
const asciiName = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/g, '_');
