/**
 * One loaded font file: shapes text to glyphs (HarfBuzz) and tells its measures. Lengths are in em, the font's size.
 */
import type { Buffer as NodeBuffer } from 'node:buffer';
import { Blob, Buffer, ClusterLevel, Direction, Face, Font, shape } from 'harfbuzzjs';
import { type FontSlice, type FontStyle, hasItalic, readSlice, slicesFor } from './font-catalogue.ts';
import { FontTables } from './font-subset.ts';
import { unpackWoff } from './woff.ts';

export interface Glyph {
  readonly id: number;
  /** Where in the text the glyph's characters start. */
  readonly cluster: number;
  readonly advance: number;
  readonly dx: number;
  readonly dy: number;
}

export interface Shaped {
  readonly glyphs: readonly Glyph[];
  readonly width: number;
}

/** Words come again and again; a hundred mails of different words stay below. */
const SHAPED_MAX = 20_000;
/** Longer ones are not worth keeping. */
const KEPT_CHARS_MAX = 40;

export class Typeface {
  readonly key: string;
  /** Drawn slanted, since the family has no italic. */
  readonly isSlanted: boolean;
  readonly ascent: number;
  readonly descent: number;
  readonly unitsPerEm: number;
  readonly file: NodeBuffer;
  readonly tables: FontTables;
  readonly #font: Font;
  readonly #advances: Float64Array;
  #shaped = new Map<string, Shaped>();

  constructor(slice: FontSlice, style: FontStyle) {
    const italic = style.italic && hasItalic(slice);
    this.key = `${slice.family}/${slice.slice}/${style.bold}/${italic}/${style.italic}`;
    this.isSlanted = style.italic && !italic;
    this.file = unpackWoff(readSlice(slice, style.bold, italic));
    this.tables = new FontTables(this.file);
    this.unitsPerEm = this.tables.need('head').readUInt16BE(18);
    this.ascent = this.tables.need('hhea').readInt16BE(4) / this.unitsPerEm;
    this.descent = -this.tables.need('hhea').readInt16BE(6) / this.unitsPerEm;
    this.#advances = this.#readAdvances();
    this.#font = new Font(new Face(new Blob(this.file)));
  }

  has(codePoint: number): boolean {
    return (this.#font.nominalGlyph(codePoint) ?? 0) !== 0;
  }

  /** The font's own, without what shaping does. */
  advanceOf(glyph: number): number {
    return this.#advances[Math.min(glyph, this.#advances.length - 1)]!;
  }

  /** OpenType `hmtx`: glyphs behind the last entry have its width. */
  #readAdvances(): Float64Array {
    const metrics = this.tables.need('hmtx');
    const count = this.tables.need('hhea').readUInt16BE(34);
    return Float64Array.from({ length: count }, (_, i) => metrics.readUInt16BE(i * 4) / this.unitsPerEm);
  }

  /** Of a glyph, as the path of a picture; units of the font, growing upwards. */
  outline(glyph: number): string {
    return this.#font.glyphToPath(glyph);
  }

  /** Glyphs in the order they are drawn from left to right. */
  shape(text: string, rightToLeft: boolean): Shaped {
    const key = rightToLeft ? `\u0000${text}` : text;
    const kept = this.#shaped.get(key);
    if (kept !== undefined) return kept;
    const shaped = this.#shapeNew(text, rightToLeft);
    if (text.length <= KEPT_CHARS_MAX) {
      if (this.#shaped.size >= SHAPED_MAX) this.#shaped = new Map();
      this.#shaped.set(key, shaped);
    }
    return shaped;
  }

  #shapeNew(text: string, rightToLeft: boolean): Shaped {
    const buffer = new Buffer();
    buffer.setClusterLevel(ClusterLevel.MONOTONE_CHARACTERS);
    buffer.addText(text);
    buffer.guessSegmentProperties();
    buffer.setDirection(rightToLeft ? Direction.RTL : Direction.LTR);
    shape(this.#font, buffer);
    const positions = buffer.getGlyphPositions();
    let width = 0;
    const glyphs = buffer.getGlyphInfos().map((info, i): Glyph => {
      const { xAdvance, xOffset, yOffset } = positions[i]!;
      const advance = xAdvance / this.unitsPerEm;
      width += advance;
      return {
        id: info.codepoint,
        cluster: info.cluster,
        advance,
        dx: xOffset / this.unitsPerEm,
        dy: yOffset / this.unitsPerEm,
      };
    });
    return { glyphs, width };
  }
}

/** Typefaces by slice and style; a worker's, for its whole life. */
export class TypefaceShelf {
  readonly #faces = new Map<string, Typeface>();
  /** By code point, one map for each of the sixteen combinations of style. */
  readonly #chosen = Array.from({ length: 16 }, () => new Map<number, Typeface | null>());

  /** The face that draws the character; null when none does. */
  faceFor(codePoint: number, style: FontStyle, asEmoji: boolean): Typeface | null {
    const combination =
      (style.bold ? 1 : 0) + (style.italic ? 2 : 0) + (style.mono ? 4 : 0) + (asEmoji ? 8 : 0);
    const chosen = this.#chosen[combination]!;
    let face = chosen.get(codePoint);
    if (face === undefined) {
      face = this.#choose(codePoint, style, asEmoji);
      chosen.set(codePoint, face);
    }
    return face;
  }

  #choose(codePoint: number, style: FontStyle, asEmoji: boolean): Typeface | null {
    for (const slice of slicesFor(codePoint, style.mono, asEmoji)) {
      const face = this.#open(slice, style);
      if (face.has(codePoint)) return face;
    }
    return null;
  }

  #open(slice: FontSlice, style: FontStyle): Typeface {
    const key = `${slice.family}/${slice.slice}/${style.bold}/${style.italic}`;
    let face = this.#faces.get(key);
    if (face === undefined) {
      face = new Typeface(slice, style);
      this.#faces.set(key, face);
    }
    return face;
  }
}
