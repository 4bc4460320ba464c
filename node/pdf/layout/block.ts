/**
 * Blocks to strips of a given width, and how wide a block wants to be. Tables are in `table.ts`.
 */
import type { TypefaceShelf } from '#node/pdf/text/typeface.ts';
import type { StructureNode } from '#node/pdf/write/structure.ts';
import { boxed, fitted, innerMargin, resolvedWidth } from './box.ts';
import type { Extent, LayoutContext } from './layout-context.ts';
import type { Block, Box, List, Paragraph, Picture } from './model.ts';
import type { Painter } from './painter.ts';
import { fillLines, type Line, PICTURE_MIN, type PreparedParagraph, prepareParagraph } from './paragraph.ts';
import { gapStrip, type Strip, shifted } from './strip.ts';
import { measureTable, tableStrips } from './table.ts';

/** What is known of one document's blocks: words are shaped and widths measured once. */
interface Context extends LayoutContext {
  readonly prepared: WeakMap<Paragraph, PreparedParagraph>;
  readonly measured: WeakMap<Block, Extent>;
}

export function layoutContext(shelf: TypefaceShelf, pageHeight: number): LayoutContext {
  const context: Context = {
    shelf,
    pageHeight,
    prepared: new WeakMap(),
    measured: new WeakMap(),
    layOut: (blocks, width, node) => stripsOf(blocks, width, node, context),
    measure: (blocks) => measureAll(blocks, context),
  };
  return context;
}

/** Strips of blocks one below the other; gaps that meet are as high as the highest, none at either end. */
function stripsOf(blocks: readonly Block[], width: number, node: StructureNode, context: Context): Strip[] {
  const strips: Strip[] = [];
  let gap = 0;
  for (const block of blocks) {
    if (block.kind === 'gap') {
      gap = Math.max(gap, block.height);
      continue;
    }
    const made = blockStrips(block, width, node, context);
    if (made.length === 0) continue;
    if (gap > 0 && strips.length > 0)
      strips.push({ ...gapStrip(gap), keepsWithNext: strips.at(-1)!.keepsWithNext ?? false });
    gap = 0;
    strips.push(...made);
  }
  return strips;
}

function blockStrips(
  block: Exclude<Block, { kind: 'gap' }>,
  width: number,
  node: StructureNode,
  context: Context,
): Strip[] {
  switch (block.kind) {
    case 'paragraph':
      return paragraphStrips(block, width, node, context);
    case 'box':
      return boxStrips(block, width, node, context);
    case 'list':
      return listStrips(block, width, node, context);
    case 'table':
      return tableStrips(block, width, node, context);
    case 'picture':
      return [pictureStrip(block, width, node, context)];
    case 'rule': {
      const paint = (painter: Painter, x: number, y: number) =>
        painter.artifact(() => painter.rectangle(x, y, width, block.width, block.colour));
      return [{ height: block.width, paint }];
    }
  }
}

function preparedOf(paragraph: Paragraph, context: Context): PreparedParagraph {
  let prepared = context.prepared.get(paragraph);
  if (prepared === undefined) {
    prepared = prepareParagraph(paragraph, context.shelf);
    context.prepared.set(paragraph, prepared);
  }
  return prepared;
}

function paragraphStrips(
  paragraph: Paragraph,
  width: number,
  parent: StructureNode,
  context: Context,
): Strip[] {
  const prepared = preparedOf(paragraph, context);
  const lines = fillLines(prepared, width, context.shelf);
  if (lines.length === 0) return [];
  const node = parent.add(paragraph.tag);
  const isHeading = /^H\d$/.test(paragraph.tag);
  const { align } = paragraph;
  const side = align === 'start' ? (prepared.rightToLeft ? 'right' : 'left') : align;
  return lines.map((line, i): Strip => {
    const room = width - line.width;
    const dx = side === 'left' ? 0 : side === 'right' ? room : room / 2;
    // Neither the first nor the last line of a paragraph stands alone.
    const keepsWithNext = isHeading || (lines.length > 1 && (i === 0 || i === lines.length - 2));
    return {
      height: line.height,
      keepsWithNext,
      paint: (painter, x, y) => {
        if (isHeading && i === 0) {
          painter.headings.push({ depth: Number(paragraph.tag[1]), text: textOf(paragraph), y });
        }
        paintLine(painter, node, line, x + dx, y);
      },
    };
  });
}

const textOf = ({ inlines }: Paragraph): string =>
  inlines
    .map((inline) => (inline.kind === 'text' ? inline.text : ''))
    .join('')
    .trim();

