/**
 * A run of glyphs as text-showing operators (ISO 32000-2 §9.4.3), with what it means for search, copy and reading aloud.
 *
 * Where shaping moved a glyph, the difference to the font's own advance stands between. A glyph that alone stands for its
 * characters says so by its code; where several do together (a letter and its dots), they are marked with the text.
 */
import { writtenNumber as n, written } from '#node/pdf/write/values.ts';
import type { DocumentFont } from './document-font.ts';
import type { GlyphRun } from './shape-text.ts';
import type { Glyph } from './typeface.ts';

/** Word joiner: not seen, and skipped by searches. */
const NOTHING = '\u2060';

export function shownGlyphs({ shaped, text, meant }: GlyphRun, font: DocumentFont, size: number): string {
  const string = new GlyphString(font, size);
  if (text !== meant && shaped.glyphs.length > 0) {
    string.marked(meant, shaped.glyphs);
    return string.end();
  }
  const { glyphs } = shaped;
  const starts = [...new Set(glyphs.map((glyph) => glyph.cluster))].sort((a, b) => a - b);
  const next = new Map(starts.map((start, i) => [start, starts[i + 1] ?? text.length]));
  for (let i = 0; i < glyphs.length; ) {
    const { cluster } = glyphs[i]!;
    let end = i + 1;
    while (end < glyphs.length && glyphs[end]!.cluster === cluster) end += 1;
    const means = text.slice(cluster, next.get(cluster));
    if (end === i + 1) string.show(glyphs[i]!, means);
    else string.together(means, glyphs.slice(i, end));
    i = end;
  }
  return string.end();
}

class GlyphString {
  readonly #font: DocumentFont;
  readonly #size: number;
  #out = '[<';
  #rise = 0;
  /** How far the next glyph stands to the right of where the reader thinks, in thousandths of an em. */
  #owed = 0;

  constructor(font: DocumentFont, size: number) {
    this.#font = font;
    this.#size = size;
  }

  show({ id, advance, dx, dy }: Glyph, means: string): void {
    if (dy !== this.#rise) {
      this.#out += `>] TJ ${n(dy * this.#size)} Ts [<`;
      this.#rise = dy;
    }
    let before = this.#owed + dx * 1000;
    if (Math.abs(before) >= 1) {
      this.#out += `>${n(-Math.round(before))}<`;
      before -= Math.round(before);
    }
    this.#out += this.#font.codeFor(id, means);
    this.#owed = before + (advance - dx - this.#font.face.advanceOf(id)) * 1000;
  }

  /** The widest glyph stands for the text; the others (dots, marks) for nothing, and readers are told so. */
  together(means: string, glyphs: readonly Glyph[]): void {
    const widest = glyphs.reduce((a, b) => (b.advance > a.advance ? b : a));
    if (glyphs.some((glyph) => glyph !== widest && glyph.advance !== 0)) {
      this.marked(means, glyphs);
      return;
    }
    for (const glyph of glyphs) {
      if (glyph === widest) this.show(glyph, means);
      else this.#mark('', [glyph], NOTHING);
    }
  }

  /** Drawn in any way, meant so. */
  marked(means: string, glyphs: readonly Glyph[]): void {
    this.#mark(means, glyphs.slice(0, 1), means, glyphs.slice(1));
  }

  /** Readers that do not know the mark take the text from the codes. */
  #mark(actual: string, first: readonly Glyph[], code: string, others: readonly Glyph[] = []): void {
    this.#out += `>] TJ /Span<</ActualText ${written(actual)}>>BDC [<`;
    for (const glyph of first) this.show(glyph, code);
    for (const glyph of others) this.show(glyph, NOTHING);
    this.#out += '>] TJ EMC [<';
  }

  end(): string {
    const shown = `${this.#out}>] TJ`.replaceAll('[<>] TJ ', '').replaceAll('<>', '');
    return this.#rise === 0 ? shown : `${shown} 0 Ts`;
  }
}
