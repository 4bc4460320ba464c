/** What style sheets say of the box of an element: its size, place, edges, and whether it is there at all. */
import type { Sides, TextStyle } from '#node/pdf/layout/model.ts';
import type { ComputedStyle } from './computed-style.ts';
import { changedEdge, edgeOf } from './css-edge.ts';
import { cssLength, cssWidth } from './css-length.ts';

const SPACE_MAX = 48;

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** `width`, `margin`, `border`, `display` …; whatever else is passed over. */
export function declareBox(style: Mutable<ComputedStyle>, text: TextStyle, key: string, value: string): void {
  const word = value.toLowerCase();
  const em = text.sizePt;
  switch (key) {
    case 'display':
      style.display =
        word === 'none'
          ? 'none'
          : word === 'inline'
            ? 'inline'
            : /^(?:block|flex|grid|list-item|table$)/.test(word)
              ? 'block'
              : style.display;
      return;
    case 'visibility':
      style.isHidden = word === 'hidden' || word === 'collapse';
      return;
    case 'mso-hide':
    case 'opacity':
      if (word === 'all' || word === '0') style.display = 'none';
      return;
    case 'max-height':
      if (/^0(?:px)?$/.test(word)) style.display = 'none';
      return;
    case 'width':
      style.width = cssWidth(value, em);
      return;
    case 'max-width':
      style.width ??= 'points' in (cssWidth(value, em) ?? {}) ? cssWidth(value, em) : null;
      return;
    case 'border-collapse':
      style.collapses = word === 'collapse';
      return;
    case 'margin':
      style.isCentred = /^\S+\s+auto/.test(word) || word === 'auto';
      style.margin = { ...style.margin, ...sidesOf(value, text) };
      return;
    case 'padding':
      style.padding = { ...style.padding, ...sidesOf(value, text) };
      return;
    default:
      declareSide(style, text, key, value);
  }
}

/** `margin-top`, `padding-left`, `border-bottom`, `border-right-color`, `border-width` … */
function declareSide(style: Mutable<ComputedStyle>, text: TextStyle, key: string, value: string): void {
  const match = /^(margin|padding|border)(?:-(top|right|bottom|left))?(?:-(width|style|color))?$/.exec(key);
  if (match === null) return;
  const [, property, side, detail] = match as unknown as [
    string,
    'margin' | 'padding' | 'border',
    keyof Sides<unknown> | undefined,
    string | undefined,
  ];
  if (property !== 'border') {
    if (side !== undefined) style[property] = { ...style[property], [side]: spaceOf(value, text) };
    return;
  }
  const sides = side === undefined ? (['top', 'right', 'bottom', 'left'] as const) : [side];
  const values = detail === undefined || side !== undefined ? [value] : value.split(/\s+(?![^(]*\))/);
  const border = { ...style.border };
  sides.forEach((one, i) => {
    const own = values[i] ?? values[i - 2] ?? values[0]!;
    border[one] = detail === undefined ? edgeOf(own, text) : changedEdge(border[one], detail, own, text);
  });
  style.border = border;
}

function sidesOf(value: string, text: TextStyle): Sides<number | null> {
  const parts = value.split(/\s+/).map((part) => spaceOf(part, text));
  const [top = null, right = top, bottom = top, left = right] = parts;
  return { top, right, bottom, left };
}

function spaceOf(value: string, text: TextStyle): number | null {
  const length = cssLength(value, text.sizePt, null);
  return length === null ? null : Math.min(SPACE_MAX, Math.max(0, length));
}
