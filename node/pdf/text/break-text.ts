/**
 * Where a line of text may end: an everyday subset of UAX #14.
 *
 * After spaces, hyphens, dashes and slashes; between the characters of East Asian scripts, but not before closing or
 * behind opening punctuation; between the words of scripts that write no spaces, by the dictionaries of the platform.
 */

/** [start, end) of a stretch that is not broken; `textEnd` is where its trailing spaces start. */
export interface Stretch {
  readonly start: number;
  readonly textEnd: number;
  readonly end: number;
  /** A line ends behind it in any case. */
  readonly endsLine: boolean;
}

const SIMPLE = /^[\u0000-\u0e00\u2010-\u2027]*$/;
const SIMPLE_STRETCH =
  /(?:[^ \t\n\u200b]*?(?:[\p{L}\p{N}][-\u2010/](?=\p{L})|[\u2013\u2014](?=\S))|[^ \t\n\u200b]+)|/uy;
const SPACES = /[ \t\u200b\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]*/y;
const EAST_ASIAN =
  /[\u2e80-\u303f\u3040-\u31ff\u3200-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\u{1f000}-\u{1faff}\u{20000}-\u{3ffff}]/u;
const NOT_AT_START =
  /[!%),.:;?\]}¢°·’†‡›℃∶、。〃〆〕〗〞﹚﹜！＂％＇），．：；？！］｝～々〻ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶー」』】〉》]|\u200d|\ufe0f|\p{M}|[\u{1f3fb}-\u{1f3ff}]/u;
const NOT_AT_END = /[$(£¥[{‘“〈《「『【〔〖〝﹗﹙﹛＄（．［｛￡￥\u200d]/u;
const NO_SPACES = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]/;
let words: Intl.Segmenter | null = null;

export function* stretchesOf(text: string): Generator<Stretch> {
  const isSimple = SIMPLE.test(text);
  let at = 0;
  while (at < text.length) {
    const textEnd = isSimple ? simpleEnd(text, at) : mixedEnd(text, at);
    SPACES.lastIndex = textEnd;
    const spacesEnd = textEnd + (SPACES.exec(text)?.[0].length ?? 0);
    const endsLine = text[spacesEnd] === '\n';
    const end = endsLine ? spacesEnd + 1 : spacesEnd;
    yield { start: at, textEnd, end, endsLine };
    at = end;
  }
}

function simpleEnd(text: string, at: number): number {
  SIMPLE_STRETCH.lastIndex = at;
  return at + (SIMPLE_STRETCH.exec(text)?.[0].length ?? 0);
}

const isSpace = (c: string): boolean =>
  c === '\n' || /[ \t\u200b\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]/.test(c);

function mixedEnd(text: string, at: number): number {
  let before = '';
  let i = at;
  while (i < text.length) {
    const c = String.fromCodePoint(text.codePointAt(i)!);
    if (isSpace(c)) return i;
    if (before !== '' && mayBreak(before, c)) return i;
    if (NO_SPACES.test(c)) return i > at ? i : dictionaryWord(text, at);
    before = c;
    i += c.length;
  }
  return i;
}

function mayBreak(before: string, after: string): boolean {
  if (NOT_AT_START.test(after) || NOT_AT_END.test(before)) return false;
  if (EAST_ASIAN.test(before) || EAST_ASIAN.test(after)) return true;
  return /[-\u2010\u2013\u2014/]/.test(before) && /\p{L}/u.test(after);
}

/** The first word of a run of such a script. */
function dictionaryWord(text: string, at: number): number {
  let end = at;
  while (end < text.length && NO_SPACES.test(text[end]!)) end += 1;
  words ??= new Intl.Segmenter('th', { granularity: 'word' });
  const run = text.slice(at, end);
  const first = words.segment(run)[Symbol.iterator]().next();
  let length = first.done === true ? run.length : first.value.segment.length;
  // A mark that stands above or behind stays with its word.
  while (at + length < end && /[\p{M}\u0e2f\u0e46]/u.test(text[at + length]!)) length += 1;
  return at + length;
}
