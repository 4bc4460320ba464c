/**
 * Which font file draws a character.
 *
 * The Noto families of npm's fontsource, cut into slices by character, so that a mail opens only the few it needs. A
 * family tells the characters of its slices; the first family in the order below that knows one draws it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface FontStyle {
  readonly bold: boolean;
  readonly italic: boolean;
  readonly mono: boolean;
}

/** One font file; `italic` only where the family has one. */
export interface FontSlice {
  readonly family: string;
  readonly slice: string;
}

interface Family {
  readonly name: string;
  /** Sorted by start. */
  readonly ranges: readonly { readonly start: number; readonly end: number; readonly slice: string }[];
}

const TEXT = ['noto-sans'];
const SCRIPTS = [
  ...['hebrew', 'arabic', 'thai', 'bengali', 'gurmukhi', 'gujarati', 'oriya', 'tamil', 'telugu', 'kannada'],
  ...['malayalam', 'sinhala', 'georgian', 'armenian', 'ethiopic', 'khmer', 'lao', 'myanmar', 'thaana'],
].map((script) => `noto-sans-${script}`);
const EAST_ASIA = ['noto-sans-sc', 'noto-sans-kr'];
const SYMBOLS = ['noto-sans-symbols', 'noto-sans-symbols-2', 'noto-sans-math'];
const EMOJI = 'noto-emoji';
const ORDER = [...TEXT, ...SCRIPTS, 'noto-serif-tibetan', ...SYMBOLS, ...EAST_ASIA, EMOJI];
const KOREAN_FIRST = [...TEXT, 'noto-sans-kr'];
const EMOJI_FIRST = [EMOJI, ...ORDER];
const MONO_FIRST = ['noto-sans-mono', ...ORDER];

const require = createRequire(import.meta.url);
const families = new Map<string, Family>();

/** Files that may draw the character, best first; usually one. */
export function* slicesFor(codePoint: number, mono: boolean, asEmoji: boolean): Generator<FontSlice> {
  for (const name of orderFor(codePoint, mono, asEmoji)) {
    for (const { start, end, slice } of familyNamed(name).ranges) {
      if (start > codePoint) break;
      if (codePoint <= end) yield { family: name, slice };
    }
  }
}

function orderFor(codePoint: number, mono: boolean, asEmoji: boolean): readonly string[] {
  if (asEmoji) return EMOJI_FIRST;
  if (mono) return MONO_FIRST;
  const isHangul =
    (codePoint >= 0xac00 && codePoint <= 0xd7ff) || (codePoint >= 0x1100 && codePoint <= 0x11ff);
  return isHangul ? KOREAN_FIRST : ORDER;
}

/** Italic exists for the Latin, Greek and Cyrillic family alone; others are slanted by whoever draws. */
export function hasItalic(slice: FontSlice): boolean {
  return slice.family === 'noto-sans' && slice.slice !== 'devanagari';
}

export function readSlice(slice: FontSlice, bold: boolean, italic: boolean): Buffer {
  const folder = dirname(require.resolve(`@fontsource/${slice.family}/unicode.json`));
  const style = italic ? 'italic' : 'normal';
  return readFileSync(
    join(folder, 'files', `${slice.family}-${slice.slice}-${bold ? 700 : 400}-${style}.woff`),
  );
}

function familyNamed(name: string): Family {
  let family = families.get(name);
  if (family === undefined) {
    const slices = require(`@fontsource/${name}/unicode.json`) as Record<string, string>;
    family = { name, ranges: rangesOf(slices) };
    families.set(name, family);
  }
  return family;
}

/** `"[4]": "U+1f1e9-1f1f5,U+25"` in the order of CSS: of two slices with a character, the later one counts. */
function rangesOf(slices: Readonly<Record<string, string>>): Family['ranges'] {
  const ranges = Object.entries(slices).flatMap(([key, text]) =>
    text.split(',').map((range) => {
      const [start, end] = range.trim().slice(2).split('-');
      const slice = key.replace(/[[\]]/g, '');
      return { start: Number.parseInt(start!, 16), end: Number.parseInt(end ?? start!, 16), slice };
    }),
  );
  return ranges.reverse().sort((a, b) => a.start - b.start);
}
