/**
 * What layout needs at every depth; blocks and tables hold each other, so they reach one another through it.
 */
import type { TypefaceShelf } from '#node/pdf/text/typeface.ts';
import type { StructureNode } from '#node/pdf/write/structure.ts';
import type { Block } from './model.ts';
import type { Strip } from './strip.ts';

/** The narrowest and the widest useful width. */
export interface Extent {
  readonly min: number;
  readonly max: number;
}

export interface LayoutContext {
  readonly shelf: TypefaceShelf;
  /** The tallest strip a page has room for. */
  readonly pageHeight: number;
  /** Strips of blocks one below the other, tagged below the node. */
  layOut(blocks: readonly Block[], width: number, node: StructureNode): Strip[];
  measure(blocks: readonly Block[]): Extent;
}
