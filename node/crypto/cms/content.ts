/**
 * Content of known size that can be walked over in pieces: what CMS layers take and give, so that layers nest and
 * 50 MB never stand in memory at once. `Octets` of domain/mail fits.
 */
export interface Content {
  readonly sizeBytes: number;
  /** The octets in order; each call starts anew and gives the same. Pieces are lent: never modify, never keep. */
  chunks(): Iterable<Uint8Array>;
}

/** All of it in one array; for what is small. */
export function wholeOf(content: Content): Buffer {
  const whole = Buffer.allocUnsafe(content.sizeBytes);
  let position = 0;
  for (const piece of content.chunks()) {
    whole.set(piece, position);
    position += piece.length;
  }
  if (position !== content.sizeBytes) throw new RangeError('content is not of the size it claims');
  return whole;
}
