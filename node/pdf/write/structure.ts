/**
 * The structure of a tagged PDF (ISO 32000-2 §14.7): what is a heading, a paragraph, a table, and in which order it is read.
 */
import type { PdfFile } from './pdf-file.ts';
import { name, type PdfDictionary, type PdfRef, type PdfValue } from './values.ts';

export type Tag =
  | (
      | 'Document'
      | 'Part'
      | 'Sect'
      | 'Div'
      | 'Aside'
      | 'BlockQuote'
      | 'P'
      | 'Span'
      | 'H1'
      | 'H2'
      | 'H3'
      | 'H4'
      | 'H5'
      | 'H6'
    )
  | ('L' | 'LI' | 'Lbl' | 'LBody' | 'Table' | 'TR' | 'TH' | 'TD' | 'Caption' | 'Code' | 'Figure' | 'Link');

interface Leaf {
  readonly page: number;
  readonly mark: number;
  /** Where the mark stands, when it is not the page's own content. */
  readonly form?: TaggedForm;
}

/** A drawing of its own that a page shows (§8.10), with marks of its own. */
export interface TaggedForm {
  readonly ref: PdfRef;
  /** In the parent tree. */
  readonly key: number;
}

/** Behind all pages and annotations in the parent tree: forms are written before those are counted. */
const FORM_KEYS_FROM = 10_000_000;
export const formKey = (index: number): number => FORM_KEYS_FROM + index;

export class StructureNode {
  readonly tag: Tag;
  readonly kids: (StructureNode | Leaf | { readonly page: number; readonly annotation: PdfRef })[] = [];
  /** For what is no text. */
  alt: string | null = null;
  language: string | null = null;
  attributes: PdfDictionary | null = null;

  constructor(tag: Tag) {
    this.tag = tag;
  }

  add(tag: Tag): StructureNode {
    const node = new StructureNode(tag);
    this.kids.push(node);
    return node;
  }
}

/** Writes the tree; returns the root's reference. `pages` by number, `annotations` behind them in the parent tree. */
export function writeStructure(file: PdfFile, root: StructureNode, pages: readonly PdfRef[]): PdfRef {
  const treeRoot = file.reserve();
  const marks: PdfRef[][] = pages.map(() => []);
  const annotations: PdfRef[] = [];
  const forms = new Map<TaggedForm, PdfRef[]>();
  const markIn = (leaf: Leaf, ref: PdfRef): PdfDictionary => {
    const { page, mark, form } = leaf;
    const own = form === undefined ? marks[page]! : (forms.get(form) ?? []);
    if (form !== undefined) forms.set(form, own);
    own[mark] = ref;
    return { Type: name('MCR'), Pg: pages[page]!, Stm: form?.ref, MCID: mark };
  };
  const write = (node: StructureNode, parent: PdfRef): PdfRef | null => {
    const ref = file.reserve();
    const kids: PdfValue[] = [];
    for (const kid of node.kids) {
      if (kid instanceof StructureNode) {
        const written = write(kid, ref);
        if (written !== null) kids.push(written);
      } else if ('annotation' in kid) {
        annotations.push(ref);
        kids.push({ Type: name('OBJR'), Obj: kid.annotation, Pg: pages[kid.page]! });
      } else {
        kids.push(markIn(kid, ref));
      }
    }
    file.put(ref, {
      Type: name('StructElem'),
      S: name(node.tag),
      P: parent,
      K: kids,
      Alt: node.alt ?? undefined,
      Lang: node.language ?? undefined,
      A: node.attributes ?? undefined,
    });
    return ref;
  };
  const top = write(root, treeRoot);
  const numbers = [
    ...marks.flatMap((refs, page): PdfValue[] => [page, file.add(refs)]),
    ...annotations.flatMap((ref, i): PdfValue[] => [pages.length + i, ref]),
    ...[...forms]
      .sort(([a], [b]) => a.key - b.key)
      .flatMap(([{ key }, refs]): PdfValue[] => [key, file.add(Array.from(refs, (ref) => ref ?? null))]),
  ];
  file.put(treeRoot, {
    Type: name('StructTreeRoot'),
    K: top,
    ParentTree: { Nums: numbers },
    ParentTreeNextKey: formKey(forms.size),
  });
  return treeRoot;
}

/** The key of the document's n-th annotation in the parent tree. */
export const annotationKey = (pageCount: number, index: number): number => pageCount + index;
