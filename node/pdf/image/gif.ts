/**
 * GIF for a PDF: the first picture of it (GIF89a §20 to §22 and appendix F).
 */
import { Buffer } from 'node:buffer';
import { name } from '#node/pdf/write/values.ts';
import { isDrawable, type PdfImage } from './image.ts';

const CODES_MAX = 4096;
/** Unpacked to one or two octets a pixel. */
const PIXELS_MAX = 8_000_000;

/** Null for what is no whole GIF. */
export function readGif(octets: Buffer): PdfImage | null {
  try {
    return firstPicture(octets);
  } catch (error) {
    if (error instanceof RangeError) return null; // Read behind the end.
    throw error;
  }
}

function firstPicture(octets: Buffer): PdfImage | null {
  const flags = octets.readUInt8(10);
  let at = 13;
  let colours: Buffer | null = null;
  if (flags & 0x80) {
    const sizeBytes = 3 << ((flags & 7) + 1);
    colours = octets.subarray(at, at + sizeBytes);
    at += sizeBytes;
  }
  let transparent = -1;
  while (true) {
    const block = octets.readUInt8(at);
    if (block === 0x21) {
      if (octets.readUInt8(at + 1) === 0xf9 && octets.readUInt8(at + 3) & 1)
        transparent = octets.readUInt8(at + 6);
      at = behindBlocks(octets, at + 2);
    } else if (block === 0x2c) return picture(octets, at, colours, transparent);
    else return null;
  }
}

function behindBlocks(octets: Buffer, start: number): number {
  let at = start;
  while (octets.readUInt8(at) > 0) at += 1 + octets.readUInt8(at);
  return at + 1;
}

function picture(octets: Buffer, start: number, shared: Buffer | null, transparent: number): PdfImage | null {
  const width = octets.readUInt16LE(start + 5);
  const height = octets.readUInt16LE(start + 7);
  const flags = octets.readUInt8(start + 9);
  let at = start + 10;
  let colours = shared;
  if (flags & 0x80) {
    const sizeBytes = 3 << ((flags & 7) + 1);
    colours = octets.subarray(at, at + sizeBytes);
    at += sizeBytes;
  }
  if (colours === null || !isDrawable(width, height) || width * height > PIXELS_MAX) return null;
  const codeBits = octets.readUInt8(at);
  const end = behindBlocks(octets, at + 1);
  const data: Buffer[] = [];
  for (let i = at + 1; i < end - 1; i += 1 + octets[i]!)
    data.push(octets.subarray(i + 1, i + 1 + octets[i]!));
  const pixels = unpacked(Buffer.concat(data), codeBits, width * height);
  if (pixels === null) return null;
  const ordered = flags & 0x40 ? deinterlaced(pixels, width, height) : pixels;
  return {
    width,
    height,
    dictionary: {
      ColorSpace: [name('Indexed'), name('DeviceRGB'), Math.floor(colours.length / 3) - 1, colours],
      BitsPerComponent: 8,
    },
    octets: ordered,
    deflate: true,
    mask: transparent === -1 ? null : ordered.map((index) => (index === transparent ? 0 : 255)),
  };
}

/** Appendix F: LZW with codes that grow; null when it gives fewer pixels than the header says. */
function unpacked(data: Buffer, codeBits: number, count: number): Uint8Array | null {
  if (codeBits < 1 || codeBits > 8) return null;
  const clear = 1 << codeBits;
  const prefix = new Uint16Array(CODES_MAX);
  const suffix = new Uint8Array(CODES_MAX);
  const stack = new Uint8Array(CODES_MAX);
  const out = new Uint8Array(count);
  let [bits, next, previous, first, written, hold, held] = [codeBits + 1, clear + 2, -1, 0, 0, 0, 0];
  for (const octet of data) {
    hold |= octet << held;
    held += 8;
    while (held >= bits && written < count) {
      const code = hold & ((1 << bits) - 1);
      hold >>>= bits;
      held -= bits;
      if (code === clear) {
        [bits, next, previous] = [codeBits + 1, clear + 2, -1];
        continue;
      }
      if (code === clear + 1) return written === count ? out : null;
      if (code > next || (code === next && previous === -1)) return null;
      let depth = 0;
      let at = code;
      if (code === next) {
        stack[depth++] = first;
        at = previous;
      }
      while (at > clear && depth < CODES_MAX - 1) {
        stack[depth++] = suffix[at]!;
        at = prefix[at]!;
      }
      first = at;
      stack[depth++] = first;
      while (depth > 0 && written < count) out[written++] = stack[--depth]!;
      if (previous !== -1 && next < CODES_MAX) {
        prefix[next] = previous;
        suffix[next++] = first;
        if (next === 1 << bits && bits < 12) bits += 1;
      }
      previous = code;
    }
  }
  return written === count ? out : null;
}

/** §20e: rows 0, 8, 16 …, then 4, 12 …, then 2, 6 …, then 1, 3 … */
function deinterlaced(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(pixels.length);
  let from = 0;
  for (const [start, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let row = start; row < height; row += step) {
      out.set(pixels.subarray(from, from + width), row * width);
      from += width;
    }
  }
  return out;
}
