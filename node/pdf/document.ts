/**
 * One PDF document under way: pages, what they share, tags, bookmarks, attachments' entries; written by `finish`.
 *
 * No script, no form, no action but the links given to `link`: nothing else that acts can be expressed here (threat 22).
 */
import { randomBytes } from 'node:crypto';
import type { PdfImage } from './image/image.ts';
import { PageFlow, type PageFormat } from './layout/page-flow.ts';
import { Painter, type Resources } from './layout/painter.ts';
import { DocumentFont } from './text/document-font.ts';
import type { Typeface } from './text/typeface.ts';
import { metadataXml } from './write/metadata.ts';
import { type Bookmark, writeOutline } from './write/outline.ts';
import type { PdfFile } from './write/pdf-file.ts';
import { annotationKey, formKey, StructureNode, type TaggedForm, writeStructure } from './write/structure.ts';
import { name, type PdfDictionary, type PdfRef, type PdfValue } from './write/values.ts';

export interface DocumentFacts {
  readonly title: string;
  readonly author: string;
  /** BCP 47 */
  readonly language: string;
  readonly createdMs: number;
}

interface Link {
  readonly ref: PdfRef;
  readonly page: number;
  readonly rectangle: readonly number[];
  readonly address: string;
  readonly text: string;
}

export class PdfDocument implements Resources {
  readonly flow: PageFlow;
  readonly structure = new StructureNode('Document');
  readonly bookmarks: Bookmark[] = [];
  readonly #file: PdfFile;
  readonly #format: PageFormat;
  readonly #fonts = new Map<Typeface, DocumentFont>();
  readonly #images = new Map<PdfImage, { resource: string; ref: PdfRef }>();
  readonly #links: Link[] = [];
  #forms = 0;

  constructor(file: PdfFile, format: PageFormat) {
    this.#file = file;
    this.#format = format;
    this.flow = new PageFlow(format, (page) => new Painter(page, format.height, this));
  }

