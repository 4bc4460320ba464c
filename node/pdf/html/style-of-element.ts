/**
 * How an element looks: what it inherits, what its tag means, what its attributes and style sheets say.
 *
 * Values are kept within reason: a page of paper is no screen, and a mail must stay readable whatever it asks for.
 */
import type { Colour, Direction, TextStyle } from '#node/pdf/layout/model.ts';
import { LINE_HEIGHT } from '#node/pdf/layout/styles.ts';
import { declareBox, type Mutable } from './box-declarations.ts';
import { type ComputedStyle, ROOT_STYLE } from './computed-style.ts';
import { cssColour } from './css-colour.ts';
import { cssLength, cssWidth } from './css-length.ts';
import type { Declarations } from './css-rules.ts';
import type { HtmlElement } from './html-tree.ts';

const EDGE_STYLE = /^border(?:-\w+)?-style$/;
const BACKGROUND_ENDS = /^(?:div|p|table|td|th|li|blockquote|pre|h[1-6])$/;
const SIZE_MIN = 7.5;
/** Smaller is not meant to be read: the hidden first words of newsletters. */
const SIZE_HIDDEN_MAX = 1.5;
const SIZE_MAX = 30;
const LINK: Colour = [0.04, 0.33, 0.68];
const HEADINGS: Readonly<Record<string, number>> = { h1: 19, h2: 16, h3: 13.5, h4: 12, h5: 11, h6: 10 };
const FONT_SIZES = [7.5, 8, 10, 11, 13.5, 17, 22, 28];
const KEYWORD_SIZES: Readonly<Record<string, number>> = {
  ...{ 'xx-small': 7.5, 'x-small': 8, small: 9.5, medium: 11, large: 13.5, 'x-large': 17, 'xx-large': 22 },
};

const LIST_TYPES: Readonly<Record<string, string>> = {
  ...{ 1: 'decimal', a: 'lower-alpha', A: 'upper-alpha', i: 'lower-roman', I: 'upper-roman' },
};
const MARKERS = new Set(
  'none disc circle square decimal decimal-leading-zero lower-alpha upper-alpha lower-latin upper-latin lower-roman upper-roman'.split(
    ' ',
  ),
);

export function computedStyle(
  parent: ComputedStyle,
  element: HtmlElement,
  given: readonly Declarations[],
): ComputedStyle {
  const style = new StyleBuilder(parent, element.tag);
  style.tag(element.tag);
  style.attributes(element.attributes, element.tag);
  for (const declarations of given) style.declare(declarations);
  return style.done();
}

class StyleBuilder {
  readonly #style: Mutable<ComputedStyle>;
  #text: Mutable<TextStyle>;
  readonly #parentSize: number;

  constructor(parent: ComputedStyle, tag: string) {
    const { align, direction, lineHeight, keepsSpace, transform, marker } = parent;
    const { behind, isHidden, isTiny, placesBlocks } = parent;
    const inherited = { align, direction, lineHeight, keepsSpace, transform, marker };
    this.#style = { ...ROOT_STYLE, ...inherited, behind, isHidden, isTiny, placesBlocks };
    // HTML Standard §15.3.10: a table does not take the alignment around it.
    if (tag === 'table') this.#style.align = 'start';
    this.#text = BACKGROUND_ENDS.test(tag) ? { ...parent.text, background: null } : { ...parent.text };
    this.#parentSize = parent.text.sizePt;
  }

  tag(tag: string): void {
    const text = this.#text;
    const heading = HEADINGS[tag];
    if (heading !== undefined) {
      text.bold = true;
      text.sizePt = heading;
    }
    if (/^(?:b|strong|th|dt)$/.test(tag)) text.bold = true;
    if (/^(?:i|em|cite|var|dfn|address)$/.test(tag)) text.italic = true;
    if (/^(?:u|ins)$/.test(tag)) text.underline = true;
    if (/^(?:s|strike|del)$/.test(tag)) text.strike = true;
    if (/^(?:code|kbd|samp|tt|pre|xmp|listing|plaintext)$/.test(tag)) {
      text.mono = true;
      text.sizePt *= 0.93;
    }
    if (/^(?:pre|xmp|listing|plaintext)$/.test(tag)) this.#style.keepsSpace = true;
    if (tag === 'small') text.sizePt *= 0.85;
    if (tag === 'big') text.sizePt *= 1.2;
    if (tag === 'sub') text.rise = -0.15;
    if (tag === 'sup') text.rise = 0.35;
    if (tag === 'mark') text.background = [1, 0.95, 0.5];
    if (tag === 'center' || tag === 'caption') this.#style.align = 'center';
    if (tag === 'center') this.#style.placesBlocks = 'center';
    if (tag === 'th') this.#style.align = 'center';
    if (tag === 'ol') this.#style.marker = 'decimal';
    if (tag === 'ul') this.#style.marker = 'disc';
  }

  attributes(attributes: Readonly<Record<string, string>>, tag: string): void {
    const { align, bgcolor, width, dir, valign, color, size, face, hidden, href, type } = attributes;
    if (align !== undefined) this.#align(align, tag);
    if (bgcolor !== undefined) this.#background(bgcolor);
    if (width !== undefined && /^(?:table|td|th|col|hr)$/.test(tag))
      this.#style.width = cssWidth(width, this.#text.sizePt);
    if (dir !== undefined && /^(?:ltr|rtl|auto)$/i.test(dir))
      this.#style.direction = dir.toLowerCase() as Direction;
    if (valign !== undefined) this.#style.verticalAlign = valign.toLowerCase();
    if (hidden !== undefined) this.#style.display = 'none';
    if (tag === 'a' && href !== undefined) {
      this.#text.colour = LINK;
      this.#text.underline = true;
    }
    if (tag === 'font') {
      if (color !== undefined) this.#text.colour = cssColour(color) ?? this.#text.colour;
      if (size !== undefined) this.#fontSize(size);
      if (face !== undefined) this.#family(face);
    }
    if ((tag === 'ol' || tag === 'ul' || tag === 'li') && type !== undefined)
      this.#style.marker = LIST_TYPES[type] ?? type;
  }

