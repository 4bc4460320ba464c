/**
 * Tables to strips: a row is one strip where it can be; one that is too high parts where no cell's line is cut.
 */
import type { StructureNode } from '#node/pdf/write/structure.ts';
import { name } from '#node/pdf/write/values.ts';
import { boxed, fitted, innerMargin, resolvedWidth } from './box.ts';
import type { Extent, LayoutContext } from './layout-context.ts';
import type { BoxStyle, Colour, Table } from './model.ts';
import type { Painter } from './painter.ts';
import { gapStrip, heightOf, type Strip } from './strip.ts';
import { type Column, columnsOf, columnWidths, type Grid, type GridCell, gridOf } from './table-grid.ts';

const TABLE_OWNER = name('Table');
/** Rows up to this share of a page are never parted. */
const WHOLE_ROW_SHARE = 0.3;
/** Text of ten points is still read. */
const SCALE_MIN = 0.6;

interface LaidCell {
  readonly placed: GridCell;
  readonly x: number;
  readonly width: number;
  readonly strips: readonly Strip[];
  /** Its room and edges; of edges that cells share, only `style` has one. */
  readonly inner: BoxStyle;
  readonly style: BoxStyle;
  readonly background: Colour | null;
}

export function measureTable(table: Table, context: LayoutContext): Extent {
  const columns = columnsOf(gridOf(table), context);
  const extra = innerMargin(table.style) + table.spacing * (columns.length + 1);
  const min = columns.reduce((sum, column) => sum + column.min, 0) + extra;
  const max =
    columns.reduce((sum, column) => sum + Math.max(column.min, column.points ?? column.max), 0) + extra;
  const { width } = table.style;
  const wanted = width !== null && 'points' in width ? width.points : max;
  return { min, max: Math.max(min, wanted) };
}

/** A table of data that is too wide becomes smaller as a whole before its words are broken. */
export function tableStrips(
  table: Table,
  width: number,
  parent: StructureNode,
  context: LayoutContext,
): Strip[] {
  const grid = gridOf(table);
  if (grid.columns === 0) return [];
  const columns = columnsOf(grid, context);
  const extra = innerMargin(table.style) + table.spacing * (grid.columns + 1);
  const least = columns.reduce((sum, { min }) => sum + min, 0) + extra;
  const factor = table.isData ? Math.max(SCALE_MIN, Math.min(1, width / least)) : 1;
  const strips = laidTable(table, { grid, columns }, width / factor, parent, context);
  return factor === 1 ? strips : strips.map((strip) => smaller(strip, factor));
}

function smaller(strip: Strip, factor: number): Strip {
  return {
    ...strip,
    height: strip.height * factor,
    paint: (painter, x, y) => painter.scaled(factor, x, y, () => strip.paint(painter, 0, 0)),
  };
}

function laidTable(
  table: Table,
  { grid, columns }: { readonly grid: Grid; readonly columns: readonly Column[] },
  width: number,
  parent: StructureNode,
  context: LayoutContext,
): Strip[] {
  const spaces = table.spacing * (grid.columns + 1);
  const extra = innerMargin(table.style) + spaces;
  const natural =
    columns.reduce((sum, { min, max, points }) => sum + Math.max(min, points ?? max), 0) + extra;
  const outer = resolvedWidth(table.style.width, width) ?? Math.min(natural, width);
  const widths = columnWidths(columns, Math.max(10, outer - extra));
  const node = parent.add(table.isData ? 'Table' : 'Div');
  const isSqueezed = columns.some(({ min }, i) => widths[i]! < min - 0.01);
  const rows = layRows(table, { grid, widths, isSqueezed }, node, context);
  const strips: Strip[] = [];
  for (let row = 0; row < rows.length; ) {
    let end = row + 1;
    for (let i = row; i < end; i += 1) {
      for (const { placed } of rows[i]!) end = Math.max(end, i + placed.rows);
    }
    if (table.spacing > 0) strips.push(gapStrip(table.spacing));
    strips.push(...groupStrips(rows.slice(row, end), table.spacing, context));
    row = end;
  }
  if (table.spacing > 0) strips.push(gapStrip(table.spacing));
  const free = width - outer;
  const left = table.style.place === 'left' ? 0 : table.style.place === 'right' ? free : free / 2;
  return boxed(strips, { ...table.style, width: null }, outer, left);
}

function layRows(
  table: Table,
  laid: { readonly grid: Grid; readonly widths: readonly number[]; readonly isSqueezed: boolean },
  node: StructureNode,
  context: LayoutContext,
): LaidCell[][] {
  const { grid, widths, isSqueezed } = laid;
  const lefts: number[] = [];
  let x = table.spacing;
  for (const width of widths) {
    lefts.push(x);
    x += width + table.spacing;
  }
  const isRight = table.direction === 'rtl';
  return grid.rows.map((cells, row) => {
    const rowNode = table.isData ? node.add('TR') : node;
    return cells.map((placed): LaidCell => {
      const { cell, column, columns } = placed;
      const width =
        widths.slice(column, column + columns).reduce((sum, w) => sum + w, 0) + table.spacing * (columns - 1);
      const cellNode = rowNode.add(table.isData ? (cell.isHead ? 'TH' : 'TD') : 'Div');
      if (table.isData && (columns > 1 || placed.rows > 1)) {
        cellNode.attributes = { O: TABLE_OWNER, ColSpan: columns, RowSpan: placed.rows };
      }
      const left = lefts[column]!;
      const inner = isSqueezed ? fitted(cell.style, width) : cell.style;
      return {
        placed,
        x: isRight ? x - left - width : left,
        width,
        strips: context.layOut(cell.children, Math.max(8, width - innerMargin(inner)), cellNode),
        inner,
        style: table.spacing === 0 ? withoutDoubledEdges(inner, column, row, isRight) : inner,
        background: cell.style.background ?? table.rows[row]!.background,
      };
    });
  });
}

