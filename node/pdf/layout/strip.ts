/**
 * Strips: what layout makes of blocks. A page breaks only between two of them.
 */
import type { Painter } from './painter.ts';

export interface Strip {
  readonly height: number;
  /** Draws with the top left corner at this place. */
  paint(painter: Painter, x: number, y: number): void;
  /** Stands on the page of the next strip: a heading, the first line of a paragraph. */
  readonly keepsWithNext?: boolean;
  /** Empty room, left out at the top of a page. */
  readonly isGap?: boolean;
}

export const gapStrip = (height: number): Strip => ({ height, isGap: true, paint: () => {} });

/** The strip further right, with `under` drawn below it. */
export function shifted(
  strip: Strip,
  dx: number,
  under: ((painter: Painter, x: number, y: number, height: number) => void) | null,
): Strip {
  return {
    height: strip.height,
    keepsWithNext: strip.keepsWithNext ?? false,
    isGap: under === null && (strip.isGap ?? false),
    paint: (painter, x, y) => {
      under?.(painter, x, y, strip.height);
      strip.paint(painter, x + dx, y);
    },
  };
}

export const heightOf = (strips: readonly Strip[]): number =>
  strips.reduce((sum, { height }) => sum + height, 0);
