/**
 * Bookmarks (ISO 32000-2 §12.3.3).
 */
import type { PdfFile } from './pdf-file.ts';
import { name, type PdfRef } from './values.ts';

export interface Bookmark {
  readonly title: string;
  readonly page: number;
  /** From the page's top, in points. */
  readonly y: number;
  readonly children: readonly Bookmark[];
}

export function writeOutline(
  file: PdfFile,
  bookmarks: readonly Bookmark[],
  pages: readonly PdfRef[],
  pageHeight: number,
): PdfRef | undefined {
  if (bookmarks.length === 0) return undefined;
  const root = file.reserve();
  const write = (list: readonly Bookmark[], parent: PdfRef): { First: PdfRef; Last: PdfRef } => {
    const refs = list.map(() => file.reserve());
    list.forEach((bookmark, i) => {
      const { children } = bookmark;
      file.put(refs[i]!, {
        Title: bookmark.title,
        Parent: parent,
        Prev: refs[i - 1],
        Next: refs[i + 1],
        Dest: [pages[bookmark.page]!, name('XYZ'), null, pageHeight - bookmark.y, null],
        ...(children.length > 0 ? { ...write(children, refs[i]!), Count: -children.length } : {}),
      });
    });
    return { First: refs[0]!, Last: refs.at(-1)! };
  };
  file.put(root, { Type: name('Outlines'), ...write(bookmarks, root), Count: bookmarks.length });
  return root;
}
