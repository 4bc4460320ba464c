/**
 * HTML to blocks: the walk through the tree. Tables are in `html-table.ts`, pictures come through a port.
 */
import type { PdfImage } from '#node/pdf/image/image.ts';
import { type Block, type Paragraph, PLAIN_BOX } from '#node/pdf/layout/model.ts';
import { GREY, LIGHT, QUOTE_BOX } from '#node/pdf/layout/styles.ts';
import { boxStyleOf, type ComputedStyle, ROOT_STYLE } from './computed-style.ts';
import { StyleSheet } from './css-rules.ts';
import { blockOf, boxed, gap, mirrored, paragraphOf, spaced } from './element-look.ts';
import { htmlTable } from './html-table.ts';
import { type HtmlElement, htmlTree } from './html-tree.ts';
import { imageSize } from './image-size.ts';
import { InlineCollector } from './inline-collector.ts';
import type { LinkNotes } from './link-notes.ts';
import { listMarker } from './list-marker.ts';
import { computedStyle } from './style-of-element.ts';

export interface HtmlPorts {
  /** The picture of a `cid:` or `data:` address; null for what is not in the mail. Never asks the network. */
  picture(source: string): PdfImage | null;
  readonly links: LinkNotes;
  /** The room a page has, in points. */
  readonly width: number;
  readonly height: number;
  /** Said where a picture is missing. */
  readonly pictureNotShown: string;
}

const BLOCKS = new Set(
  (
    'html body p div h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table blockquote pre hr center address article section header ' +
    'footer main nav aside figure figcaption form fieldset details summary xmp listing plaintext tr td th thead tbody tfoot caption'
  ).split(' '),
);
/** Without content of their own; they may ask for a line of their own. */
const ALWAYS_INLINE = new Set(['img', 'br', 'wbr', 'input']);
const PARAGRAPH_GAP = 9;
const HEADING_GAP = 12;
/** Deeper quotations are not moved further right: their text would have no room. */
const QUOTE_DEPTH_MAX = 6;
const LIST_INDENT = 20;
const LIST_GAP = 6;

export function htmlBlocks(html: string, ports: HtmlPorts): { blocks: Block[]; isCut: boolean } {
  const { root, sheet, isCut } = htmlTree(html);
  const walk = new HtmlWalk(ports, new StyleSheet(sheet));
  return { blocks: walk.childrenOf(root, ROOT_STYLE), isCut };
}

class HtmlWalk {
  readonly #ports: HtmlPorts;
  readonly #sheet: StyleSheet;
  #quotes = 0;

  constructor(ports: HtmlPorts, sheet: StyleSheet) {
    this.#ports = ports;
    this.#sheet = sheet;
  }

  styleOf(element: HtmlElement, parent: ComputedStyle): ComputedStyle {
    return computedStyle(parent, element, this.#sheet.declarationsFor(element));
  }

  /** The blocks within an element whose style is known. */
  childrenOf(element: HtmlElement, style: ComputedStyle, tag: Paragraph['tag'] = 'P'): Block[] {
    const blocks: Block[] = [];
    const line = new InlineCollector();
    const flush = () => {
      const made = blockOf(line.take(), style, tag);
      if (made !== null) blocks.push(made);
    };
    const walk = (parent: HtmlElement, parentStyle: ComputedStyle): void => {
      for (const child of parent.children) {
        if (typeof child === 'string') {
          if (!parentStyle.isHidden && !parentStyle.isTiny) line.text(child, parentStyle);
          continue;
        }
        const childStyle = this.styleOf(child, parentStyle);
        if (childStyle.display === 'none') continue;
        const isBlock =
          childStyle.display === 'block' || (BLOCKS.has(child.tag) && childStyle.display !== 'inline');
        if (isBlock) flush();
        if (!isBlock || ALWAYS_INLINE.has(child.tag))
          this.#inline(child, inlineStyle(childStyle), line, walk);
        else blocks.push(...this.#blocksOf(child, childStyle));
        if (isBlock) flush();
      }
    };
    walk(element, style);
    flush();
    return blocks;
  }

  #inline(
    element: HtmlElement,
    style: ComputedStyle,
    line: InlineCollector,
    walk: (element: HtmlElement, style: ComputedStyle) => void,
  ): void {
    const { attributes } = element;
    switch (element.tag) {
      case 'br':
        line.lineBreak(style);
        return;
      case 'wbr':
        line.text('\u200b', style);
        return;
      case 'img':
        this.#picture(element, style, line);
        return;
      case 'input':
        if (/^(?:submit|button)$/i.test(attributes.type ?? '')) line.text(attributes.value ?? '', style);
        return;
      case 'q':
        line.text('“', style);
        walk(element, style);
        line.text('”', style);
        return;
      case 'a': {
        this.#button(element, style, line, walk);
        const number =
          attributes.href === undefined ? null : this.#ports.links.noteFor(attributes.href, textOf(element));
        if (number !== null) line.text(`[${number}]`, noteStyle(style));
        return;
      }
      default:
        this.#button(element, style, line, walk);
    }
  }

  /** `text-decoration` and links apart, the words of a button stand in the middle of their colour. */
  #button(
    element: HtmlElement,
    style: ComputedStyle,
    line: InlineCollector,
    walk: (element: HtmlElement, style: ComputedStyle) => void,
  ): void {
    const beside = { ...style, text: { ...style.text, underline: false } };
    const isButton = style.background !== null && (style.padding.left ?? 0) >= BUTTON_PADDING_MIN;
    if (isButton) line.text(BUTTON_ROOM, beside);
    walk(element, style);
    if (isButton) line.text(BUTTON_ROOM, beside);
  }

