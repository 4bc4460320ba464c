/**
 * Plain text to blocks: paragraphs, quotations by their `>` signs, the signature; flowed text (RFC 3676) put together.
 */
import type { Block, TextStyle } from './layout/model.ts';
import { BODY, GREY, paragraph, QUOTE_BOX, words } from './layout/styles.ts';

interface TextLine {
  readonly depth: number;
  readonly text: string;
}

/** Deeper ones are noise; the text stays, with the last depth. */
const QUOTE_DEPTH_MAX = 8;
const TAB_COLUMNS = 8;
const PARAGRAPH_GAP = 8;

export function plainTextBlocks(text: string, isFlowed: boolean, deletesSpace: boolean): Block[] {
  const lines = linesOf(text);
  const joined = isFlowed ? joinFlowed(lines, deletesSpace) : lines;
  const signature = joined.findLastIndex((line) => line.text === '-- ' || line.text === '--');
  const [body, rest] =
    signature === -1 ? [joined, []] : [joined.slice(0, signature), joined.slice(signature)];
  return [...blocksOf(body, 0, BODY), ...blocksOf(rest, 0, { ...BODY, colour: GREY })];
}

/** RFC 3676 §4.5 */
function linesOf(text: string): TextLine[] {
  return text.split(/\r\n|\n|\r/).map((raw) => {
    const mark = /^>(?: ?>)*/.exec(raw)?.[0] ?? '';
    const depth = mark.replaceAll(' ', '').length;
    const rest = raw.slice(mark.length);
    return { depth: Math.min(depth, QUOTE_DEPTH_MAX), text: depth > 0 ? rest.replace(/^ /, '') : rest };
  });
}

/** RFC 3676 §4.1, §4.2 and §4.4: a space at the end continues in the next line, one at the start is stuffing. */
function joinFlowed(lines: readonly TextLine[], deletesSpace: boolean): TextLine[] {
  const out: TextLine[] = [];
  let flows = false;
  for (const line of lines) {
    const text = line.depth === 0 ? line.text.replace(/^ /, '') : line.text;
    const last = out.at(-1);
    if (flows && last !== undefined && last.depth === line.depth && text !== '-- ') {
      const start = deletesSpace ? last.text.slice(0, -1) : last.text;
      out[out.length - 1] = { depth: line.depth, text: start + text };
    } else out.push({ depth: line.depth, text });
    flows = text.endsWith(' ') && text !== '-- ';
  }
  return out;
}

function blocksOf(lines: readonly TextLine[], depth: number, style: TextStyle): Block[] {
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; ) {
    let end = i;
    if (lines[i]!.depth > depth) {
      while (end < lines.length && lines[end]!.depth > depth) end += 1;
      const children = blocksOf(lines.slice(i, end), depth + 1, { ...style, colour: GREY });
      blocks.push(
        { kind: 'gap', height: PARAGRAPH_GAP },
        { kind: 'box', tag: 'BlockQuote', style: QUOTE_BOX, children },
      );
    } else if (lines[i]!.text.trim() === '') {
      end = i + 1;
    } else {
      while (end < lines.length && lines[end]!.depth === depth && lines[end]!.text.trim() !== '') end += 1;
      const text = lines
        .slice(i, end)
        .map((line) => withoutTabs(line.text.trimEnd()))
        .join('\n');
      blocks.push({ kind: 'gap', height: PARAGRAPH_GAP }, paragraph([words(text, style)]));
    }
    i = end;
  }
  return blocks;
}

/** Spaces at the start of a line are kept by no-break ones. */
function withoutTabs(line: string): string {
  let out = '';
  for (const part of line.split(/(\t)/)) {
    out += part === '\t' ? ' '.repeat(TAB_COLUMNS - (out.length % TAB_COLUMNS)) : part;
  }
  return out.replace(/ {2,}|^ /g, (spaces) => '\u00a0'.repeat(spaces.length));
}
