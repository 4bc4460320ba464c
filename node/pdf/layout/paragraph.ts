/**
 * A paragraph to lines: words are shaped once, then filled into any width; each line is put into visual order.
 *
 * The bidirectional algorithm is bidi-js (UAX #9); it is asked only when a right-to-left character or base is there.
 */
import bidiModule, { type Bidi } from 'bidi-js';
import { stretchesOf } from '#node/pdf/text/break-text.ts';
import { type GlyphRun, shapeText } from '#node/pdf/text/shape-text.ts';
import type { TypefaceShelf } from '#node/pdf/text/typeface.ts';
import type { Inline, Paragraph, TextStyle } from './model.ts';

type ImageInline = Extract<Inline, { kind: 'image' }>;
export type Part = GlyphRun | (ImageInline & { readonly level: number });

/** A part and where it stands from the line's left end. */
export interface PlacedPart {
  readonly x: number;
  readonly part: Part;
}

export interface Line {
  readonly parts: readonly PlacedPart[];
  readonly width: number;
  readonly height: number;
  /** From the line's top. */
  readonly baseline: number;
}

interface Word {
  readonly parts: readonly Part[];
  readonly width: number;
  readonly spaces: readonly Part[];
  readonly spacesWidth: number;
  readonly endsLine: boolean;
}

export interface PreparedParagraph {
  readonly words: readonly Word[];
  /** The widest word, and all in one line. */
  readonly minWidth: number;
  readonly maxWidth: number;
  readonly rightToLeft: boolean;
  readonly lineHeight: number;
  /** The paragraph's own style: the height of an empty line. */
  readonly style: TextStyle | null;
}

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const IMAGE = '\ufffc';
export const PICTURE_MIN = 24;
/** Of a letter, as a share of its size, where no face tells. */
const ASCENT = 0.8;
/** The package is CommonJS, its types are not. */
const bidiFactory = bidiModule as unknown as () => Bidi;
let bidi: Bidi | null = null;
let graphemes: Intl.Segmenter | null = null;

export function prepareParagraph(paragraph: Paragraph, shelf: TypefaceShelf): PreparedParagraph {
  const { inlines } = paragraph;
  const text = inlines.map((inline) => (inline.kind === 'text' ? inline.text : IMAGE)).join('');
  const starts: number[] = [];
  let at = 0;
  for (const inline of inlines) {
    starts.push(at);
    at += inline.kind === 'text' ? inline.text.length : 1;
  }
  const { levels, rightToLeft } = levelsOf(text, paragraph);
  const cutter = new Cutter(inlines, starts, text, levels, rightToLeft ? 1 : 0, shelf);
  const words: Word[] = [];
  let minWidth = 0;
  let lineWidth = 0;
  let maxWidth = 0;
  for (const { start, textEnd, end, endsLine } of stretchesOf(text)) {
    const parts = cutter.partsOf(start, textEnd);
    const spaces = cutter.partsOf(textEnd, endsLine ? end - 1 : end);
    const word = { parts, width: widthOf(parts), spaces, spacesWidth: widthOf(spaces), endsLine };
    words.push(word);
    minWidth = Math.max(minWidth, narrowest(parts));
    maxWidth = Math.max(maxWidth, lineWidth + word.width);
    lineWidth = endsLine ? 0 : lineWidth + word.width + word.spacesWidth;
  }
  const first = inlines.find((inline) => inline.kind === 'text');
  const style = first?.kind === 'text' ? first.style : null;
  return { words, minWidth, maxWidth, rightToLeft, lineHeight: paragraph.lineHeight, style };
}

function levelsOf(
  text: string,
  { direction }: Paragraph,
): { levels: Uint8Array | null; rightToLeft: boolean } {
  if (direction !== 'rtl' && !RIGHT_TO_LEFT.test(text)) return { levels: null, rightToLeft: false };
  bidi ??= bidiFactory();
  const { levels, paragraphs } = bidi.getEmbeddingLevels(text, direction === 'auto' ? undefined : direction);
  return { levels, rightToLeft: (paragraphs[0]?.level ?? 0) % 2 === 1 };
}

/** Cuts stretches of the text at changes of inline and level. */
class Cutter {
  readonly #inlines: readonly Inline[];
  readonly #starts: readonly number[];
  readonly #text: string;
  readonly #levels: Uint8Array | null;
  readonly #base: number;
  readonly #shelf: TypefaceShelf;
  #inline = 0;

  constructor(
    inlines: readonly Inline[],
    starts: readonly number[],
    text: string,
    levels: Uint8Array | null,
    base: number,
    shelf: TypefaceShelf,
  ) {
    this.#inlines = inlines;
    this.#starts = starts;
    this.#text = text;
    this.#levels = levels;
    this.#base = base;
    this.#shelf = shelf;
  }

