/**
 * Draws a page as a picture: the same layout and the same outlines as in the PDF, for a browser to show at once.
 *
 * Text is outlines; nothing of what is drawn is markup, so a text cannot become an element.
 */
import type { PdfImage } from '#node/pdf/image/image.ts';
import type { Colour } from '#node/pdf/layout/model.ts';
import { Painter, SLANT } from '#node/pdf/layout/painter.ts';
import { type GlyphRun, sizeOnPage } from '#node/pdf/text/shape-text.ts';

/** Fonts and images of a PDF are never asked for. */
const NO_RESOURCES = {
  fontFor: (): never => {
    throw new Error('a picture has no fonts');
  },
  imageFor: (): never => {
    throw new Error('a picture has no images');
  },
};

export class SvgPainter extends Painter {
  readonly #width: number;
  readonly #height: number;
  readonly #pictureOf: (image: PdfImage) => string | null;
  /** Outlines by typeface and glyph; each is written once. */
  readonly #outlines = new Map<string, { readonly id: string; readonly path: string }>();
  readonly #drawn: string[] = [];

  /** `pictureOf`: a `data:` address of the only pictures there are. */
  constructor(
    page: number,
    size: { readonly width: number; readonly height: number },
    pictureOf: (image: PdfImage) => string | null,
  ) {
    super(page, size.height, NO_RESOURCES);
    this.#width = size.width;
    this.#height = size.height;
    this.#pictureOf = pictureOf;
  }

  svg(): string {
    const outlines = [...this.#outlines.values()].map(({ id, path }) => `<path id="${id}" d="${path}"/>`);
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${n(this.#width)} ${n(this.#height)}">` +
      `<defs>${outlines.join('')}</defs><rect width="100%" height="100%" fill="#fff"/>${this.#drawn.join('')}</svg>`
    );
  }

  override tagged(_node: unknown, paint: () => void): void {
    paint();
  }

  override artifact(paint: () => void): void {
    paint();
  }

  override scaled(factor: number, x: number, y: number, paint: () => void): void {
    this.#drawn.push(`<g transform="translate(${n(x)} ${n(y)}) scale(${n(factor)})">`);
    paint();
    this.#drawn.push('</g>');
  }

  override rectangle(x: number, y: number, width: number, height: number, colour: Colour): void {
    this.roundedRectangle(x, y, width, height, 0, colour);
  }

  override roundedRectangle(
    x: number,
    y: number,
    width: number,
    height: number,
    radius: number,
    colour: Colour,
  ): void {
    if (width <= 0 || height <= 0) return;
    const size = `width="${n(width)}" height="${n(height)}"`;
    this.#drawn.push(`<rect x="${n(x)}" y="${n(y)}" ${size} rx="${n(radius)}" fill="${hex(colour)}"/>`);
  }

  override image(image: PdfImage, x: number, y: number, width: number, height: number): void {
    const address = this.#pictureOf(image);
    if (address === null) return;
    const place = `x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"`;
    this.#drawn.push(`<image ${place} href="${address}"/>`);
  }

  override glyphs({ face, style, shaped }: GlyphRun, x: number, y: number): void {
    const size = sizeOnPage(style);
    const scale = size / face.unitsPerEm;
    const slant = face.isSlanted ? SLANT : 0;
    const baseline = y - style.rise * style.sizePt;
    // Outlines grow upwards.
    const turned = `matrix(${scale} 0 ${slant * scale} ${-scale} ${n(x)} ${n(baseline)})`;
    this.#drawn.push(`<g transform="${turned}" fill="${hex(style.colour)}">`);
    let pen = 0;
    for (const { id, advance, dx, dy } of shaped.glyphs) {
      const key = `${face.key} ${id}`;
      const known = this.#outlines.get(key) ?? { id: `g${this.#outlines.size}`, path: face.outline(id) };
      this.#outlines.set(key, known);
      const at = `x="${Math.round((pen + dx) * face.unitsPerEm)}" y="${Math.round(dy * face.unitsPerEm)}"`;
      if (known.path !== '') this.#drawn.push(`<use href="#${known.id}" ${at}/>`);
      pen += advance;
    }
    this.#drawn.push('</g>');
  }
}

const n = (value: number): string => String(Math.round(value * 100) / 100);

const hex = (colour: Colour): string =>
  `#${colour
    .map((part) =>
      Math.round(part * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
