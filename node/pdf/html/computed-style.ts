/** How an element looks, as the layout needs it; style-of-element.ts makes it of tags, attributes and style sheets. */
import {
  ALL_SIDES,
  type Align,
  type BoxStyle,
  type Colour,
  type Direction,
  type Edge,
  type Sides,
  type TextStyle,
  type Width,
} from '#node/pdf/layout/model.ts';
import { BODY, LINE_HEIGHT } from '#node/pdf/layout/styles.ts';

export interface ComputedStyle {
  readonly text: TextStyle;
  readonly align: Align;
  readonly direction: Direction;
  readonly lineHeight: number;
  readonly keepsSpace: boolean;
  readonly transform: 'uppercase' | 'lowercase' | 'capitalize' | 'none';
  readonly marker: string;
  /** What is behind the text, as far as it is drawn. */
  readonly behind: Colour;
  readonly isHidden: boolean;
  readonly isTiny: boolean;
  readonly display: 'block' | 'inline' | 'none' | null;
  readonly margin: Sides<number | null>;
  /** Old attributes move tables, too, not only text. */
  readonly placesBlocks: 'left' | 'center' | 'right';
  readonly isCentred: boolean;
  readonly padding: Sides<number | null>;
  readonly border: Sides<Edge | null>;
  readonly background: Colour | null;
  readonly width: Width;
  readonly verticalAlign: string;
  readonly collapses: boolean;
}

export const ROOT_STYLE: ComputedStyle = {
  text: BODY,
  align: 'start',
  direction: 'auto',
  lineHeight: LINE_HEIGHT,
  keepsSpace: false,
  transform: 'none',
  marker: 'disc',
  behind: [1, 1, 1],
  isHidden: false,
  isTiny: false,
  display: null,
  margin: ALL_SIDES<number | null>(null),
  placesBlocks: 'left',
  isCentred: false,
  padding: ALL_SIDES<number | null>(null),
  border: ALL_SIDES<Edge | null>(null),
  background: null,
  width: null,
  verticalAlign: '',
  collapses: false,
};

/** As a block is drawn; its outer space at top and bottom is the caller's. */
export function boxStyleOf(style: ComputedStyle): BoxStyle {
  const zero = (sides: Sides<number | null>): Sides<number> => ({
    top: sides.top ?? 0,
    right: sides.right ?? 0,
    bottom: sides.bottom ?? 0,
    left: sides.left ?? 0,
  });
  return {
    margin: zero(style.margin),
    padding: zero(style.padding),
    border: style.border,
    background: style.background,
    width: style.width,
    place: style.isCentred ? 'center' : 'left',
  };
}
