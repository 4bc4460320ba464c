/**
 * JPEG for a PDF: kept as it is (ISO 32000-2 §7.4.8); only its frame header is read (ITU-T T.81 §B.2.2).
 */
import type { Buffer } from 'node:buffer';
import { name } from '#node/pdf/write/values.ts';
import { isDrawable, type PdfImage } from './image.ts';

const COLOURS: Readonly<Record<number, string>> = { 1: 'DeviceGray', 3: 'DeviceRGB', 4: 'DeviceCMYK' };

/** Null for what is no JPEG that a PDF reader can draw. */
export function readJpeg(octets: Buffer): PdfImage | null {
  let at = 2;
  let isInverted = false; // Adobe writes CMYK the other way round.
  while (at + 9 < octets.length) {
    if (octets[at] !== 0xff) return null;
    const marker = octets[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const sizeBytes = octets.readUInt16BE(at + 2);
    if (marker === 0xee && octets.toString('latin1', at + 4, at + 9) === 'Adobe') isInverted = true;
    // Baseline, extended, progressive; lossless and arithmetic frames are drawn by nobody.
    if (marker >= 0xc0 && marker <= 0xc2) return frame(octets, at + 4, isInverted);
    if (
      marker === 0xda ||
      marker === 0xd9 ||
      (marker > 0xc2 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xcc)
    ) {
      return null;
    }
    at += 2 + Math.max(2, sizeBytes);
  }
  return null;
}

function frame(octets: Buffer, at: number, isInverted: boolean): PdfImage | null {
  const height = octets.readUInt16BE(at + 1);
  const width = octets.readUInt16BE(at + 3);
  const colour = COLOURS[octets[at + 5] ?? 0];
  if (octets[at] !== 8 || colour === undefined || !isDrawable(width, height)) return null;
  const isCmyk = colour === 'DeviceCMYK';
  return {
    width,
    height,
    dictionary: {
      ColorSpace: name(colour),
      BitsPerComponent: 8,
      Filter: name('DCTDecode'),
      Decode: isCmyk && isInverted ? [1, 0, 1, 0, 1, 0, 1, 0] : undefined,
    },
    octets,
    deflate: false,
    mask: null,
  };
}