  declare(declarations: Declarations): void {
    // What an edge is made of means nothing before there is an edge.
    for (const [key, value] of declarations) if (EDGE_STYLE.test(key)) this.#declare(key, value);
    for (const [key, value] of declarations) if (!EDGE_STYLE.test(key)) this.#declare(key, value);
  }

  done(): ComputedStyle {
    const text = this.#text;
    if (text.sizePt !== this.#parentSize) this.#style.isTiny = text.sizePt < SIZE_HIDDEN_MAX;
    text.sizePt = Math.min(SIZE_MAX, Math.max(SIZE_MIN, text.sizePt));
    return { ...this.#style, text };
  }

  #declare(key: string, value: string): void {
    const style = this.#style;
    const text = this.#text;
    const word = value.toLowerCase();
    switch (key) {
      case 'color':
        text.colour = cssColour(value) ?? text.colour;
        return;
      case 'background':
      case 'background-color':
        this.#background(value);
        return;
      case 'font':
        this.#font(word);
        return;
      case 'font-size':
        this.#size(word);
        return;
      case 'font-weight':
        text.bold = /^bold|^[6-9]00$/.test(word);
        return;
      case 'font-style':
        text.italic = /^(?:italic|oblique)/.test(word);
        return;
      case 'font-family':
        this.#family(word);
        return;
      case 'text-decoration':
      case 'text-decoration-line':
        text.underline = word.includes('underline');
        text.strike = word.includes('line-through');
        return;
      case 'text-align':
        this.#align(word, '');
        return;
      case 'text-transform':
        if (/^(?:uppercase|lowercase|capitalize|none)$/.test(word))
          style.transform = word as ComputedStyle['transform'];
        return;
      case 'line-height':
        this.#lineHeight(word);
        return;
      case 'white-space':
        style.keepsSpace = /^(?:pre|pre-wrap|pre-line|break-spaces)$/.test(word);
        return;
      case 'direction':
        if (word === 'ltr' || word === 'rtl') style.direction = word;
        return;
      case 'vertical-align':
        style.verticalAlign = word;
        if (word === 'super') text.rise = 0.35;
        if (word === 'sub') text.rise = -0.15;
        return;
      case 'list-style':
      case 'list-style-type':
        style.marker = word.split(/\s+/).find((part) => MARKERS.has(part)) ?? style.marker;
        return;
      default:
        declareBox(style, text, key, value);
    }
  }

  #background(value: string): void {
    const colour =
      cssColour(value) ??
      value
        .split(/\s+(?![^(]*\))/)
        .map(cssColour)
        .find((c) => c !== null) ??
      null;
    if (colour === null) return;
    this.#style.background = colour;
    this.#style.behind = colour;
  }

  #align(value: string, tag: string): void {
    const word = value.toLowerCase();
    if (tag === 'table' || tag === 'img') {
      this.#style.isCentred = word === 'center';
      return;
    }
    if (tag !== '' && (word === 'left' || word === 'right' || word === 'center'))
      this.#style.placesBlocks = word;
    if (word === 'justify' || word === 'start') this.#style.align = 'start';
    else if (word === 'left' || word === 'right' || word === 'center') this.#style.align = word;
  }

  /** `<font size>`: 1 to 7, or relative to 3. */
  #fontSize(value: string): void {
    const number = Number.parseInt(value, 10);
    if (Number.isNaN(number)) return;
    const step = /^[+-]/.test(value) ? 3 + number : number;
    this.#text.sizePt = FONT_SIZES[Math.min(7, Math.max(1, step))]!;
  }

  #size(word: string): void {
    const size = KEYWORD_SIZES[word] ?? cssLength(word, this.#parentSize, this.#parentSize);
    if (word === 'smaller') this.#text.sizePt = this.#parentSize * 0.85;
    else if (word === 'larger') this.#text.sizePt = this.#parentSize * 1.2;
    else if (size !== null && size >= 0) this.#text.sizePt = size;
  }

  /** CSS Fonts 4 §2.7: style and weight, size with line height, family. */
  #font(word: string): void {
    const size = /(?:^|\s)([\d.]+(?:px|pt|em|rem|%))(?:\s*\/\s*([\d.]+\S*))?/.exec(word);
    this.#text.bold = /\bbold\b|\b[6-9]00\b/.test(word);
    this.#text.italic = /\b(?:italic|oblique)\b/.test(word);
    if (size === null) return;
    this.#size(size[1]!);
    if (size[2] !== undefined) this.#lineHeight(size[2]);
    this.#family(word.slice(size.index + size[0].length));
  }

  #family(value: string): void {
    this.#text.mono =
      /mono|courier|consolas|menlo/i.test(value.split(',')[0] ?? '') || /^\s*monospace/i.test(value);
  }

  #lineHeight(word: string): void {
    const plain = /^\d*\.?\d+$/.test(word) ? Number(word) : null;
    const length = plain === null ? cssLength(word, this.#text.sizePt, this.#text.sizePt) : null;
    const times = plain ?? (length === null ? LINE_HEIGHT : length / this.#text.sizePt);
    this.#style.lineHeight = Math.min(2, Math.max(1.15, times));
  }
}
