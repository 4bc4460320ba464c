/**
 * PNG for a PDF (ISO 15948): without transparency its data is kept as it is, with it colours and opacity are parted.
 *
 * The size in the header is compared with what the data inflates to; an image that lies is not drawn.
 */
import { Buffer } from 'node:buffer';
import { inflateSync } from 'node:zlib';
import { name, type PdfValue } from '#node/pdf/write/values.ts';
import { isDrawable, type PdfImage } from './image.ts';
import { type PngHeader, passesOf, pixelsOf } from './png-pixels.ts';

/** By colour type (§11.2.2): grey, colour, palette, grey with opacity, colour with opacity. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const PALETTE = 3;
/** Images that must be unpacked stay smaller: each pixel takes up to five octets meanwhile. */
const UNPACKED_PIXELS_MAX = 8_000_000;

interface Chunks {
  readonly head: PngHeader;
  readonly type: number;
  readonly palette: Buffer | null;
  readonly transparency: Buffer | null;
  readonly data: Buffer;
}

/** Null for what is no whole PNG. */
export function readPng(octets: Buffer): PdfImage | null {
  const chunks = chunksOf(octets);
  if (chunks === null) return null;
  const { head, type, palette, transparency } = chunks;
  if (!isDrawable(head.width, head.height) || (type === PALETTE && palette === null)) return null;
  const isParted = type > PALETTE || head.isInterlaced || (type === PALETTE && transparency !== null);
  if (isParted && head.width * head.height > UNPACKED_PIXELS_MAX) return null;
  const raw = inflated(chunks);
  if (raw === null) return null;
  const ColorSpace = colourSpace(type, palette);
  if (!isParted) {
    const parameters = {
      Predictor: 15,
      Colors: head.channels,
      BitsPerComponent: head.bits,
      Columns: head.width,
    };
    return {
      width: head.width,
      height: head.height,
      dictionary: {
        ColorSpace,
        BitsPerComponent: head.bits,
        Filter: name('FlateDecode'),
        DecodeParms: parameters,
      },
      octets: chunks.data,
      deflate: false,
      mask: null,
    };
  }
  return parted(chunks, pixelsOf(raw, head), ColorSpace);
}

function chunksOf(octets: Buffer): Chunks | null {
  let head: PngHeader | null = null;
  let type = -1;
  let palette: Buffer | null = null;
  let transparency: Buffer | null = null;
  const data: Buffer[] = [];
  for (let at = 8; at + 12 <= octets.length; ) {
    const sizeBytes = octets.readUInt32BE(at);
    const kind = octets.toString('latin1', at + 4, at + 8);
    const body = octets.subarray(at + 8, at + 8 + sizeBytes);
    if (body.length < sizeBytes) break;
    if (kind === 'IHDR' && sizeBytes === 13) {
      type = body[9]!;
      head = headerOf(body);
      if (head === null) return null;
    } else if (kind === 'PLTE') palette = body.subarray(0, 768);
    else if (kind === 'tRNS') transparency = body;
    else if (kind === 'IDAT') data.push(body);
    else if (kind === 'IEND') break;
    at += 12 + sizeBytes;
  }
  return head === null ? null : { head, type, palette, transparency, data: Buffer.concat(data) };
}

function headerOf(body: Buffer): PngHeader | null {
  const bits = body[8]!;
  const type = body[9]!;
  const channels = CHANNELS[type];
  const isKnown =
    [1, 2, 4, 8, 16].includes(bits) && (bits >= 8 || channels === 1) && !(type === PALETTE && bits === 16);
  if (channels === undefined || !isKnown) return null;
  return {
    width: body.readUInt32BE(0),
    height: body.readUInt32BE(4),
    bits,
    channels,
    isInterlaced: body[12] === 1,
  };
}

/** The filtered lines; null when they are fewer or more than the header says. */
function inflated({ head, data }: Chunks): Buffer | null {
  const expected = expectedBytes(head);
  try {
    const raw = inflateSync(data, { maxOutputLength: expected });
    return raw.length === expected ? raw : null;
  } catch {
    return null; // Broken, or longer than its header says.
  }
}

function expectedBytes(head: PngHeader): number {
  return passesOf(head).reduce(
    (sum, { width, height }) => sum + (width > 0 ? lineBytes(head, width) * height : 0),
    0,
  );
}

/** With the octet that names the line's filter. */
const lineBytes = ({ bits, channels }: PngHeader, width: number): number =>
  1 + Math.ceil((width * bits * channels) / 8);

function colourSpace(type: number, palette: Buffer | null): PdfValue {
  if (type === PALETTE)
    return [name('Indexed'), name('DeviceRGB'), Math.floor(palette!.length / 3) - 1, palette!];
  return name(type === 0 || type === 4 ? 'DeviceGray' : 'DeviceRGB');
}

/** Colours as octets, and opacity of its own. */
function parted({ head, type, transparency }: Chunks, samples: Uint8Array, ColorSpace: PdfValue): PdfImage {
  const { width, height, channels } = head;
  const pixels = width * height;
  const hasAlpha = type > PALETTE;
  const kept = hasAlpha ? channels - 1 : channels;
  const colours = hasAlpha ? new Uint8Array(pixels * kept) : samples;
  const dictionary = { ColorSpace, BitsPerComponent: 8 };
  let mask: Uint8Array | null = null;
  if (hasAlpha) {
    mask = new Uint8Array(pixels);
    for (let i = 0, from = 0, to = 0; i < pixels; i += 1) {
      for (let c = 0; c < kept; c += 1) colours[to++] = samples[from++]!;
      mask[i] = samples[from++]!;
    }
  } else if (type === 0 && head.bits < 8) {
    const most = (1 << head.bits) - 1;
    return {
      width,
      height,
      dictionary,
      octets: samples.map((grey) => (grey * 255) / most),
      deflate: true,
      mask,
    };
  } else if (type === PALETTE && transparency !== null) {
    mask = samples.map((index) => transparency[index] ?? 255);
  }
  return { width, height, dictionary, octets: colours, deflate: true, mask };
}