function paintLine(painter: Painter, node: StructureNode, line: Line, x: number, y: number): void {
  if (line.parts.length === 0) return;
  const marked = line.parts.filter(({ part }) => part.kind === 'glyphs' && part.style.background !== null);
  if (marked.length > 0) {
    painter.artifact(() => {
      for (const { x: dx, part } of marked) {
        if (part.kind !== 'glyphs' || part.style.background === null) continue;
        painter.rectangle(x + dx, y, part.width, line.height, part.style.background);
      }
    });
  }
  const texts = line.parts.filter(({ part }) => part.kind === 'glyphs');
  const runs = texts.flatMap(({ x: dx, part }) => (part.kind === 'glyphs' ? [{ dx, part }] : []));
  if (runs.length > 0) {
    painter.tagged(node, () => {
      for (const { dx, part } of runs) painter.glyphs(part, x + dx, y + line.baseline);
    });
  }
  const lined = runs.filter(({ part }) => part.style.underline || part.style.strike);
  if (lined.length > 0) {
    painter.artifact(() => {
      for (const { dx, part } of lined) painter.lines(part, x + dx, y + line.baseline);
    });
  }
  for (const { x: dx, part } of line.parts) {
    if (part.kind !== 'image') continue;
    const figure = node.add('Figure');
    figure.alt = part.alt;
    painter.tagged(figure, () =>
      painter.image(part.image, x + dx, y + line.baseline - part.height, part.width, part.height),
    );
  }
}

function pictureStrip(picture: Picture, width: number, parent: StructureNode, context: Context): Strip {
  const scale = Math.min(1, width / picture.width, context.pageHeight / picture.height);
  const drawnWidth = picture.width * scale;
  const height = picture.height * scale;
  const room = width - drawnWidth;
  const dx = picture.place === 'left' ? 0 : picture.place === 'right' ? room : room / 2;
  const node = parent.add('Figure');
  node.alt = picture.alt;
  return {
    height,
    paint: (painter, x, y) =>
      painter.tagged(node, () => painter.image(picture.image, x + dx, y, drawnWidth, height)),
  };
}

function boxStrips(box: Box, width: number, parent: StructureNode, context: Context): Strip[] {
  const style = fitted(box.style, width);
  const room = Math.max(20, width - style.margin.left - style.margin.right);
  const outer = resolvedWidth(style.width, room) ?? room;
  const free = room - outer;
  const left = style.margin.left + (style.place === 'left' ? 0 : style.place === 'right' ? free : free / 2);
  const node = box.tag === null ? parent : parent.add(box.tag);
  const inner = stripsOf(box.children, Math.max(10, outer - innerMargin(style)), node, context);
  return boxed(inner, style, outer, left);
}

/** Lists nested deeper stand where the one around them does. */
const LIST_WIDTH_MIN = 80;

function listStrips(list: List, width: number, parent: StructureNode, context: Context): Strip[] {
  const listNode = parent.add('L');
  const isRight = list.direction === 'rtl';
  const indent = width - list.indent < LIST_WIDTH_MIN ? 0 : list.indent;
  return list.items.flatMap(({ marker, children }) => {
    const item = listNode.add('LI');
    const label = item.add('Lbl');
    const [markerLine] = fillLines(preparedOf(marker, context), list.indent * 4, context.shelf);
    const strips = stripsOf(children, width - indent, item.add('LBody'), context);
    if (strips.length === 0) strips.push(gapStrip(markerLine?.height ?? 0));
    return strips.map((strip, i): Strip => {
      const moved = shifted(strip, isRight ? 0 : indent, null);
      if (i > 0 || markerLine === undefined) return moved;
      const dx = isRight ? width - indent + 5 : indent - 5 - markerLine.width;
      return {
        ...moved,
        isGap: false,
        paint: (painter, x, y) => {
          paintLine(painter, label, markerLine, x + dx, y);
          moved.paint(painter, x, y);
        },
      };
    });
  });
}

function measure(block: Block, context: Context): Extent {
  let extent = context.measured.get(block);
  if (extent === undefined) {
    extent = measureNew(block, context);
    context.measured.set(block, extent);
  }
  return extent;
}

function measureAll(blocks: readonly Block[], context: Context): Extent {
  let min = 0;
  let max = 0;
  for (const block of blocks) {
    const extent = measure(block, context);
    min = Math.max(min, extent.min);
    max = Math.max(max, extent.max);
  }
  return { min, max };
}

function measureNew(block: Block, context: Context): Extent {
  switch (block.kind) {
    case 'paragraph': {
      const { minWidth, maxWidth } = preparedOf(block, context);
      return { min: minWidth, max: maxWidth };
    }
    case 'picture':
      return { min: Math.min(PICTURE_MIN, block.width), max: block.width };
    case 'rule':
    case 'gap':
      return { min: 0, max: 0 };
    case 'list': {
      const { min, max } = measureAll(
        block.items.flatMap((item) => item.children),
        context,
      );
      return { min: min + block.indent, max: max + block.indent };
    }
    case 'box': {
      const extra = innerMargin(block.style) + block.style.margin.left + block.style.margin.right;
      const { min, max } = measureAll(block.children, context);
      const { width } = block.style;
      const wanted = width !== null && 'points' in width ? width.points : max;
      return { min: min + extra, max: Math.max(min, wanted) + extra };
    }
    case 'table':
      return measureTable(block, context);
  }
}
