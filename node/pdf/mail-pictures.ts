/**
 * Pictures that a text names, from the mail itself: by Content-ID, or written into the address. Nothing is ever fetched.
 */
import { Buffer } from 'node:buffer';
import type { Octets } from '#domain/mail/octets.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';
import { bareId } from '#domain/pdf/mail-content.ts';
import type { PdfImage } from './image/image.ts';
import { readImage } from './image/read-image.ts';

/** A photograph from a telephone; what is larger stays an attachment. */
const PICTURE_OCTETS_MAX = 12_000_000;
/** All together are in memory at once. */
export const PICTURES_OCTETS_MAX = 40_000_000;
/** Signatures repeat theirs; a gallery has some dozens. */
export const PICTURES_MAX = 300;
const DATA = /^data:image\/[\w.+-]+;base64,/i;

export class MailPictures {
  readonly shown = new Set<MimeEntity>();
  readonly #octets: Octets;
  readonly #byId: ReadonlyMap<string, MimeEntity>;
  readonly #read = new Map<MimeEntity | string, PdfImage | null>();
  #sizeBytes = 0;

  constructor(octets: Octets, byId: ReadonlyMap<string, MimeEntity>) {
    this.#octets = octets;
    this.#byId = byId;
  }

  /** Null: not in the mail, of a format that a PDF cannot hold, damaged, or too large. */
  find(source: string): PdfImage | null {
    const text = source.trim();
    if (DATA.test(text))
      return this.#remember(text, () => Buffer.from(text.slice(text.indexOf(',') + 1), 'base64'));
    const entity = namedPart(text, this.#byId);
    if (entity === undefined) return null;
    const image = this.#remember(entity, () => pictureOctets(this.#octets, entity));
    if (image !== null) this.shown.add(entity);
    return image;
  }

  #remember(key: MimeEntity | string, read: () => Buffer | null): PdfImage | null {
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    if (this.#read.size >= PICTURES_MAX) return null;
    const octets = read();
    const room = PICTURES_OCTETS_MAX - this.#sizeBytes;
    const image = octets === null || octets.length > room ? null : readImage(octets);
    if (image !== null) this.#sizeBytes += image.octets.length + (image.mask?.length ?? 0);
    this.#read.set(key, image);
    return image;
  }
}

/** The octets of a picture; null when it is too large to be shown. */
export function pictureOctets(octets: Octets, entity: MimeEntity): Buffer | null {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const piece of decodedBody(octets, entity)) {
    sizeBytes += piece.length;
    if (sizeBytes > PICTURE_OCTETS_MAX) return null;
    pieces.push(Uint8Array.from(piece)); // A piece is only lent.
  }
  return Buffer.concat(pieces);
}

/** The part that a `cid:` address names. */
export function namedPart(source: string, byId: ReadonlyMap<string, MimeEntity>): MimeEntity | undefined {
  if (!/^cid:/i.test(source)) return undefined;
  const id = bareId(source.slice(4));
  return byId.get(id) ?? byId.get(decoded(id));
}

/** RFC 2392 §2: the identifier is written as a URL. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
