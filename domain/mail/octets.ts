/**
 * Octets: a mail (or a part of one) as bytes at offsets, wherever they are kept.
 *
 * A small mail is one buffer; a large one stays sealed on disk and is read range by range, so no stage ever
 * needs the whole of it in memory. Ranges are half open, in octets. Reading is synchronous: the mail line runs in
 * its own worker threads, and the bytes come from the page cache.
 */
export interface Octets {
  readonly sizeBytes: number;
  /** The bytes [start, end) as one array; for small ranges (headers, signatures). May alias; never modify. */
  slice(start: number, end: number): Uint8Array;
  /** The bytes [start, end) in order, in pieces of any size. May alias; never modify, never keep. */
  chunks(start?: number, end?: number): Iterable<Uint8Array>;
}

/** Octets over one array in memory. */
export function octetsOf(bytes: Uint8Array): Octets {
  return {
    sizeBytes: bytes.length,
    slice: (start, end) => bytes.subarray(start, end),
    *chunks(start = 0, end = bytes.length) {
      if (end > start) yield bytes.subarray(start, end);
    },
  };
}

/** The window [start, end) of other octets, with offsets counted from its own start. */
export function windowOf(octets: Octets, start: number, end: number): Octets {
  return {
    sizeBytes: end - start,
    slice: (from, to) => octets.slice(start + from, start + to),
    chunks: (from = 0, to = end - start) => octets.chunks(start + from, start + to),
  };
}

/** Several octets one behind the other. */
export function joinOctets(parts: readonly Octets[]): Octets {
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  function* chunks(start = 0, end = sizeBytes): Iterable<Uint8Array> {
    let base = 0;
    for (const part of parts) {
      const from = Math.max(start - base, 0);
      const to = Math.min(end - base, part.sizeBytes);
      if (from < to) yield* part.chunks(from, to);
      base += part.sizeBytes;
    }
  }
  return {
    sizeBytes,
    chunks,
    slice(start, end) {
      const whole = new Uint8Array(end - start);
      let at = 0;
      for (const piece of chunks(start, end)) {
        whole.set(piece, at);
        at += piece.length;
      }
      return whole;
    },
  };
}
