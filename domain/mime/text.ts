/**
 * Octets to text and back, for header fields: ASCII, Latin-1 as one character an octet, UTF-8.
 */
import { Buffer } from 'node:buffer';

/** The same memory as a Buffer, for its native searches. */
export function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** One character per octet, so that positions in the text are positions in the bytes. */
export function latin1Text(bytes: Uint8Array): string {
  return bufferOver(bytes).toString('latin1');
}

/** Text of a header field: UTF-8 (RFC 6532); octets that are not UTF-8 become U+FFFD, never an error. */
export function fieldText(bytes: Uint8Array): string {
  const buffer = bufferOver(bytes);
  const latin1 = buffer.toString('latin1');
  return isAscii(latin1) ? latin1 : buffer.toString('utf8');
}

export function utf8Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** Bytes of text known to be ASCII; anything else is a bug of the caller. */
export function asciiBytes(text: string): Uint8Array {
  if (!isAscii(text)) throw new RangeError('text is not ASCII');
  return Buffer.from(text, 'latin1');
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}

/** All pieces as one array; for small things only (headers, notices). */
export function gather(pieces: Iterable<Uint8Array>): Uint8Array {
  const list: Uint8Array[] = [];
  for (const piece of pieces) list.push(Uint8Array.from(piece)); // Copied: a piece is only lent.
  return Buffer.concat(list);
}

/** How many octets the pieces hold; the first pass where a length must be known before the bytes. */
export function sizeOf(pieces: Iterable<Uint8Array>): number {
  let sizeBytes = 0;
  for (const piece of pieces) sizeBytes += piece.length;
  return sizeBytes;
}
