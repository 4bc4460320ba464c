/**
 * A PDF that Chromium printed to pages that can be drawn in another one: contents, what they need, their structure.
 *
 * Only what draws is taken: annotations, actions, metadata and files stay behind, whoever put them there.
 */
import { inflateSync } from 'node:zlib';
import type { ForeignObject, ForeignPage, ForeignPages, ForeignValue } from '#node/pdf/foreign-pages.ts';
import { entryOf, listOf, nameOf, numberOf, PdfObjects } from './pdf-objects.ts';
import { readStructure } from './read-structure.ts';

/** A thousand pages, each with a dozen own objects. */
const OBJECTS_MAX = 100_000;
const CONTENT_BYTES_MAX = 32 * 1024 * 1024;
const TREE_DEPTH_MAX = 50;
/** None is needed to draw, and each could act, or lead out of the drawing. */
const DROPPED = new Set(
  (
    'A AA JS URI OpenAction Annots Parent StructParents StructParent Metadata EF OPI Ref PieceInfo LastModified ' +
    'OC Alternates PS'
  ).split(' '),
);
/** §7.3.8.2: content from another file. */
const DROPPED_OF_STREAMS = new Set(['F', 'FFilter', 'FDecodeParms', 'DL', 'Length']);

interface Inherited {
  readonly resources: ForeignValue;
  readonly box: ForeignValue;
}

/** Null when it is not a PDF as Chromium writes it. */
export function readPages(octets: Uint8Array, pagesMax: number): ForeignPages | null {
  try {
    return new PagesReader(octets, pagesMax).read();
  } catch (error) {
    if (error instanceof SyntaxError || isZlib(error)) return null;
    throw error;
  }
}

const isZlib = (error: unknown): boolean =>
  /^(?:Z_|ERR_BUFFER_TOO_LARGE)/.test((error as { code?: string }).code ?? '');

class PagesReader {
  readonly #file: PdfObjects;
  readonly #pagesMax: number;
  readonly #pages: ForeignPage[] = [];
  readonly #pageNumbers = new Map<number, number>();
  readonly #objects = new Map<number, ForeignObject>();
  readonly #waiting: number[] = [];
  readonly #seen = new Set<number>();
  #contentBytes = 0;

  constructor(octets: Uint8Array, pagesMax: number) {
    this.#file = new PdfObjects(octets);
    this.#pagesMax = pagesMax;
  }

  read(): ForeignPages {
    const root = this.#file.entry(this.#file.trailer, 'Root');
    this.#readTree(entryOf(root, 'Pages'), { resources: null, box: null }, 0);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) this.#take(next);
    const structure = readStructure(this.#file, entryOf(root, 'StructTreeRoot'), this.#pageNumbers);
    return { pages: this.#pages, objects: [...this.#objects.values()], structure };
  }

  #readTree(at: ForeignValue, inherited: Inherited, depth: number): void {
    if (depth > TREE_DEPTH_MAX) throw new SyntaxError('a tree without end');
    const node = this.#file.resolved(at);
    const own = {
      resources: entryOf(node, 'Resources') ?? inherited.resources,
      box: this.#file.entry(node, 'MediaBox') ?? inherited.box,
    };
    if (nameOf(this.#file.entry(node, 'Type')) === 'Pages') {
      for (const kid of listOf(this.#file.entry(node, 'Kids'))) this.#readTree(kid, own, depth + 1);
      return;
    }
    if (this.#pages.length >= this.#pagesMax) throw new SyntaxError('too many pages');
    if (at !== null && typeof at === 'object' && 'ref' in at)
      this.#pageNumbers.set(at.ref, this.#pages.length);
    const [left = 0, bottom = 0, right = 0, top = 0] = listOf(own.box).map(numberOf);
    if (left !== 0 || bottom !== 0 || right <= 0 || top <= 0)
      throw new SyntaxError('a page without its size');
    const content = this.#contentOf(entryOf(node, 'Contents'));
    this.#pages.push({ width: right, height: top, resources: this.#safe(own.resources, false), content });
  }

  #contentOf(contents: ForeignValue): Uint8Array {
    const parts = listOf(
      contents !== null && typeof contents === 'object' && 'ref' in contents && this.#isStream(contents.ref)
        ? contents
        : this.#file.resolved(contents),
    ).map((part) => {
      if (part === null || typeof part !== 'object' || !('ref' in part)) throw new SyntaxError('no content');
      const { value, stream } = this.#file.object(part.ref);
      if (stream === null) throw new SyntaxError('no content');
      const filters = listOf(this.#file.entry(value, 'Filter')).map(nameOf);
      if (filters.length === 0) return stream;
      if (filters.join() !== 'FlateDecode') throw new SyntaxError('content of an unknown filter');
      return inflateSync(stream, { maxOutputLength: CONTENT_BYTES_MAX });
    });
    const content = Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
    this.#contentBytes += content.length;
    if (this.#contentBytes > CONTENT_BYTES_MAX) throw new SyntaxError('too much content');
    return content;
  }

  #isStream(number: number): boolean {
    return this.#file.object(number).stream !== null;
  }

  #take(number: number): void {
    if (this.#objects.size >= OBJECTS_MAX) throw new SyntaxError('too many objects');
    const { value, stream } = this.#file.object(number);
    this.#objects.set(number, { number, value: this.#safe(value, stream !== null), stream });
  }

  /** Without what could act; what it refers to is taken later. */
  #safe(value: ForeignValue, isStream: boolean): ForeignValue {
    if (value === null || typeof value !== 'object') return value;
    if ('ref' in value) {
      if (!this.#seen.has(value.ref)) {
        this.#seen.add(value.ref);
        this.#waiting.push(value.ref);
      }
      return value;
    }
    if ('list' in value) return { list: value.list.map((item) => this.#safe(item, false)) };
    if (!('entries' in value)) return value;
    const entries = value.entries.filter(
      ([key]) => !DROPPED.has(key) && !(isStream && DROPPED_OF_STREAMS.has(key)),
    );
    return { entries: entries.map(([key, entry]) => [key, this.#safe(entry, false)] as const) };
  }
}
