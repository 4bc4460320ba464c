/**
 * Pages that another program made, taken apart: what their drawing needs and which text is what. Nothing that acts is in
 * them; it crosses from the `render` process to `protect`, so numbers stay as they were written and entries are pairs.
 */
import { z } from 'zod';

export type ForeignValue =
  | null
  | boolean
  | { readonly numeral: string }
  | { readonly name: string }
  | { readonly text: Uint8Array }
  | { readonly ref: number }
  | { readonly list: readonly ForeignValue[] }
  | { readonly entries: readonly (readonly [string, ForeignValue])[] };

/** An indirect object; `stream` is as it was encoded. */
export interface ForeignObject {
  readonly number: number;
  readonly value: ForeignValue;
  readonly stream: Uint8Array | null;
}

export interface ForeignPage {
  /** In points, its lower left corner at the origin. */
  readonly width: number;
  readonly height: number;
  readonly resources: ForeignValue;
  /** Drawing operators, decoded. */
  readonly content: Uint8Array;
}

/** A piece of a page: the number that its content marks it with. */
export interface ForeignMark {
  readonly page: number;
  readonly mark: number;
}

export interface ForeignNode {
  readonly tag: string;
  /** For what is no text. */
  readonly alt: string | null;
  readonly kids: readonly (ForeignNode | ForeignMark)[];
}

export interface ForeignPages {
  readonly pages: readonly ForeignPage[];
  /** Whatever the resources lead to. */
  readonly objects: readonly ForeignObject[];
  /** In reading order. */
  readonly structure: readonly ForeignNode[];
}

/** A number as PDF writes it (ISO 32000-2 §7.3.3). */
export const NUMERAL = /^[+-]?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})$/;
/** Above any page that was ever printed; a parent tree has a place for each. */
export const MARK_MAX = 200_000;

const octets = z.instanceof(Uint8Array);
const value: z.ZodType<ForeignValue> = z.lazy(() =>
  z.union([
    z.null(),
    z.boolean(),
    z.strictObject({ numeral: z.string().regex(NUMERAL) }),
    z.strictObject({ name: z.string().max(500) }),
    z.strictObject({ text: octets }),
    z.strictObject({ ref: z.number().int().positive() }),
    z.strictObject({ list: z.array(value) }),
    z.strictObject({ entries: z.array(z.tuple([z.string().max(500), value])) }),
  ]),
);
const node: z.ZodType<ForeignNode> = z.lazy(() =>
  z.strictObject({
    tag: z.string().max(100),
    alt: z.string().nullable(),
    kids: z.array(
      z.union([
        z.strictObject({
          page: z.number().int().nonnegative(),
          mark: z.number().int().nonnegative().max(MARK_MAX),
        }),
        node,
      ]),
    ),
  }),
);

export const foreignPagesSchema: z.ZodType<ForeignPages> = z.strictObject({
  pages: z.array(
    z.strictObject({
      width: z.number().positive(),
      height: z.number().positive(),
      resources: value,
      content: octets,
    }),
  ),
  objects: z.array(z.strictObject({ number: z.number().int().positive(), value, stream: octets.nullable() })),
  structure: z.array(node),
});
