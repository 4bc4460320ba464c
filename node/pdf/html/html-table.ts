/**
 * Tables of HTML: those that hold data, and those that newsletters are arranged with.
 */
import type { Block, Cell, Edge, Table } from '#node/pdf/layout/model.ts';
import { ALL_SIDES } from '#node/pdf/layout/model.ts';
import { boxStyleOf, type ComputedStyle } from './computed-style.ts';
import { POINTS_PER_PIXEL } from './css-length.ts';
import type { HtmlElement } from './html-tree.ts';

/** What a table needs of the walk. */
export interface TableWalk {
  styleOf(element: HtmlElement, parent: ComputedStyle): ComputedStyle;
  childrenOf(element: HtmlElement, style: ComputedStyle): Block[];
}

/** A data table of this length is a file, not a letter. */
const ROWS_MAX = 5_000;
const SPACING_MAX = 12;
const GREY_EDGE: Edge = { width: 0.75, colour: [0.6, 0.6, 0.6] };

interface FoundRow {
  readonly element: HtmlElement;
  readonly style: ComputedStyle;
}

/** The table, and before it what stands in it outside of any cell: its caption, and text of broken markup. */
export function htmlTable(element: HtmlElement, style: ComputedStyle, walk: TableWalk): Block[] {
  const rows: FoundRow[] = [];
  const before: Block[] = [];
  const collect = (parent: HtmlElement, parentStyle: ComputedStyle): void => {
    for (const child of parent.children) {
      if (typeof child === 'string') continue;
      const childStyle = walk.styleOf(child, parentStyle);
      if (childStyle.display === 'none') continue;
      if (child.tag === 'tr') rows.push({ element: child, style: childStyle });
      else if (/^(?:thead|tbody|tfoot)$/.test(child.tag)) collect(child, childStyle);
      else if (child.tag === 'td' || child.tag === 'th')
        rows.push({ element: { ...parent, children: [child] }, style: parentStyle });
      else if (!/^col(?:group)?$/.test(child.tag)) before.push(...walk.childrenOf(child, childStyle));
    }
  };
  collect(element, style);
  const made = rows.slice(0, ROWS_MAX).map((row) => ({
    cells: cellsOf(row, element, walk),
    background: row.style.background === style.background ? null : row.style.background,
  }));
  const table: Table = {
    kind: 'table',
    isData: isData(element, made),
    style: tableStyle(element, style),
    rows: made.filter(({ cells }) => cells.length > 0),
    spacing: spacingOf(element, style),
    direction: style.direction,
  };
  return table.rows.length === 0 ? before : [...before, table];
}

function cellsOf(row: FoundRow, table: HtmlElement, walk: TableWalk): Cell[] {
  const cells: Cell[] = [];
  for (const child of row.element.children) {
    if (typeof child === 'string') continue;
    const style = walk.styleOf(child, { ...row.style, placesBlocks: 'left' });
    if (style.display === 'none' || (child.tag !== 'td' && child.tag !== 'th')) continue;
    const own = boxStyleOf(style);
    const padding = pixels(table.attributes.cellpadding) ?? 0.75;
    const sides = ALL_SIDES(Math.min(SPACING_MAX, padding));
    const hasEdges = (pixels(table.attributes.border) ?? 0) > 0;
    const given = style.padding;
    cells.push({
      children: walk.childrenOf(child, style),
      style: {
        ...own,
        margin: ALL_SIDES(0),
        padding: {
          top: given.top ?? sides.top,
          right: given.right ?? sides.right,
          bottom: given.bottom ?? sides.bottom,
          left: given.left ?? sides.left,
        },
        border:
          hasEdges && !Object.values(own.border).some(Boolean)
            ? ALL_SIDES<Edge | null>(GREY_EDGE)
            : own.border,
      },
      columns: span(child.attributes.colspan),
      rows: span(child.attributes.rowspan),
      isHead: child.tag === 'th',
      align: verticalAlign(style.verticalAlign || row.style.verticalAlign),
    });
  }
  return cells;
}

function tableStyle(element: HtmlElement, style: ComputedStyle): Table['style'] {
  const own = boxStyleOf(style);
  const align = element.attributes.align?.toLowerCase();
  const hasEdges = (pixels(element.attributes.border) ?? 0) > 0;
  return {
    ...own,
    margin: ALL_SIDES(0),
    border: hasEdges && spacingOf(element, style) > 0 ? ALL_SIDES<Edge | null>(GREY_EDGE) : own.border,
    place: style.isCentred || align === 'center' ? 'center' : align === 'right' ? 'right' : placeOf(style),
  };
}

function placeOf({ placesBlocks, direction }: ComputedStyle): Table['style']['place'] {
  return placesBlocks === 'left' && direction === 'rtl' ? 'right' : placesBlocks;
}

/** HTML Standard §15.3.10: two pixels where nothing is said. */
function spacingOf(element: HtmlElement, style: ComputedStyle): number {
  if (style.collapses) return 0;
  return Math.min(SPACING_MAX, pixels(element.attributes.cellspacing) ?? 1.5);
}

function isData(element: HtmlElement, rows: Table['rows']): boolean {
  if (/^(?:presentation|none)$/i.test(element.attributes.role ?? '')) return false;
  const cells = rows.flatMap((row) => row.cells);
  if (cells.some((cell) => cell.isHead)) return true;
  const isArranging = cells.some((cell) =>
    cell.children.some((block) => block.kind === 'table' || block.kind === 'picture'),
  );
  return !isArranging && rows.length > 1 && rows.some((row) => row.cells.length > 1);
}

function verticalAlign(word: string): Cell['align'] {
  if (/top|baseline/.test(word)) return 'top';
  return /bottom/.test(word) ? 'bottom' : 'middle';
}

function pixels(value: string | undefined): number | null {
  const number = Number.parseFloat(value ?? '');
  return Number.isFinite(number) && number >= 0 ? number * POINTS_PER_PIXEL : null;
}

function span(value: string | undefined): number {
  const number = Number.parseInt(value ?? '1', 10);
  return Number.isSafeInteger(number) && number > 0 ? Math.min(number, 1_000) : 1;
}
