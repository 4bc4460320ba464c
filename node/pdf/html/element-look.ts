/** Blocks in the look of the element that they come from: room above and below, a box where one is seen, a line as a paragraph. */
import type { Block, BoxStyle, Inline, Paragraph } from '#node/pdf/layout/model.ts';
import { boxStyleOf, type ComputedStyle } from './computed-style.ts';

export const gap = (height: number): Block => ({ kind: 'gap', height });

export function mirrored(style: BoxStyle): BoxStyle {
  const { padding, border } = style;
  return {
    ...style,
    padding: { ...padding, left: padding.right, right: padding.left },
    border: { ...border, left: border.right, right: border.left },
  };
}

/** With room above and below: what the mail asks for, else the usual. */
export function spaced({ margin }: ComputedStyle, usual: number, blocks: readonly Block[]): Block[] {
  if (blocks.length === 0) return [];
  return [gap(margin.top ?? usual), ...blocks, gap(margin.bottom ?? usual)];
}

/** Only what is seen needs a box; without one, gaps of children and neighbours meet. */
export function boxed(style: ComputedStyle, tag: 'Div' | null, children: Block[]): Block[] {
  const own: BoxStyle = boxStyleOf(style);
  const look = { ...own, margin: { ...own.margin, top: 0, bottom: 0 } };
  const { border, padding, margin } = look;
  const isSeen =
    own.background !== null ||
    [border.top, border.right, border.bottom, border.left].some((edge) => edge !== null) ||
    [padding.top, padding.right, padding.bottom, padding.left, margin.left, margin.right].some(
      (space) => space > 0,
    ) ||
    own.width !== null;
  if (!isSeen || (children.length === 0 && own.background === null)) return children;
  return [{ kind: 'box', tag, style: look, children }];
}

export function blockOf(
  inlines: readonly Inline[],
  style: ComputedStyle,
  tag: Paragraph['tag'],
): Block | null {
  if (inlines.length === 0) return null;
  const [only] = inlines;
  if (inlines.length === 1 && only?.kind === 'image') {
    const place = style.align === 'center' || style.align === 'right' ? style.align : 'left';
    const { image, width, height, alt } = only;
    return { kind: 'picture', image, width, height, alt, place };
  }
  return paragraphOf(inlines, style, tag);
}

export function paragraphOf(
  inlines: readonly Inline[],
  style: ComputedStyle,
  tag: Paragraph['tag'],
): Paragraph {
  const { align, direction, lineHeight } = style;
  return { kind: 'paragraph', tag, inlines, align, direction, lineHeight };
}
