/**
 * What a page is made of before it is laid out: blocks one below the other, inlines within a paragraph.
 *
 * HTML, plain text, the header block and the templates all become this. Lengths are in points (1/72 inch).
 */
import type { PdfImage } from '#node/pdf/image/image.ts';

/** Red, green, blue from 0 to 1. */
export type Colour = readonly [number, number, number];
export const BLACK: Colour = [0, 0, 0];
export const WHITE: Colour = [1, 1, 1];

export interface TextStyle {
  readonly sizePt: number;
  readonly bold: boolean;
  readonly italic: boolean;
  readonly mono: boolean;
  readonly colour: Colour;
  readonly background: Colour | null;
  readonly underline: boolean;
  readonly strike: boolean;
  /** Above the line (superscript) or, negative, below it; a share of the size. */
  readonly rise: number;
}

export type Inline =
  | { readonly kind: 'text'; readonly text: string; readonly style: TextStyle }
  | {
      readonly kind: 'image';
      readonly image: PdfImage;
      readonly width: number;
      readonly height: number;
      readonly alt: string;
    };

export type Align = 'start' | 'left' | 'center' | 'right';
export type Direction = 'ltr' | 'rtl' | 'auto';

export interface Paragraph {
  readonly kind: 'paragraph';
  readonly tag: 'P' | 'H1' | 'H2' | 'H3' | 'H4' | 'H5' | 'H6' | 'Caption' | 'Code' | 'Lbl' | 'LBody';
  readonly inlines: readonly Inline[];
  readonly align: Align;
  readonly direction: Direction;
  /** Times the largest size in the line. */
  readonly lineHeight: number;
}

export interface Edge {
  readonly width: number;
  readonly colour: Colour;
}

export interface Sides<T> {
  readonly top: T;
  readonly right: T;
  readonly bottom: T;
  readonly left: T;
}

export type Width = { readonly points: number } | { readonly percent: number } | null;

export interface BoxStyle {
  readonly margin: Sides<number>;
  readonly padding: Sides<number>;
  readonly border: Sides<Edge | null>;
  readonly background: Colour | null;
  readonly width: Width;
  /** Where it stands when it is narrower than its place. */
  readonly place: 'left' | 'center' | 'right';
}

export interface Box {
  readonly kind: 'box';
  /** Null: no meaning of its own. */
  readonly tag: 'Div' | 'BlockQuote' | 'Sect' | 'Aside' | null;
  readonly style: BoxStyle;
  readonly children: readonly Block[];
}

export interface List {
  readonly kind: 'list';
  readonly indent: number;
  readonly items: readonly { readonly marker: Paragraph; readonly children: readonly Block[] }[];
  readonly direction: Direction;
}

export interface Cell {
  readonly children: readonly Block[];
  readonly style: BoxStyle;
  readonly columns: number;
  readonly rows: number;
  readonly isHead: boolean;
  readonly align: 'top' | 'middle' | 'bottom';
}

export interface Table {
  readonly kind: 'table';
  /** False: a table that only arranges; a screen reader then does not call it one. */
  readonly isData: boolean;
  readonly style: BoxStyle;
  readonly rows: readonly { readonly cells: readonly Cell[]; readonly background: Colour | null }[];
  readonly spacing: number;
  readonly direction: Direction;
}

export interface Rule {
  readonly kind: 'rule';
  readonly colour: Colour;
  readonly width: number;
}

/** Empty room. */
export interface Gap {
  readonly kind: 'gap';
  readonly height: number;
}

export interface Picture {
  readonly kind: 'picture';
  readonly image: PdfImage;
  readonly width: number;
  readonly height: number;
  readonly alt: string;
  readonly place: 'left' | 'center' | 'right';
}

export type Block = Paragraph | Box | List | Table | Rule | Gap | Picture;

const sides = <T>(value: T): Sides<T> => ({ top: value, right: value, bottom: value, left: value });

export const PLAIN_BOX: BoxStyle = {
  margin: sides(0),
  padding: sides(0),
  border: sides<Edge | null>(null),
  background: null,
  width: null,
  place: 'left',
};

export const ALL_SIDES = sides;
