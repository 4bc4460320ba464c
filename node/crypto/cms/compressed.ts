/**
 * Reads CompressedData (RFC 3274) as a stream, within the budget that all layers of a mail share (threat 24).
 */
import { Readable } from 'node:stream';
import { createInflate } from 'node:zlib';
import { readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { BerCursor } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { contextTag, TAG } from '#node/crypto/asn1/tags.ts';
import { BerStream } from './ber-stream.ts';
import { enterContentInfo, readType } from './cms-type.ts';

const SMALL_ELEMENT_BYTES_MAX = 4096;

export interface CompressedSource {
  readonly cms: Iterable<Uint8Array>;
  /** Gets the content; to be discarded unless the outcome is `opened`. */
  readonly onContent: (piece: Uint8Array) => void;
  /** What may come out: the rest of the budget. */
  readonly bytesMax: number;
}

export interface CompressedReport {
  readonly outcome: 'opened' | 'failed';
  readonly reason: 'malformed' | 'unsupported-algorithm' | 'too-large' | null;
  readonly contentType: string | null;
  /** What came out, also when it failed: to be taken off the budget. */
  readonly contentBytes: number;
}

class BudgetSpent extends Error {}

/** Rejects only as source and sink do; never for the message. */
export async function readCompressed(source: CompressedSource): Promise<CompressedReport> {
  const stream = new BerStream(source.cms);
  let contentType: string | null = null;
  let contentBytes = 0;
  const report = (reason: CompressedReport['reason']): CompressedReport => {
    return { outcome: reason === null ? 'opened' : 'failed', reason, contentType, contentBytes };
  };
  try {
    if (enterContentInfo(stream) !== OID.compressedData) return report('malformed');
    stream.enter(contextTag(0, true));
    stream.enter(TAG.sequence);
    stream.element(SMALL_ELEMENT_BYTES_MAX); // The version says nothing that the structure does not.
    const algorithm = readAlgorithm(new BerCursor(stream.element(SMALL_ELEMENT_BYTES_MAX)));
    if (algorithm.oid !== OID.zlibCompress) return report('unsupported-algorithm');
    stream.enter(TAG.sequence);
    contentType = readType(stream);
    stream.enter(contextTag(0, true));
    for await (const piece of inflated(stream.octets())) {
      contentBytes += piece.length;
      if (contentBytes > source.bytesMax) throw new BudgetSpent();
      source.onContent(piece);
    }
    for (let depth = 0; depth < 4; depth++) stream.leave();
    return report(null);
  } catch (error) {
    if (error instanceof BudgetSpent) return report('too-large');
    if (error instanceof Asn1Error || isZlibError(error)) return report('malformed');
    throw error;
  } finally {
    stream.close();
  }
}

async function* inflated(pieces: Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  // Copied: a piece is only lent, and zlib works on it in another thread.
  const compressed = Readable.from(copies(pieces), { objectMode: true });
  const inflate = createInflate();
  compressed.on('error', (error) => inflate.destroy(error));
  compressed.pipe(inflate);
  try {
    yield* inflate as AsyncIterable<Buffer>;
  } finally {
    compressed.destroy();
  }
}

function* copies(pieces: Iterable<Uint8Array>): Generator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