/** Where cells touch, one line between them is enough. */
function withoutDoubledEdges(style: BoxStyle, column: number, row: number, isRight: boolean): BoxStyle {
  const { border } = style;
  const top = row > 0 && border.bottom !== null ? null : border.top;
  const hasNeighbour = column > 0 && border.left !== null && border.right !== null;
  if (!hasNeighbour) return { ...style, border: { ...border, top } };
  return { ...style, border: isRight ? { ...border, top, right: null } : { ...border, top, left: null } };
}

/** Rows that belong together because a cell reaches over them; most often one. */
function groupStrips(
  rows: readonly (readonly LaidCell[])[],
  spacing: number,
  context: LayoutContext,
): Strip[] {
  const heights = rows.map((cells) =>
    Math.max(0, ...cells.filter(({ placed }) => placed.rows === 1).map(cellHeight)),
  );
  const first = rows[0]![0]?.placed.row ?? 0;
  for (const cell of rows.flat()) {
    const start = cell.placed.row - first;
    const covered = heights.slice(start, start + cell.placed.rows);
    const sum = covered.reduce((total, h) => total + h, spacing * (covered.length - 1));
    const missing = cellHeight(cell) - sum;
    if (missing > 0) heights[start + covered.length - 1]! += missing;
  }
  const tops: number[] = [];
  let y = 0;
  for (const height of heights) {
    tops.push(y);
    y += height + spacing;
  }
  const total = y - spacing;
  const cells = rows.flat().map((cell): PlacedCell => {
    const start = cell.placed.row - first;
    const end = start + cell.placed.rows - 1;
    const height = tops[end]! + heights[end]! - tops[start]!;
    return placeStrips(cell, tops[start]!, height);
  });
  return parts(cells, total, context).map(([from, to]) => ({
    height: to - from,
    paint: (painter, x, top) => {
      for (const cell of cells) paintPart(painter, cell, from, to, x, top);
    },
  }));
}

interface PlacedCell extends LaidCell {
  readonly top: number;
  readonly bottom: number;
  /** Each strip and where it starts within the group. */
  readonly lines: readonly { readonly y: number; readonly strip: Strip }[];
}

const cellHeight = ({ strips, inner }: LaidCell): number => heightOf(strips) + verticalMargin(inner);

const verticalMargin = ({ padding, border }: BoxStyle): number =>
  padding.top + padding.bottom + (border.top?.width ?? 0) + (border.bottom?.width ?? 0);

function placeStrips(cell: LaidCell, top: number, height: number): PlacedCell {
  const { padding, border } = cell.inner;
  const free = height - cellHeight(cell);
  const { align } = cell.placed.cell;
  let y = top + padding.top + (border.top?.width ?? 0);
  y += align === 'top' ? 0 : align === 'bottom' ? free : free / 2;
  const lines = cell.strips.map((strip) => {
    const line = { y, strip };
    y += strip.height;
    return line;
  });
  return { ...cell, top, bottom: top + height, lines };
}

/** Where the group parts: [from, to) one behind the other. */
function parts(cells: readonly PlacedCell[], total: number, context: LayoutContext): [number, number][] {
  if (total <= context.pageHeight * WHOLE_ROW_SHARE) return [[0, total]];
  const candidates = [...new Set(cells.flatMap(({ lines }) => lines.map(({ y }) => y)))].sort(
    (a, b) => a - b,
  );
  const isCut = (y: number) =>
    cells.some(({ lines }) =>
      lines.some((line) => line.y < y - 0.01 && line.y + line.strip.height > y + 0.01),
    );
  const out: [number, number][] = [];
  let from = 0;
  for (const y of candidates) {
    if (y <= from + 0.01 || isCut(y)) continue;
    out.push([from, y]);
    from = y;
  }
  if (total > from) out.push([from, total]);
  return out;
}

function paintPart(painter: Painter, cell: PlacedCell, from: number, to: number, x: number, y: number): void {
  const top = Math.max(from, cell.top);
  const bottom = Math.min(to, cell.bottom);
  if (bottom > top) {
    const { border } = cell.style;
    const edges = {
      ...border,
      top: cell.top >= from ? border.top : null,
      bottom: cell.bottom <= to ? border.bottom : null,
    };
    painter.artifact(() => {
      const at = y + top - from;
      if (cell.background !== null)
        painter.rectangle(x + cell.x, at, cell.width, bottom - top, cell.background);
      painter.border(x + cell.x, at, cell.width, bottom - top, edges);
    });
  }
  const { padding, border } = cell.inner;
  const dx = cell.x + padding.left + (border.left?.width ?? 0);
  for (const line of cell.lines) {
    if (line.y >= from - 0.01 && line.y < to - 0.01) line.strip.paint(painter, x + dx, y + line.y - from);
  }
}
