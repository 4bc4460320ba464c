/** The structure tree of a printed page (ISO 32000-2 §14.7): which piece of which page is a heading, a paragraph, a table. */
import { Buffer } from 'node:buffer';
import { type ForeignMark, type ForeignNode, type ForeignValue, MARK_MAX } from '#node/pdf/foreign-pages.ts';
import { entryOf, listOf, nameOf, numberOf, type PdfObjects } from './pdf-objects.ts';

/** Mails nest tables sixty deep, each with rows and cells. */
const DEPTH_MAX = 300;
const NODES_MAX = 200_000;

/** `pages`: numbers of pages by their objects. Empty without a tree. */
export function readStructure(
  file: PdfObjects,
  root: ForeignValue,
  pages: ReadonlyMap<number, number>,
): ForeignNode[] {
  let nodes = 0;

  const markOf = (kid: ForeignValue, page: number | undefined): ForeignMark[] => {
    const mark = numberOf(kid);
    return page === undefined || !Number.isSafeInteger(mark) || mark < 0 || mark > MARK_MAX
      ? []
      : [{ page, mark }];
  };

  const kidsOf = (element: ForeignValue, above: number | undefined, depth: number): ForeignNode['kids'] => {
    if (depth > DEPTH_MAX) return [];
    const own = pageOf(entryOf(element, 'Pg'), pages) ?? above;
    return listOf(file.entry(element, 'K')).flatMap((given): (ForeignNode | ForeignMark)[] => {
      const kid = file.resolved(given);
      if (kid === null || typeof kid !== 'object') return [];
      if ('numeral' in kid) return markOf(kid, own);
      const type = nameOf(entryOf(kid, 'Type'));
      if (type === 'OBJR') return []; // A link; none is taken.
      if (type === 'MCR') return markOf(file.entry(kid, 'MCID'), pageOf(entryOf(kid, 'Pg'), pages) ?? own);
      nodes += 1;
      if (nodes > NODES_MAX) throw new SyntaxError('too many tags');
      const alt = file.entry(kid, 'Alt');
      const tag = nameOf(file.entry(kid, 'S'));
      return [{ tag, alt: textOf(alt), kids: kidsOf(kid, own, depth + 1) }];
    });
  };

  return kidsOf(file.resolved(root), undefined, 0).filter((kid) => 'kids' in kid);
}

function pageOf(value: ForeignValue, pages: ReadonlyMap<number, number>): number | undefined {
  return value !== null && typeof value === 'object' && 'ref' in value ? pages.get(value.ref) : undefined;
}

/** §7.9.2.2 */
function textOf(value: ForeignValue): string | null {
  if (value === null || typeof value !== 'object' || !('text' in value)) return null;
  const octets = Buffer.from(value.text);
  if (octets.length === 0) return null;
  if (octets[0] !== 0xfe || octets[1] !== 0xff) return octets.toString('latin1');
  const even = octets.subarray(2, octets.length - (octets.length % 2));
  return Buffer.from(even).swap16().toString('utf16le');
}