  #picture({ attributes }: HtmlElement, style: ComputedStyle, line: InlineCollector): void {
    if (style.isHidden) return;
    const alt = (attributes.alt ?? '').replace(/\s+/g, ' ').trim();
    const image = this.#ports.picture(attributes.src ?? '');
    const size = imageSize(attributes, style, image, this.#ports);
    if (image !== null) {
      if (size !== null) line.image(image, size.width, size.height, alt);
    } else if (size !== null && alt !== '') {
      // Pictures of a pixel or two count readers; they have no words either.
      const text = { ...style.text, italic: true, colour: GREY };
      line.text(`[${alt}: ${this.#ports.pictureNotShown}]`, { ...style, text });
    }
  }

  #blocksOf(element: HtmlElement, style: ComputedStyle): Block[] {
    switch (element.tag) {
      case 'hr':
        return [gap(6), { kind: 'rule', colour: LIGHT, width: 1 }, gap(6)];
      case 'table':
        return spaced(style, 0, htmlTable(element, style, this));
      case 'ul':
      case 'ol':
        return spaced(style, element.parent?.tag === 'li' ? 0 : LIST_GAP, [this.#list(element, style)]);
      case 'blockquote':
        return this.#quotation(element, style);
      case 'h1':
      case 'h2':
      case 'h3':
      case 'h4':
      case 'h5':
      case 'h6': {
        const tag = `H${Math.min(6, Number(element.tag[1]) + 1)}` as Paragraph['tag']; // H1 is the subject.
        return spaced(style, HEADING_GAP, boxed(style, null, this.childrenOf(element, style, tag)));
      }
      case 'p':
        return spaced(style, PARAGRAPH_GAP, boxed(style, null, this.childrenOf(element, style)));
      case 'dd':
        return [
          {
            kind: 'box',
            tag: null,
            style: { ...PLAIN_BOX, margin: { top: 0, right: 0, bottom: 0, left: LIST_INDENT } },
            children: this.childrenOf(element, style),
          },
        ];
      case 'pre':
      case 'xmp':
      case 'listing':
        return spaced(style, PARAGRAPH_GAP, boxed(style, null, this.childrenOf(element, style, 'Code')));
      default:
        return spaced(style, 0, boxed(style, 'Div', this.childrenOf(element, style)));
    }
  }

  #quotation(element: HtmlElement, style: ComputedStyle): Block[] {
    this.#quotes += 1;
    const children = this.childrenOf(element, style);
    this.#quotes -= 1;
    if (this.#quotes >= QUOTE_DEPTH_MAX) return children;
    const own = boxStyleOf(style);
    const { left, right } = own.border;
    const isDrawn = left !== null || right !== null || own.background !== null;
    const look = isDrawn
      ? { ...own, margin: { ...own.margin, top: 0, bottom: 0 } }
      : style.direction === 'rtl'
        ? mirrored(QUOTE_BOX)
        : QUOTE_BOX;
    return spaced(style, PARAGRAPH_GAP, [{ kind: 'box', tag: 'BlockQuote', style: look, children }]);
  }

  #list(element: HtmlElement, style: ComputedStyle): Block {
    let number = Number.parseInt(element.attributes.start ?? '1', 10);
    if (!Number.isSafeInteger(number)) number = 1;
    const items: { marker: Paragraph; children: Block[] }[] = [];
    for (const child of element.children) {
      if (typeof child === 'string') {
        // Against the standard, and seen.
        const loose = this.childrenOf({ ...element, children: [child] }, style);
        if (loose.length > 0) items.push({ marker: paragraphOf([], style, 'Lbl'), children: loose });
        continue;
      }
      const childStyle = this.styleOf(child, style);
      if (childStyle.display === 'none') continue;
      const isItem = child.tag === 'li';
      const given = Number.parseInt(child.attributes.value ?? '', 10);
      if (isItem && Number.isSafeInteger(given)) number = given;
      const text = isItem ? listMarker(childStyle.marker, number) : '';
      const marker = paragraphOf(
        [{ kind: 'text', text, style: { ...style.text, underline: false } }],
        style,
        'Lbl',
      );
      const children = isItem ? this.childrenOf(child, childStyle) : this.#blocksOf(child, childStyle);
      items.push({ marker, children });
      if (isItem) number += 1;
    }
    const direction = style.direction === 'rtl' ? 'rtl' : 'ltr';
    return { kind: 'list', indent: LIST_INDENT, items, direction };
  }
}

/** Room beside the words of a link that looks like a button. */
const BUTTON_ROOM = '\u00a0\u00a0';
const BUTTON_PADDING_MIN = 4;

/** What is behind a piece of text, only there. */
function inlineStyle(style: ComputedStyle): ComputedStyle {
  if (style.background === null) return style;
  return { ...style, text: { ...style.text, background: style.background } };
}

const noteStyle = (style: ComputedStyle): ComputedStyle => ({
  ...style,
  text: { ...style.text, rise: 0.3, underline: false, bold: false },
});

/** As far as it may be compared with an address. */
function textOf(element: HtmlElement): string {
  let text = '';
  for (const child of element.children) {
    text += typeof child === 'string' ? child : textOf(child);
    if (text.length > 2_000) break;
  }
  return text;
}
