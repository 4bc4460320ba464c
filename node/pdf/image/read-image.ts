/**
 * Octets of a picture, whatever the mail says they are, to a picture of a PDF.
 */
import type { Buffer } from 'node:buffer';
import { readGif } from './gif.ts';
import type { PdfImage } from './image.ts';
import { readJpeg } from './jpeg.ts';
import { readPng } from './png.ts';

const PNG = '\x89PNG\r\n\x1a\n';

/** Null for another format, or one that is damaged. */
export function readImage(octets: Buffer): PdfImage | null {
  if (octets.length < 16) return null;
  const start = octets.toString('latin1', 0, 8);
  if (start === PNG) return readPng(octets);
  if (start.startsWith('\xff\xd8\xff')) return readJpeg(octets);
  return /^GIF8[79]a/.test(start) ? readGif(octets) : null;
}
