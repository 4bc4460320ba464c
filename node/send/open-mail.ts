/**
 * A mail of the queue, opened for delivery: small ones wholly in memory, large ones read from the sealed file piece
 * by piece, so that memory stays flat (targets.md P13).
 */
import { isAscii } from 'node:buffer';
import { Readable } from 'node:stream';
import type { Octets } from '#domain/mail/octets.ts';
import type { QueueHeader } from '#node/queue/queue-header.ts';
import { openSealedFile } from '#node/spool/sealed-file.ts';
import type { OpenBox } from './queue-key.ts';
import type { ContentFacts } from './transmission.ts';

const SMALL_BYTES_MAX = 256 * 1024; // Some chunks of the sealed file; above it a stream costs less than the memory.
const HEADER_SCAN_BYTES_MAX = 1024 * 1024; // The mail line refuses longer header sections.
const HEADER_END = '\r\n\r\n';
const LINE_END_BYTES = 2;

export interface OpenMail {
  readonly header: QueueHeader;
  readonly facts: ContentFacts;
  /** Octets held in memory. */
  readonly heldBytes: number;
  /** The header section without its empty line; at most HEADER_SCAN_BYTES_MAX of it. */
  headerBytes(): Uint8Array;
  /** For one transmission; may be asked for again. */
  content(): Buffer | Readable;
  /** Its contents are unusable afterwards. */
  close(): void;
}

/** Rejects with `SealedFileError` when the mail is damaged, with a system error when the file cannot be read. */
export async function openMail(path: string, openBox: OpenBox): Promise<OpenMail> {
  const file = await openSealedFile<QueueHeader>(path, openBox);
  const { octets } = file;
  if (octets.sizeBytes > SMALL_BYTES_MAX) {
    return {
      header: file.header,
      facts: factsOf(octets),
      heldBytes: 0,
      headerBytes: () => headerBytesOf(octets),
      content: () => Readable.from(octets.chunks(), { objectMode: false }),
      close: file.close,
    };
  }
  try {
    const pieces = [...octets.chunks()];
    const first = pieces[0] ?? new Uint8Array(0);
    const bytes =
      pieces.length > 1 ? Buffer.concat(pieces) : Buffer.from(first.buffer, first.byteOffset, first.length);
    const whole: Octets = {
      sizeBytes: bytes.length,
      slice: (a, b) => bytes.subarray(a, b),
      chunks: () => [bytes],
    };
    return {
      header: file.header,
      facts: factsOf(whole),
      heldBytes: bytes.length,
      headerBytes: () => headerBytesOf(whole),
      content: () => bytes,
      close: () => {},
    };
  } finally {
    file.close();
  }
}

function factsOf(octets: Octets): ContentFacts {
  let eightBit: boolean | null = null;
  return {
    sizeBytes: octets.sizeBytes,
    eightBit() {
      eightBit ??= hasEightBit(octets.chunks());
      return eightBit;
    },
    eightBitHeader: () => !isAscii(headerBytesOf(octets)),
  };
}

function headerBytesOf(octets: Octets): Buffer {
  const start = Buffer.from(octets.slice(0, Math.min(octets.sizeBytes, HEADER_SCAN_BYTES_MAX)));
  const end = start.indexOf(HEADER_END);
  return end < 0 ? start : start.subarray(0, end + LINE_END_BYTES);
}

function hasEightBit(pieces: Iterable<Uint8Array>): boolean {
  for (const piece of pieces) if (!isAscii(piece)) return true;
  return false;
}
