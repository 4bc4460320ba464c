/**
 * Pages of another program into our document: each is drawn on a page of ours, inside the margins, with its tags.
 *
 * What comes is of a closed kind (foreign-pages.ts); names, texts and numbers are written by our own writer.
 */
import type { PdfDocument } from './document.ts';
import type { ForeignMark, ForeignNode, ForeignPages, ForeignValue } from './foreign-pages.ts';
import { PAGES_MAX, type PageFormat, roomHeight, roomWidth } from './layout/page-flow.ts';
import type { PdfFile } from './write/pdf-file.ts';
import type { StructureNode, Tag, TaggedForm } from './write/structure.ts';
import { name, type PdfDictionary, PdfNumeral, type PdfRef, type PdfValue } from './write/values.ts';

/** What readers know to say; all else is a group. */
const TAGS: ReadonlySet<string> = new Set<Tag>([
  ...(['Document', 'Part', 'Sect', 'Div', 'Aside', 'BlockQuote', 'P', 'Span'] as const),
  ...(['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'L', 'LI', 'Lbl', 'LBody'] as const),
  ...(['Table', 'TR', 'TH', 'TD', 'Caption', 'Code', 'Figure'] as const),
]);

/** Lines of tables reach this far over their place, in points. */
const EDGE = 1.5;

export interface ForeignPlace {
  readonly document: PdfDocument;
  readonly file: PdfFile;
  readonly format: PageFormat;
  readonly node: StructureNode;
  /** How much larger they were printed than they are shown. */
  readonly scale: number;
  /** Where the first one begins on the page that is open; null: it has a page of its own. */
  readonly firstY: number | null;
}

/** False when some were left out. */
export function placeForeign(foreign: ForeignPages, place: ForeignPlace): boolean {
  const { document, format, node, scale, firstY } = place;
  const refs = writeObjects(foreign, place.file);
  const room = Math.max(1, PAGES_MAX - document.flow.painters.length);
  const forms: (TaggedForm & { readonly page: number })[] = [];
  for (const [i, page] of foreign.pages.slice(0, room).entries()) {
    const painter = i === 0 && firstY !== null ? document.flow.painters.at(-1)! : document.flow.startPage();
    const resources = place.file.add(pdfValue(page.resources, refs));
    const form = document.addForm(page.content, [page.width, page.height], resources);
    const top = i === 0 && firstY !== null ? firstY : format.margin.top;
    painter.form(form, 1 / scale, page.height, {
      x: format.margin.left - EDGE,
      y: top,
      width: roomWidth(format) + 2 * EDGE,
      height: format.margin.top + roomHeight(format) - top + EDGE,
    });
    forms.push({ ...form, page: painter.page });
  }
  for (const one of foreign.structure) addNode(node, one, forms);
  return foreign.pages.length <= room;
}

function addNode(
  parent: StructureNode,
  foreign: ForeignNode,
  forms: readonly (TaggedForm & { readonly page: number })[],
): void {
  // The mail is a part of our document, below its subject.
  const isGroup = foreign.tag === 'Document' || !TAGS.has(foreign.tag);
  const node = isGroup && foreign.alt === null ? parent : parent.add(isGroup ? 'Div' : tagOf(foreign.tag));
  if (node !== parent) node.alt = foreign.alt;
  for (const kid of foreign.kids) {
    if ('tag' in kid) addNode(node, kid, forms);
    else addMark(node === parent ? parent.add('Span') : node, kid, forms);
  }
}

function addMark(
  node: StructureNode,
  { page, mark }: ForeignMark,
  forms: readonly (TaggedForm & { readonly page: number })[],
): void {
  const form = forms[page];
  if (form !== undefined) node.kids.push({ page: form.page, mark, form });
}

/** H1 is the subject. */
function tagOf(tag: string): Tag {
  const level = /^H([1-6])$/.exec(tag)?.[1];
  return (level === undefined ? tag : `H${Math.min(6, Number(level) + 1)}`) as Tag;
}

/** Writes what the pages need; references to what is not there become null. */
function writeObjects({ objects }: ForeignPages, file: PdfFile): ReadonlyMap<number, PdfRef> {
  const refs = new Map(objects.map(({ number }) => [number, file.reserve()]));
  for (const { number, value, stream } of objects) {
    const ref = refs.get(number)!;
    const written = pdfValue(value, refs);
    if (stream === null) file.put(ref, written);
    else file.stream(ref, readable(written, file), stream, false);
  }
  return refs;
}

/** The dictionary of a stream stays readable in the file: what holds text becomes an object of its own. */
function readable(value: PdfValue, file: PdfFile): PdfDictionary {
  if (!isDictionary(value)) throw new TypeError('a stream without a dictionary');
  const entries = Object.entries(value).map(([key, entry]) => [
    key,
    entry !== undefined && holdsText(entry) ? file.add(entry) : entry,
  ]);
  return Object.fromEntries(entries) as PdfDictionary;
}

const isDictionary = (value: PdfValue): value is PdfDictionary =>
  value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;

function holdsText(value: PdfValue): boolean {
  if (value instanceof Uint8Array || typeof value === 'string') return true;
  if (Array.isArray(value)) return value.some(holdsText);
  return isDictionary(value) && Object.values(value).some((entry) => entry !== undefined && holdsText(entry));
}

function pdfValue(value: ForeignValue, refs: ReadonlyMap<number, PdfRef>): PdfValue {
  if (value === null || typeof value === 'boolean') return value;
  if ('numeral' in value) return new PdfNumeral(value.numeral);
  if ('name' in value) return name(value.name);
  if ('text' in value) return value.text;
  if ('ref' in value) return refs.get(value.ref) ?? null;
  if ('list' in value) return value.list.map((item) => pdfValue(item, refs));
  return Object.fromEntries(value.entries.map(([key, entry]) => [key, pdfValue(entry, refs)]));
}
