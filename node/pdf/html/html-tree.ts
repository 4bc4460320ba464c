/**
 * HTML of a mail to a small tree of elements and text; htmlparser2 repairs what is left open.
 *
 * Every limit ends in a shorter page, never in an error; what was cut is told to the caller, who attaches the whole.
 */
import { Parser } from 'htmlparser2';

export interface HtmlElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly parent: HtmlElement | null;
  readonly children: (HtmlElement | string)[];
}

export interface HtmlTree {
  readonly root: HtmlElement;
  /** The text of its style elements, in order. */
  readonly sheet: string;
  readonly isCut: boolean;
}

/** Newsletters have some thousands; a thread with many quoted ones ten times as many. */
const ELEMENTS_MAX = 40_000;
/** Three hundred pages. */
const TEXT_CHARS_MAX = 600_000;
/** What is nested deeper stands in the element at this depth. Real mails reach sixty. */
const DEPTH_MAX = 100;
const SHEET_CHARS_MAX = 200_000;

/** Nothing in them is text for a reader. */
const DROPPED = new Set(
  (
    'head title template iframe object embed applet svg math audio video canvas map script noembed noframes ' +
    'textarea select datalist'
  ).split(' '),
);

export function htmlTree(html: string): HtmlTree {
  const builder = new TreeBuilder();
  const parser = new Parser(
    {
      onopentag: (tag, attributes) => builder.open(tag, attributes),
      ontext: (text) => builder.text(text),
      onclosetag: (tag) => builder.close(tag),
    },
    { decodeEntities: true },
  );
  // In pieces, so that a bomb is left when it is found.
  for (let at = 0; at < html.length && !builder.isCut; at += PIECE_CHARS) {
    parser.write(html.slice(at, at + PIECE_CHARS));
  }
  if (!builder.isCut) parser.end();
  return { root: builder.root, sheet: builder.sheet, isCut: builder.isCut };
}

const PIECE_CHARS = 65_536;

class TreeBuilder {
  readonly root: HtmlElement = { tag: 'html', attributes: {}, parent: null, children: [] };
  sheet = '';
  isCut = false;
  readonly #open: HtmlElement[] = [this.root];
  /** How many elements are open below the deepest that is kept. */
  #tooDeep = 0;
  #dropped = 0;
  #inStyle = false;
  #elements = 0;
  #chars = 0;

  open(tag: string, attributes: Readonly<Record<string, string>>): void {
    if (this.isCut) return;
    if (tag === 'style') this.#inStyle = true;
    if (DROPPED.has(tag)) this.#dropped += 1;
    if (this.#inStyle || this.#dropped > 0) return;
    if (++this.#elements > ELEMENTS_MAX) {
      this.isCut = true;
      return;
    }
    const parent = this.#open.at(-1)!;
    if (this.#open.length >= DEPTH_MAX) {
      this.#tooDeep += 1;
      return;
    }
    const element: HtmlElement = { tag, attributes, parent, children: [] };
    parent.children.push(element);
    this.#open.push(element);
  }

  text(text: string): void {
    if (this.isCut) return;
    if (this.#inStyle) {
      if (this.sheet.length < SHEET_CHARS_MAX) this.sheet += text;
      return;
    }
    if (this.#dropped > 0) return;
    const room = TEXT_CHARS_MAX - this.#chars;
    this.#chars += text.length;
    this.isCut = this.#chars > TEXT_CHARS_MAX;
    const children = this.#open.at(-1)!.children;
    const kept = text.slice(0, room).toWellFormed();
    if (typeof children.at(-1) === 'string') children[children.length - 1] += kept;
    else children.push(kept);
  }

  close(tag: string): void {
    if (tag === 'style') this.#inStyle = false;
    else if (DROPPED.has(tag)) this.#dropped = Math.max(0, this.#dropped - 1);
    else if (this.#inStyle || this.#dropped > 0) return;
    else if (this.#tooDeep > 0) this.#tooDeep -= 1;
    else if (this.#open.length > 1) this.#open.pop();
  }
}
