/**
 * The content of one page, in drawing operators (ISO 32000-2 §8 and §9). Places are counted from the top left.
 */
import { Buffer } from 'node:buffer';
import type { PdfImage } from '#node/pdf/image/image.ts';
import type { DocumentFont } from '#node/pdf/text/document-font.ts';
import { shownGlyphs } from '#node/pdf/text/glyph-string.ts';
import { type GlyphRun, sizeOnPage } from '#node/pdf/text/shape-text.ts';
import type { Typeface } from '#node/pdf/text/typeface.ts';
import type { StructureNode } from '#node/pdf/write/structure.ts';
import { writtenNumber as n, type PdfRef } from '#node/pdf/write/values.ts';
import type { Colour, Edge, Sides } from './model.ts';

/** What pages share: fonts and images by their name in the page's resources. */
export interface Resources {
  fontFor(face: Typeface): DocumentFont;
  imageFor(image: PdfImage): { readonly resource: string; readonly ref: PdfRef };
}

export const SLANT = 0.2;
const UNDERLINE = 0.1;
const STRIKE = 0.27;

export class Painter {
  readonly page: number;
  readonly fonts = new Map<string, PdfRef>();
  readonly images = new Map<string, PdfRef>();
  /** For bookmarks, in the order they were drawn. */
  readonly headings: { readonly depth: number; readonly text: string; readonly y: number }[] = [];
  readonly #resources: Resources;
  readonly #heightPt: number;
  #marks = 0;
  #out: string[] = [];

  constructor(page: number, heightPt: number, resources: Resources) {
    this.page = page;
    this.#heightPt = heightPt;
    this.#resources = resources;
  }

  content(): Buffer {
    return Buffer.from(this.#out.join('\n'), 'latin1');
  }

  /** What `paint` draws belongs to the node, in reading order. */
  tagged(node: StructureNode, paint: () => void): void {
    const mark = this.#marks++;
    node.kids.push({ page: this.page, mark });
    this.#out.push(`/${node.tag}<</MCID ${mark}>>BDC`);
    paint();
    this.#out.push('EMC');
  }

  /** Decoration, which no reader reads aloud. */
  artifact(paint: () => void): void {
    this.#out.push('/Artifact BMC');
    paint();
    this.#out.push('EMC');
  }

  /** What `paint` draws at the origin, made smaller. */
  scaled(factor: number, x: number, y: number, paint: () => void): void {
    const down = this.#heightPt * (1 - factor) - y;
    this.#out.push(`q ${n(factor)} 0 0 ${n(factor)} ${n(x)} ${n(down)} cm`);
    paint();
    this.#out.push('Q');
  }

  rectangle(x: number, y: number, width: number, height: number, colour: Colour): void {
    if (width <= 0 || height <= 0) return;
    this.#out.push(
      `${rgb(colour)} rg ${n(x)} ${n(this.#heightPt - y - height)} ${n(width)} ${n(height)} re f`,
    );
  }

  roundedRectangle(
    x: number,
    y: number,
    width: number,
    height: number,
    radius: number,
    colour: Colour,
  ): void {
    const bottom = this.#heightPt - y - height;
    const top = bottom + height;
    const right = x + width;
    const k = radius * 0.4477; // 1 − 0.5523: the control point of a quarter of a circle.
    const curve = (...v: number[]) => `${v.map(n).join(' ')} c`;
    this.#out.push(
      `${rgb(colour)} rg ${n(x + radius)} ${n(bottom)} m ${n(right - radius)} ${n(bottom)} l`,
      curve(right - k, bottom, right, bottom + k, right, bottom + radius),
      `${n(right)} ${n(top - radius)} l`,
      curve(right, top - k, right - k, top, right - radius, top),
      `${n(x + radius)} ${n(top)} l`,
      curve(x + k, top, x, top - k, x, top - radius),
      `${n(x)} ${n(bottom + radius)} l`,
      curve(x, bottom + k, x + k, bottom, x + radius, bottom),
      'f',
    );
  }

  border(x: number, y: number, width: number, height: number, edges: Sides<Edge | null>): void {
    const { top, right, bottom, left } = edges;
    if (top) this.rectangle(x, y, width, top.width, top.colour);
    if (bottom) this.rectangle(x, y + height - bottom.width, width, bottom.width, bottom.colour);
    if (left) this.rectangle(x, y, left.width, height, left.colour);
    if (right) this.rectangle(x + width - right.width, y, right.width, height, right.colour);
  }

  image(image: PdfImage, x: number, y: number, width: number, height: number): void {
    const { resource, ref } = this.#resources.imageFor(image);
    this.images.set(resource, ref);
    const bottom = this.#heightPt - y - height;
    this.#out.push(`q ${n(width)} 0 0 ${n(height)} ${n(x)} ${n(bottom)} cm /${resource} Do Q`);
  }

  /** A form with its upper left corner at the page's, made smaller; only what is in the window is seen. */
  form(
    { resource, ref }: { readonly resource: string; readonly ref: PdfRef },
    factor: number,
    formHeight: number,
    window: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  ): void {
    this.images.set(resource, ref);
    const { x, y, width, height } = window;
    const scale = factor.toFixed(6);
    const down = this.#heightPt - formHeight * factor;
    this.#out.push(
      `q ${n(x)} ${n(this.#heightPt - y - height)} ${n(width)} ${n(height)} re W n`,
      `${scale} 0 0 ${scale} 0 ${n(down)} cm /${resource} Do Q`,
    );
  }

  /** The run with its baseline at `y`. */
  glyphs(run: GlyphRun, x: number, y: number): void {
    const { style, face } = run;
    const font = this.#resources.fontFor(face);
    this.fonts.set(font.resource, font.ref);
    const size = sizeOnPage(style);
    const baseline = this.#heightPt - y + style.rise * style.sizePt;
    const slant = face.isSlanted ? n(SLANT) : '0';
    this.#out.push(
      `BT ${rgb(style.colour)} rg /${font.resource} ${n(size)} Tf 1 0 ${slant} 1 ${n(x)} ${n(baseline)} Tm`,
      `${shownGlyphs(run, font, size)} ET`,
    );
  }

  /** Underline and strike through, from `x`. */
  lines({ style, width }: GlyphRun, x: number, y: number): void {
    const thickness = Math.max(0.5, style.sizePt * 0.05);
    if (style.underline) this.rectangle(x, y + style.sizePt * UNDERLINE, width, thickness, style.colour);
    if (style.strike) this.rectangle(x, y - style.sizePt * STRIKE, width, thickness, style.colour);
  }
}

const written = new WeakMap<Colour, string>();

/** One of 255 steps is finer than the hundredths of a length. */
function rgb(colour: Colour): string {
  let text = written.get(colour);
  if (text === undefined) {
    text = colour.map((part) => part.toFixed(3)).join(' ');
    written.set(colour, text);
  }
  return text;
}
