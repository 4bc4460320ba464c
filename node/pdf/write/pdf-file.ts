/**
 * A PDF file, written front to back in pieces: nothing that was given out is needed again.
 *
 * Every object that is no stream goes into an encrypted object stream (ISO 32000-2 §7.5.7), so that not even a name, a
 * number or the shape of the document is readable; outside stand only stream dictionaries without any text, lengths, the
 * encryption dictionary and the cross-reference stream.
 */
import { Buffer } from 'node:buffer';
import { deflateSync } from 'node:zlib';
import type { PdfSecurity } from '#node/crypto/pdf/security.ts';
import { name, type PdfDictionary, PdfRef, type PdfValue, written } from './values.ts';

/** Readers unpack an object stream as a whole to reach one object of it. */
const OBJECTS_A_STREAM = 200;
/** ISO 32000-2 §7.5.2; the octets above 127 tell transfer programs that the file is binary. */
const MARK = '%âãÏÓ\n';
/** Offsets of five octets reach a terabyte. */
const OFFSET_BYTES = 5;
const INDEX_BYTES = 2;

type Place = { readonly offset: number } | { readonly stream: number; readonly index: number };

export class PdfFile {
  readonly #security: PdfSecurity;
  readonly #places: (Place | undefined)[] = [undefined];
  #ready: Uint8Array[] = [];
  #sizeBytes = 0;
  #waiting: { readonly number: number; readonly text: string }[] = [];

  constructor(security: PdfSecurity) {
    this.#security = security;
    const version = security.algorithm === 'aes-256' ? '2.0' : '1.7';
    this.#push(Buffer.from(`%PDF-${version}\n${MARK}`, 'latin1'));
  }

