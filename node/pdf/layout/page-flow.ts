/**
 * Strips onto pages.
 */

import type { Sides } from './model.ts';
import type { Painter } from './painter.ts';
import type { Strip } from './strip.ts';

/** In points. */
export interface PageFormat {
  readonly width: number;
  readonly height: number;
  readonly margin: Sides<number>;
}

/** A bomb of markup ends here; a book of this length is no letter. */
export const PAGES_MAX = 1_000;

export const roomWidth = ({ width, margin }: PageFormat): number => width - margin.left - margin.right;
export const roomHeight = ({ height, margin }: PageFormat): number => height - margin.top - margin.bottom;

export class PageFlow {
  readonly painters: Painter[] = [];
  readonly #format: PageFormat;
  readonly #newPainter: (page: number) => Painter;
  #y = Number.POSITIVE_INFINITY;

  constructor(format: PageFormat, newPainter: (page: number) => Painter) {
    this.#format = format;
    this.#newPainter = newPainter;
  }

  /** Where the next strip comes, on the current page. */
  get y(): number {
    return this.#y;
  }

  startPage(): Painter {
    const painter = this.#newPainter(this.painters.length);
    this.painters.push(painter);
    this.#y = this.#format.margin.top;
    return painter;
  }

  /** False when there would be more than so many pages: the rest was left out. */
  place(strips: readonly Strip[], pagesMax = Number.POSITIVE_INFINITY): boolean {
    const { margin } = this.#format;
    const full = roomHeight(this.#format);
    for (let i = 0; i < strips.length; i += 1) {
      const strip = strips[i]!;
      const limit = margin.top + full + 0.01;
      if (this.#y + heightWithKept(strips, i, full) > limit) {
        if (this.painters.length >= pagesMax) return false;
        this.startPage();
      }
      if (strip.isGap && this.#y === margin.top) continue;
      const painter = this.painters.at(-1)!;
      const factor = Math.min(1, full / strip.height);
      if (factor === 1) strip.paint(painter, margin.left, this.#y);
      else painter.scaled(factor, margin.left, this.#y, () => strip.paint(painter, 0, 0));
      this.#y += strip.height * factor;
    }
    return true;
  }
}

/** A strip and those it does not leave alone, if they fit on a page together. */
function heightWithKept(strips: readonly Strip[], from: number, full: number): number {
  let height = Math.min(full, strips[from]!.height);
  for (let i = from; strips[i]!.keepsWithNext && i + 1 < strips.length; i += 1) {
    const together = height + strips[i + 1]!.height;
    if (together > full / 2) break;
    height = together;
  }
  return height;
}
