/**
 * The rule book as text: YAML that a person can read and write, with the line of whatever is wrong in it.
 */
import { type Document, isMap, isNode, isPair, isSeq, LineCounter, parseDocument, stringify } from 'yaml';
import { type RuleBook, readRuleBook } from '#domain/policy/rule-book.ts';

const PROBLEMS_MAX = 100; // Nobody mends more at once.
const ALIASES_MAX = 100; // YAML anchors may repeat a list, not blow the book up.
const LINE_CHARS = 110;

export interface SourceProblem {
  /** 1-based. */
  readonly line: number;
  /** Path into the book, empty when the text itself is broken. */
  readonly path: string;
  readonly message: string;
}

export type RuleSource =
  | { readonly book: RuleBook; readonly problems: readonly [] }
  | { readonly book: null; readonly problems: readonly SourceProblem[] };

/** Of a finished book, or of one that is being written. */
export function ruleSourceOf(book: RuleBook | Readonly<Record<string, unknown>>): string {
  return stringify(book, { lineWidth: LINE_CHARS, aliasDuplicateObjects: false });
}

export function readRuleSource(source: string): RuleSource {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true });
  const broken = document.errors.slice(0, PROBLEMS_MAX).map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    path: '',
    message: error.message.split(/ at line \d+|\n/)[0] ?? '',
  }));
  if (broken.length > 0) return { book: null, problems: broken };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    return { book: null, problems: [{ line: 1, path: '', message: (error as Error).message }] };
  }
  const read = readRuleBook(value);
  if ('book' in read) return { book: read.book, problems: [] };
  const problems = read.problems.slice(0, PROBLEMS_MAX).map(({ path, message }) => {
    const offset = offsetOf(document, path);
    return { line: offset === null ? 1 : lines.linePos(offset).line, path, message };
  });
  return { book: null, problems };
}

/** Where the thing at a path begins in the text, or the nearest thing above it that is there. */
function offsetOf(document: Document, path: string): number | null {
  let node: unknown = document.contents;
  let offset: number | null = null;
  for (const step of path === '' ? [] : path.split('.')) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === step);
      if (!pair) break;
      if (isNode(pair.key) && pair.key.range) offset = pair.key.range[0];
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (isNode(node) && node.range) offset = node.range[0];
    } else break;
  }
  return offset;
}