  /** Stretches are asked for in order. */
  partsOf(start: number, end: number): Part[] {
    const parts: Part[] = [];
    let at = start;
    while (at < end) {
      while ((this.#starts[this.#inline + 1] ?? Number.POSITIVE_INFINITY) <= at) this.#inline += 1;
      const inline = this.#inlines[this.#inline]!;
      const level = this.#levels?.[at] ?? this.#base;
      let to = Math.min(end, this.#starts[this.#inline + 1] ?? end);
      if (this.#levels !== null) {
        for (let i = at + 1; i < to; i += 1) if (this.#levels[i] !== level) to = i;
      }
      if (inline.kind === 'image') parts.push({ ...inline, level });
      else parts.push(...shapeText(this.#shelf, this.#text.slice(at, to), inline.style, level));
      at = to;
    }
    return parts;
  }
}

/** Pictures are made smaller where a column is narrow. */
const narrowest = (parts: readonly Part[]): number =>
  parts.reduce(
    (sum, part) => sum + (part.kind === 'image' ? Math.min(part.width, PICTURE_MIN) : part.width),
    0,
  );

const widthOf = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.width, 0);

/** Lines at most `width` wide; a word or image that is wider is broken or made smaller. */
export function fillLines(prepared: PreparedParagraph, width: number, shelf: TypefaceShelf): Line[] {
  const lines: Line[] = [];
  let open: Part[] = [];
  let openWidth = 0;
  let spaces: Part[] = [];
  let spacesWidth = 0;
  const endLine = () => {
    lines.push(lineOf(open, prepared));
    open = [];
    openWidth = 0;
    spaces = [];
    spacesWidth = 0;
  };
  for (const word of prepared.words) {
    if (open.length > 0 && openWidth + spacesWidth + word.width > width + 0.01) endLine();
    let pieces: readonly (readonly Part[])[] = [word.parts];
    if (word.width > width + 0.01) pieces = brokenToFit(word.parts, width, shelf);
    pieces.forEach((piece, i) => {
      if (i > 0) endLine();
      if (open.length > 0 || spaces.length > 0) open.push(...spaces);
      openWidth += spacesWidth + widthOf(piece);
      open.push(...piece);
      spaces = [];
      spacesWidth = 0;
    });
    spaces.push(...word.spaces);
    spacesWidth += word.spacesWidth;
    if (word.endsLine) endLine();
  }
  if (open.length > 0) lines.push(lineOf(open, prepared));
  return lines;
}

/** A long address or a wide image, in pieces that fit. */
function brokenToFit(parts: readonly Part[], width: number, shelf: TypefaceShelf): Part[][] {
  const pieces: Part[][] = [[]];
  let room = width;
  const put = (part: Part) => {
    if (part.width > room + 0.01 && pieces.at(-1)!.length > 0) {
      pieces.push([]);
      room = width;
    }
    pieces.at(-1)!.push(part);
    room -= part.width;
  };
  for (const part of parts) {
    if (part.kind === 'image') {
      const scale = Math.min(1, width / part.width);
      put({ ...part, width: part.width * scale, height: part.height * scale });
    } else if (part.width <= room) put(part);
    else for (const piece of graphemesThatFit(part, room, width, shelf)) put(piece);
  }
  return pieces;
}

function* graphemesThatFit(
  run: GlyphRun,
  room: number,
  width: number,
  shelf: TypefaceShelf,
): Generator<GlyphRun> {
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  let left = room;
  let text = '';
  let textWidth = 0;
  const shapeAll = (piece: string) => shapeText(shelf, piece, run.style, run.level);
  for (const { segment } of graphemes.segment(run.meant)) {
    const segmentWidth = widthOf(shapeAll(segment));
    if (text !== '' && textWidth + segmentWidth > left) {
      yield* shapeAll(text);
      text = '';
      textWidth = 0;
      left = width;
    }
    text += segment;
    textWidth += segmentWidth;
  }
  if (text !== '') yield* shapeAll(text);
}

function lineOf(parts: readonly Part[], { lineHeight, style, rightToLeft }: PreparedParagraph): Line {
  let above = 0;
  let below = 0;
  const grow = (size: number, ascent: number, descent: number) => {
    const leading = Math.max(0, size * lineHeight - (ascent + descent)) / 2;
    above = Math.max(above, ascent + leading);
    below = Math.max(below, descent + leading);
  };
  if (parts.length === 0 && style !== null)
    grow(style.sizePt, style.sizePt * ASCENT, style.sizePt * (1 - ASCENT));
  for (const part of parts) {
    if (part.kind === 'image') {
      above = Math.max(above, part.height);
      continue;
    }
    const size = part.style.sizePt;
    // Scripts that stand higher (Thai, Burmese) ask for more room.
    const ascent = Math.min(part.face.ascent, 1.3) * size - 0.2 * size;
    grow(size, Math.max(ascent, ASCENT * size), Math.min(part.face.descent, 0.6) * size);
  }
  let x = 0;
  const placed: PlacedPart[] = [];
  for (const part of visualOrder(parts, rightToLeft ? 1 : 0)) {
    placed.push({ x, part });
    x += part.width;
  }
  return { parts: placed, width: x, height: above + below, baseline: above };
}

/** UAX #9 L1 (spaces at the end are not in the line) and L2. */
function visualOrder(parts: readonly Part[], base: number): readonly Part[] {
  const highest = parts.reduce((level, part) => Math.max(level, part.level), base);
  if (highest === 0) return parts;
  const order = [...parts];
  for (let level = highest; level > 0; level -= 1) {
    for (let i = 0; i < order.length; i += 1) {
      if (order[i]!.level < level) continue;
      let end = i;
      while (end < order.length && order[end]!.level >= level) end += 1;
      order.splice(i, end - i, ...order.slice(i, end).reverse());
      i = end;
    }
  }
  return order;
}