  /** A number for an object that is written later. */
  reserve(): PdfRef {
    this.#places.push(undefined);
    return new PdfRef(this.#places.length - 1);
  }

  /** Writes an object that is no stream. */
  put(ref: PdfRef, value: PdfValue): void {
    this.#waiting.push({ number: ref.number, text: written(value) });
    if (this.#waiting.length >= OBJECTS_A_STREAM) this.#writeObjectStream();
  }

  add(value: PdfValue): PdfRef {
    const ref = this.reserve();
    this.put(ref, value);
    return ref;
  }

  /** Writes a stream that is in memory. The dictionary holds no text: it stays readable. */
  stream(ref: PdfRef, dictionary: PdfDictionary, content: Uint8Array, deflate: boolean): void {
    const plain = deflate ? deflateSync(content) : content;
    const { iv, cipher } = this.#security.cipher(ref.number);
    const body = [iv, cipher.update(plain), cipher.final()];
    const Length = body.reduce((sum, piece) => sum + piece.length, 0);
    const Filter = deflate ? name('FlateDecode') : dictionary.Filter;
    this.#object(ref, readableDictionary({ ...dictionary, Filter, Length }), body);
  }

  addStream(dictionary: PdfDictionary, content: Uint8Array, deflate = true): PdfRef {
    const ref = this.reserve();
    this.stream(ref, dictionary, content, deflate);
    return ref;
  }

  /** Writes a stream of any size as it comes; returns the size of its content in octets. */
  *longStream(
    ref: PdfRef,
    dictionary: PdfDictionary,
    content: Iterable<Uint8Array>,
  ): Generator<Uint8Array, number> {
    const length = this.reserve(); // Known only behind the stream.
    this.#begin(ref, readableDictionary({ ...dictionary, Length: length }));
    const { iv, cipher } = this.#security.cipher(ref.number);
    const start = this.#sizeBytes;
    let contentBytes = 0;
    this.#push(iv);
    for (const piece of content) {
      contentBytes += piece.length;
      this.#push(cipher.update(piece));
      yield* this.take();
    }
    this.#push(cipher.final());
    const sizeBytes = this.#sizeBytes - start;
    this.#push(Buffer.from('\nendstream\nendobj\n'));
    this.#plain(length, String(sizeBytes));
    return contentBytes;
  }

  /** What is ready to go, once. */
  take(): Uint8Array[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** Writes what waits, the encryption dictionary and the cross-reference stream. */
  end(root: PdfRef, metadata: PdfDictionary): Uint8Array[] {
    const info = this.add(metadata);
    this.#writeObjectStream();
    const encrypt = this.reserve();
    this.#plain(encrypt, written(this.#encryptDictionary()));
    const xref = this.reserve();
    const start = this.#sizeBytes;
    this.#places[xref.number] = { offset: start };
    const table = deflateSync(this.#table());
    const id = this.#security.fileId;
    const dictionary = written({
      Type: name('XRef'),
      Size: this.#places.length,
      W: [1, OFFSET_BYTES, INDEX_BYTES],
      Root: root,
      Info: info,
      Encrypt: encrypt,
      ID: [id, id],
      Filter: name('FlateDecode'),
      Length: table.length,
    });
    this.#object(xref, Buffer.from(dictionary, 'latin1'), [table]);
    this.#push(Buffer.from(`startxref\n${start}\n%%EOF\n`));
    return this.take();
  }

  #encryptDictionary(): PdfDictionary {
    const isNew = this.#security.algorithm === 'aes-256';
    return {
      Filter: name('Standard'),
      V: isNew ? 5 : 4,
      R: isNew ? 6 : 4,
      Length: isNew ? 256 : 128,
      CF: {
        StdCF: {
          AuthEvent: name('DocOpen'),
          CFM: name(isNew ? 'AESV3' : 'AESV2'),
          Length: isNew ? 32 : 16,
        },
      },
      StmF: name('StdCF'),
      StrF: name('StdCF'),
      EncryptMetadata: true,
      ...this.#security.entries,
    };
  }

  /** §7.5.8.3: one row an object. */
  #table(): Buffer {
    const row = 1 + OFFSET_BYTES + INDEX_BYTES;
    const table = Buffer.alloc(this.#places.length * row);
    this.#places.forEach((place, number) => {
      const at = number * row;
      if (place === undefined) {
        if (number > 0) throw new Error(`object ${number} was reserved and never written`);
        table.writeUIntBE(0xffff, at + 1 + OFFSET_BYTES, INDEX_BYTES);
      } else if ('offset' in place) {
        table[at] = 1;
        table.writeUIntBE(place.offset, at + 1, OFFSET_BYTES);
      } else {
        table[at] = 2;
        table.writeUIntBE(place.stream, at + 1, OFFSET_BYTES);
        table.writeUIntBE(place.index, at + 1 + OFFSET_BYTES, INDEX_BYTES);
      }
    });
    return table;
  }

  #writeObjectStream(): void {
    if (this.#waiting.length === 0) return;
    const objects = this.#waiting;
    this.#waiting = [];
    const ref = this.reserve();
    let heads = '';
    let bodies = '';
    objects.forEach(({ number, text }, index) => {
      heads += `${number} ${bodies.length} `;
      bodies += `${text}\n`;
      this.#places[number] = { stream: ref.number, index };
    });
    const dictionary = { Type: name('ObjStm'), N: objects.length, First: heads.length };
    this.stream(ref, dictionary, Buffer.from(heads + bodies, 'latin1'), true);
  }

  #begin(ref: PdfRef, dictionary: Uint8Array): void {
    this.#places[ref.number] = { offset: this.#sizeBytes };
    this.#push(Buffer.from(`${ref.number} 0 obj\n`));
    this.#push(dictionary);
    this.#push(Buffer.from('\nstream\n'));
  }

  #object(ref: PdfRef, dictionary: Uint8Array, body: readonly Uint8Array[]): void {
    this.#begin(ref, dictionary);
    for (const piece of body) this.#push(piece);
    this.#push(Buffer.from('\nendstream\nendobj\n'));
  }

  /** An object outside of object streams: a length, or the encryption dictionary. */
  #plain(ref: PdfRef, text: string): void {
    this.#places[ref.number] = { offset: this.#sizeBytes };
    this.#push(Buffer.from(`${ref.number} 0 obj\n${text}\nendobj\n`, 'latin1'));
  }

  #push(piece: Uint8Array): void {
    this.#sizeBytes += piece.length;
    this.#ready.push(piece);
  }
}

/** A stream's dictionary stays readable; text in it would have to be encrypted by itself, so there is none. */
function readableDictionary(dictionary: PdfDictionary): Buffer {
  const text = written(dictionary);
  if (/[(]|<(?!<)/.test(text.replaceAll('<<', ''))) throw new Error('text in the dictionary of a stream');
  return Buffer.from(text, 'latin1');
}
