/**
 * How large a picture is drawn: as the mail says, as it is, and never larger than a page.
 */
import type { PdfImage } from '#node/pdf/image/image.ts';
import type { ComputedStyle } from './computed-style.ts';
import { cssWidth, POINTS_PER_PIXEL } from './css-length.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pictures that count readers, and spacers: nobody sees them. */
const SEEN_MIN = 2.5;

/** In points; null for what is too small to be seen. */
export function imageSize(
  attributes: Readonly<Record<string, string>>,
  style: ComputedStyle,
  image: PdfImage | null,
  room: Size,
): Size | null {
  const em = style.text.sizePt;
  const given = style.width ?? (attributes.width === undefined ? null : cssWidth(attributes.width, em));
  const wide = given === null ? null : 'points' in given ? given.points : (given.percent / 100) * room.width;
  const tall = attributes.height === undefined ? null : cssWidth(attributes.height, em);
  const height = tall !== null && 'points' in tall ? tall.points : null;
  if ((wide !== null && wide < SEEN_MIN) || (height !== null && height < SEEN_MIN)) return null;
  if (image === null) return { width: wide ?? em, height: height ?? em };
  const ratio = image.height / image.width;
  let size: Size;
  if (wide !== null)
    size = { width: wide, height: height !== null && style.width === null ? height : wide * ratio };
  else if (height !== null) size = { width: height / ratio, height };
  else size = { width: image.width * POINTS_PER_PIXEL, height: image.height * POINTS_PER_PIXEL };
  const scale = Math.min(1, room.width / size.width, room.height / size.height);
  const drawn = { width: size.width * scale, height: size.height * scale };
  return drawn.width < 0.5 || drawn.height < 0.5 ? null : drawn;
}
