/**
 * Boxes: how wide they are, and background, border and padding around the strips within.
 */
import type { BoxStyle, Width } from './model.ts';
import type { Painter } from './painter.ts';
import { gapStrip, type Strip, shifted } from './strip.ts';

/** Of what is between the outer edges. */
export function resolvedWidth(wanted: Width, room: number): number | null {
  if (wanted === null) return null;
  return 'points' in wanted ? Math.min(wanted.points, room) : (Math.min(100, wanted.percent) / 100) * room;
}

/** Narrower, text is one letter a line. */
const CONTENT_MIN = 40;

/** The style without its room at the sides where that would leave none: nesting never pushes content off the page. */
export function fitted(style: BoxStyle, room: number): BoxStyle {
  const { margin, padding, border } = style;
  if (room - innerMargin(style) - margin.left - margin.right >= CONTENT_MIN) return style;
  return {
    ...style,
    margin: { ...margin, left: 0, right: 0 },
    padding: { ...padding, left: 0, right: 0 },
    border: { ...border, left: null, right: null },
    width: null,
  };
}

export const innerMargin = ({ padding, border }: BoxStyle): number =>
  padding.left + padding.right + (border.left?.width ?? 0) + (border.right?.width ?? 0);

/** Background, border and padding around strips, which may still part between two of them. */
export function boxed(inner: readonly Strip[], style: BoxStyle, outer: number, left: number): Strip[] {
  const { padding, border, background } = style;
  const isPlain = background === null && !border.top && !border.right && !border.bottom && !border.left;
  const dx = left + padding.left + (border.left?.width ?? 0);
  const above = padding.top + (border.top?.width ?? 0);
  const below = padding.bottom + (border.bottom?.width ?? 0);
  const all = [...(above > 0 ? [gapStrip(above)] : []), ...inner, ...(below > 0 ? [gapStrip(below)] : [])];
  if (isPlain) return all.map((strip) => shifted(strip, dx, null));
  return all.map((strip, i) => {
    const edges = {
      ...border,
      top: i === 0 ? border.top : null,
      bottom: i === all.length - 1 ? border.bottom : null,
    };
    const under = (painter: Painter, x: number, y: number, height: number) =>
      painter.artifact(() => {
        if (background !== null) painter.rectangle(x + left, y, outer, height, background);
        painter.border(x + left, y, outer, height, edges);
      });
    const keepsWithNext = (strip.keepsWithNext ?? false) || (i === 0 && above > 0) || i === all.length - 2;
    return { ...shifted(strip, dx, under), keepsWithNext: keepsWithNext && i < all.length - 1 };
  });
}
