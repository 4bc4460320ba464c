/** Snappy decompression (google/snappy, format_description.txt), for LevelDB's index blocks. Throws RangeError. */

const DECOMPRESSED_BYTES_MAX = 64 * 1024 * 1024; // Far above any block; a wrong length must not take the memory.

/** A LEB128 number and where it ends. */
export function readVarint(octets: Uint8Array, at: number): [number, number] {
  let value = 0;
  for (let shift = 0; shift < 49; shift += 7) {
    const octet = octets[at++];
    if (octet === undefined) break;
    value += (octet & 0x7f) * 2 ** shift;
    if (octet < 0x80) return [value, at];
  }
  throw new RangeError('a number without an end');
}

export function uncompressSnappy(octets: Uint8Array): Uint8Array {
  let [length, at] = readVarint(octets, 0);
  if (length > DECOMPRESSED_BYTES_MAX) throw new RangeError('snappy: too long');
  const out = new Uint8Array(length);
  let filled = 0;
  while (at < octets.length) {
    const tag = octets[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const [bytes, from] = literalLength(octets, at, tag >> 2);
      if (from + bytes > octets.length || filled + bytes > length) throw new RangeError('snappy: literal');
      out.set(octets.subarray(from, from + bytes), filled);
      filled += bytes;
      at = from + bytes;
      continue;
    }
    const width = kind === 3 ? 4 : kind;
    const bytes = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    let offset = kind === 1 ? (tag >> 5) * 256 : 0;
    for (let i = 0; i < width; i++) offset += octets[at + i]! * 2 ** (8 * i);
    at += width;
    if (!(offset > 0 && offset <= filled) || filled + bytes > length) throw new RangeError('snappy: copy');
    for (let i = 0; i < bytes; i++, filled++) out[filled] = out[filled - offset]!; // May overlap itself.
  }
  if (filled !== length) throw new RangeError('snappy: too short');
  return out;
}

function literalLength(octets: Uint8Array, at: number, code: number): [number, number] {
  if (code < 60) return [code + 1, at];
  const width = code - 59;
  let length = 1;
  for (let i = 0; i < width; i++) length += octets[at + i]! * 2 ** (8 * i);
  return [length, at + width];
}
