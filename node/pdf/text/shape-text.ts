/**
 * Text to runs of glyphs: one typeface, one style, one direction each.
 */
import type { TextStyle } from '#node/pdf/layout/model.ts';
import type { Shaped, Typeface, TypefaceShelf } from './typeface.ts';

export interface GlyphRun {
  readonly kind: 'glyphs';
  readonly face: Typeface;
  readonly style: TextStyle;
  readonly shaped: Shaped;
  /** As it was shaped, and as the mail has it. */
  readonly text: string;
  readonly meant: string;
  /** Odd: right to left. */
  readonly level: number;
  /** In points. */
  readonly width: number;
}

/** Characters that steer and are never seen. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]|[\ufe00-\ufe0f]/u;
/** Belong to what stands before them, in its typeface. */
const FOLLOWS = /\p{M}|\u200c|\u200d|[\u{1f3fb}-\u{1f3ff}]/u;
const EMOJI = /\p{Emoji_Presentation}/u;
const EMOJI_STYLE = '\ufe0f';
const UNKNOWN = 0xfffd;

/** `text` has one style and one level; line ends are not in it. */
export function shapeText(shelf: TypefaceShelf, text: string, style: TextStyle, level: number): GlyphRun[] {
  const runs: GlyphRun[] = [];
  let face: Typeface | null = null;
  let drawn = '';
  let meant = '';
  const end = () => {
    if (face !== null && drawn !== '') runs.push(runOf(face, drawn, meant, style, level));
    drawn = '';
    meant = '';
  };
  for (let i = 0; i < text.length; ) {
    const codePoint = text.codePointAt(i)!;
    const c = codePoint < 0x10000 ? text[i]! : text.slice(i, i + 2);
    i += c.length;
    if (codePoint > 0x7e || codePoint < 0x20) {
      if (UNSEEN.test(c)) continue;
      if (face !== null && FOLLOWS.test(c) && (codePoint < 0x300 || face.has(codePoint))) {
        drawn += c;
        meant += c;
        continue;
      }
    }
    const asEmoji = codePoint > 0xa8 && (text[i] === EMOJI_STYLE || EMOJI.test(c));
    const plain = codePoint === 9 || codePoint === 0xa0 ? ' ' : c;
    let next = shelf.faceFor(plain.codePointAt(0)!, style, asEmoji);
    const isKnown = next !== null;
    next ??= shelf.faceFor(UNKNOWN, style, false);
    if (next !== face) end();
    face = next;
    drawn += isKnown ? plain : String.fromCodePoint(UNKNOWN);
    meant += plain;
  }
  end();
  return runs;
}

function runOf(face: Typeface, text: string, meant: string, style: TextStyle, level: number): GlyphRun {
  const shaped = face.shape(text, level % 2 === 1);
  const size = sizeOnPage(style);
  return { kind: 'glyphs', face, style, shaped, text, meant, level, width: shaped.width * size };
}

/** Raised and lowered text is smaller. */
export const sizeOnPage = (style: TextStyle): number =>
  style.rise === 0 ? style.sizePt : style.sizePt * 0.7;