  fontFor(face: Typeface): DocumentFont {
    let font = this.#fonts.get(face);
    if (font === undefined) {
      font = new DocumentFont(face, `F${this.#fonts.size + 1}`, this.#file.reserve());
      this.#fonts.set(face, font);
    }
    return font;
  }

  imageFor(image: PdfImage): { resource: string; ref: PdfRef } {
    let known = this.#images.get(image);
    if (known === undefined) {
      known = { resource: `I${this.#images.size + 1}`, ref: this.#writeImage(image) };
      this.#images.set(image, known);
    }
    return known;
  }

  /** A drawing of its own, to be shown by `Painter.form`; `box` in its own points. */
  addForm(
    content: Uint8Array,
    box: readonly [number, number],
    resources: PdfRef,
  ): TaggedForm & { readonly resource: string } {
    const key = formKey(this.#forms);
    this.#forms += 1;
    const dictionary = {
      Type: name('XObject'),
      Subtype: name('Form'),
      BBox: [0, 0, ...box],
      Resources: resources,
      StructParents: key,
    };
    return { ref: this.#file.addStream(dictionary, content), key, resource: `P${this.#forms}` };
  }

  /** An active link over a rectangle of the current page; tagged below the node. */
  link(
    node: StructureNode,
    rectangle: { x: number; y: number; width: number; height: number },
    address: string,
    text: string,
  ): void {
    const page = this.flow.painters.length - 1;
    const { x, y, width, height } = rectangle;
    const bottom = this.#format.height - y - height;
    const ref = this.#file.reserve();
    this.#links.push({ ref, page, rectangle: [x, bottom, x + width, bottom + height], address, text });
    node.kids.push({ page, annotation: ref });
  }

  /** Writes what is left; `attachments` are file specifications by name. Returns the last pieces of the file. */
  finish(facts: DocumentFacts, attachments: ReadonlyMap<string, PdfRef>): Uint8Array[] {
    const file = this.#file;
    const pages = this.#writePages();
    [...this.#fonts.values()].forEach((font, i) => {
      font.embed(file, subsetTag(i));
    });
    const names = [...attachments.keys()].sort((a, b) => (a < b ? -1 : 1));
    const metadata = file.addStream({ Type: name('Metadata'), Subtype: name('XML') }, metadataXml(facts));
    const root = file.add({
      Type: name('Catalog'),
      Pages: pages.tree,
      Lang: facts.language,
      MarkInfo: { Marked: true },
      StructTreeRoot: writeStructure(file, this.structure, pages.refs),
      Outlines: writeOutline(file, this.bookmarks, pages.refs, this.#format.height),
      PageMode: name(attachments.size > 0 ? 'UseAttachments' : 'UseNone'),
      ViewerPreferences: { DisplayDocTitle: true },
      Metadata: metadata,
      Names: attachments.size > 0 ? { EmbeddedFiles: nameTree(names, attachments) } : undefined,
      AF: attachments.size > 0 ? [...attachments.values()] : undefined,
    });
    return file.end(root, { Title: facts.title, Author: facts.author, Producer: 'Sealgate' });
  }

  #writePages(): { tree: PdfRef; refs: PdfRef[] } {
    const { width, height } = this.#format;
    const tree = this.#file.reserve();
    const { painters } = this.flow;
    const refs = painters.map(() => this.#file.reserve());
    this.#links.forEach((link, i) => {
      this.#file.put(link.ref, {
        Type: name('Annot'),
        Subtype: name('Link'),
        Rect: link.rectangle,
        Border: [0, 0, 0],
        F: 4, // Printed with the page.
        Contents: link.text,
        A: { S: name('URI'), URI: asciiOctets(link.address) },
        StructParent: annotationKey(painters.length, i),
      });
    });
    painters.forEach((painter, page) => {
      const annotations = this.#links.filter((link) => link.page === page).map((link) => link.ref);
      this.#file.put(refs[page]!, {
        Type: name('Page'),
        Parent: tree,
        MediaBox: [0, 0, width, height],
        Contents: this.#file.addStream({}, painter.content()),
        Resources: { Font: Object.fromEntries(painter.fonts), XObject: Object.fromEntries(painter.images) },
        StructParents: page,
        Tabs: name('S'),
        Annots: annotations.length > 0 ? annotations : undefined,
      });
    });
    this.#file.put(tree, { Type: name('Pages'), Kids: refs, Count: refs.length });
    return { tree, refs };
  }

  #writeImage(image: PdfImage): PdfRef {
    const common = {
      Type: name('XObject'),
      Subtype: name('Image'),
      Width: image.width,
      Height: image.height,
    };
    let SMask: PdfRef | undefined;
    if (image.mask !== null) {
      const mask = { ...common, ColorSpace: name('DeviceGray'), BitsPerComponent: 8 };
      SMask = this.#file.addStream(mask, image.mask);
    }
    // A palette is a string; in the stream's own dictionary it would have to be encrypted by itself.
    const { ColorSpace } = image.dictionary;
    const space = Array.isArray(ColorSpace) ? this.#file.add(ColorSpace) : ColorSpace;
    const dictionary = { ...common, ...image.dictionary, ColorSpace: space, SMask };
    return this.#file.addStream(dictionary, image.octets, image.deflate);
  }
}

/** One leaf is enough for the thousand parts a mail may have. */
function nameTree(names: readonly string[], specifications: ReadonlyMap<string, PdfRef>): PdfDictionary {
  return { Names: names.flatMap((key): PdfValue[] => [key, specifications.get(key)!]) };
}

/** §9.9.2: six letters; different in every document, so that a merged file does not mix two subsets up. */
function subsetTag(index: number): string {
  const letters = [...randomBytes(4)].map((octet) => String.fromCharCode(65 + (octet % 26)));
  return `${letters.join('')}${String.fromCharCode(65 + (Math.floor(index / 26) % 26), 65 + (index % 26))}`;
}

function asciiOctets(address: string): string {
  if (!/^[\x21-\x7e]+$/.test(address)) throw new Error('a link is ASCII without spaces');
  return address;
}
