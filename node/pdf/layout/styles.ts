/**
 * Text styles and paragraphs that the pages of ours are written in; the mail's text starts from `BODY`.
 */
import {
  ALL_SIDES,
  type Align,
  type BoxStyle,
  type Colour,
  type Edge,
  type Inline,
  type Paragraph,
  PLAIN_BOX,
  type TextStyle,
} from './model.ts';

export const BODY: TextStyle = {
  sizePt: 11,
  bold: false,
  italic: false,
  mono: false,
  colour: [0.1, 0.1, 0.12],
  background: null,
  underline: false,
  strike: false,
  rise: 0,
};

export const GREY: Colour = [0.38, 0.4, 0.44];
export const LIGHT: Colour = [0.85, 0.87, 0.9];
export const LINE_HEIGHT = 1.4;

/** `#rrggbb`; black for anything else. */
export function colourOf(hex: string): Colour {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) return [0, 0, 0];
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}

export function words(text: string, style: TextStyle): Inline {
  return { kind: 'text', text, style };
}

export function paragraph(
  inlines: readonly Inline[],
  options: { readonly tag?: Paragraph['tag']; readonly align?: Align } = {},
): Paragraph {
  const { tag = 'P', align = 'start' } = options;
  return { kind: 'paragraph', tag, inlines, align, direction: 'auto', lineHeight: LINE_HEIGHT };
}

/** A line at the left, as quoted text has it. */
export const QUOTE_BOX: BoxStyle = {
  ...PLAIN_BOX,
  padding: { top: 0, right: 0, bottom: 0, left: 9 },
  border: { ...ALL_SIDES<Edge | null>(null), left: { width: 1.5, colour: LIGHT } },
};
