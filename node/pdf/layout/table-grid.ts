/**
 * A table's cells on their grid, and how wide its columns become (the automatic layout of CSS 2.2 §17.5.2.2, simplified).
 */
import { innerMargin } from './box.ts';
import type { Extent, LayoutContext } from './layout-context.ts';
import type { Cell, Table } from './model.ts';

/** Wider tables exist in bombs only: a column would be narrower than a letter. */
const COLUMNS_MAX = 60;

export interface GridCell {
  readonly cell: Cell;
  readonly column: number;
  readonly columns: number;
  readonly row: number;
  readonly rows: number;
}

export interface Grid {
  readonly columns: number;
  readonly rows: readonly (readonly GridCell[])[];
}

/** Places cells beside those that reach down from the rows above. */
export function gridOf(table: Table): Grid {
  const busyUntil: number[] = []; // By column: the first row that is free again.
  let columns = 0;
  const rows = table.rows.map(({ cells }, row) => {
    let column = 0;
    return cells.flatMap((cell): GridCell[] => {
      while ((busyUntil[column] ?? 0) > row) column += 1;
      if (column >= COLUMNS_MAX) return [];
      const span = Math.min(Math.max(1, cell.columns), COLUMNS_MAX - column);
      const down = Math.min(Math.max(1, cell.rows), table.rows.length - row);
      for (let i = column; i < column + span; i += 1) busyUntil[i] = row + down;
      const placed = { cell, column, columns: span, row, rows: down };
      column += span;
      columns = Math.max(columns, column);
      return [placed];
    });
  });
  return { columns, rows };
}

export interface Column extends Extent {
  /** Asked for by the mail. */
  readonly points: number | null;
  readonly percent: number | null;
}

export function columnsOf(grid: Grid, context: LayoutContext): Column[] {
  const columns = Array.from({ length: grid.columns }, () => ({
    min: 0,
    max: 0,
    points: null as number | null,
    percent: null as number | null,
  }));
  const cells = grid.rows.flat().sort((a, b) => a.columns - b.columns);
  for (const { cell, column, columns: span } of cells) {
    const extra = innerMargin(cell.style);
    const { min, max } = context.measure(cell.children);
    const { width } = cell.style;
    const covered = columns.slice(column, column + span);
    if (span === 1 && width !== null) {
      const only = covered[0]!;
      if ('percent' in width) only.percent = Math.max(only.percent ?? 0, width.percent);
      else only.points = Math.max(only.points ?? 0, width.points);
    }
    const wanted = width !== null && 'points' in width ? Math.max(min + extra, width.points) : max + extra;
    spread(covered, 'min', min + extra);
    spread(covered, 'max', Math.max(wanted, min + extra));
  }
  return columns;
}

/** What a cell needs more than its columns have, in equal shares. */
function spread(columns: { min: number; max: number }[], key: 'min' | 'max', need: number): void {
  const missing = need - columns.reduce((sum, column) => sum + column[key], 0);
  if (missing <= 0) return;
  for (const column of columns) column[key] += missing / columns.length;
}

/** Widths that fill `room` exactly. */
export function columnWidths(columns: readonly Column[], room: number): number[] {
  const floors = columns.map(({ min }) => min);
  const floor = floors.reduce((sum, min) => sum + min, 0);
  if (floor >= room) return floors.map((min) => (min * room) / floor); // Words will be broken.
  const wanted = columns.map(({ min, max, points, percent }) => {
    if (percent !== null) return Math.max(min, (Math.min(100, percent) / 100) * room);
    return Math.max(min, points ?? max);
  });
  const sum = wanted.reduce((total, width) => total + width, 0);
  if (sum > room) {
    const share = (room - floor) / (sum - floor);
    return wanted.map((width, i) => floors[i]! + (width - floors[i]!) * share);
  }
  // Room that is left goes to columns whose width nobody gave.
  const isFree = columns.map(({ points, percent }) => points === null && percent === null);
  const takers = isFree.some(Boolean) ? isFree : columns.map(() => true);
  const weight = wanted.reduce((total, width, i) => total + (takers[i] ? width + 1 : 0), 0);
  return wanted.map((width, i) => (takers[i] ? width + ((room - sum) * (width + 1)) / weight : width));
}
