/**
 * Names of attachments as they stand in a PDF: harmless to save under on any system, and each only once.
 *
 * What could lead elsewhere (slashes, colons, `..`), hide the ending (marks of direction) or is no character is replaced;
 * the rest, whatever its script, stays.
 */

/** File systems take 255 octets; a character of UTF-8 has up to four. A reader adds a folder and a number. */
const NAME_OCTETS_MAX = 180;
/** Longer endings are no endings. */
const ENDING_CHARS_MAX = 12;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|\p{Cs}/gu;
/** Marks of direction turn `gpj.exe` into `exe.jpg` to the eye; the others are not seen at all. */
const HIDDEN = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/gu;
const PATHS = /[/\\:*?"<>|\u2044\u2215\u29f8\ufe68\uff0f\uff3c]/g;
/** Windows knows these as devices, whatever ending they have. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** `fallback` where nothing is left. */
export function safeName(given: string, fallback: string): string {
  const clean = given
    .toWellFormed()
    .replace(CONTROLS, '')
    .replace(HIDDEN, '')
    .replace(PATHS, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  if (/^_*$/.test(clean)) return fallback;
  return shortened(DEVICES.test(clean) ? `_${clean}` : clean);
}

/** Each name once; the second `a.pdf` becomes `a (2).pdf`. Upper and lower case are the same to some systems. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return names.map((name) => {
    const key = keyOf(name);
    let count = counts.get(key) ?? 1;
    let chosen = name;
    while (taken.has(keyOf(chosen))) {
      count += 1;
      const { stem, ending } = partsOf(name);
      chosen = `${stem} (${count})${ending}`;
    }
    counts.set(key, count);
    taken.add(keyOf(chosen));
    return chosen;
  });
}

const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

function partsOf(name: string): { stem: string; ending: string } {
  const dot = name.lastIndexOf('.');
  const isEnding = dot > 0 && name.length - dot <= ENDING_CHARS_MAX;
  return isEnding ? { stem: name.slice(0, dot), ending: name.slice(dot) } : { stem: name, ending: '' };
}

function shortened(name: string): string {
  const { stem, ending } = partsOf(name);
  let room = NAME_OCTETS_MAX - octetsOf(ending);
  if (octetsOf(stem) <= room) return name;
  let kept = '';
  for (const character of stem) {
    room -= octetsOf(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept.trimEnd()}${ending}`;
}

/** In UTF-8. */
function octetsOf(text: string): number {
  let count = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0)!;
    count += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
  return count;
}
