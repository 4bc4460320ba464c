/**
 * A picture as a PDF can hold it; made by the readers of JPEG, PNG and GIF beside this file.
 */
import type { PdfDictionary } from '#node/pdf/write/values.ts';

export interface PdfImage {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Entries of the image's dictionary, and its octets as they are written. */
  readonly dictionary: PdfDictionary;
  readonly octets: Uint8Array;
  readonly deflate: boolean;
  /** One octet a pixel, 255 opaque; null when nothing is transparent. */
  readonly mask: Uint8Array | null;
}

/** Five thousand by four thousand: a camera's. A header may claim anything; memory is only taken below this. */
const PIXELS_MAX = 20_000_000;

export const isDrawable = (width: number, height: number): boolean =>
  width > 0 && height > 0 && width * height <= PIXELS_MAX;
