/** What the mail line asks of the `render` process: HTML on pages. */
import type { ForeignPages } from '#node/pdf/foreign-pages.ts';

export interface PrintPicture {
  /** How the HTML asks for it. */
  readonly name: string;
  readonly type: string;
  readonly octets: Uint8Array;
}

export interface PrintRequest {
  /** What stands in the body; it may hold a `body` element of its own. */
  readonly html: string;
  readonly pictures: readonly PrintPicture[];
  /** In points. */
  readonly page: {
    readonly width: number;
    readonly height: number;
    readonly margin: {
      readonly top: number;
      readonly right: number;
      readonly bottom: number;
      readonly left: number;
    };
  };
  /** Left empty at the top of the first page, points. */
  readonly headRoom: number;
}

export type PrintEnd =
  /** `scale`: the pages are so much larger than asked for, because the mail is wider than they are. */
  | { readonly kind: 'printed'; readonly pages: ForeignPages; readonly scale: number }
  /** `why`: for the trace; nothing of the mail is in it. */
  | { readonly kind: 'failed'; readonly why: string };

/** Never rejects. */
export type PrintPages = (request: PrintRequest) => Promise<PrintEnd>;
