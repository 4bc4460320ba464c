/**
 * Texts that a person reads as the same although their characters differ (threat 10): other alphabets, full width,
 * accents, digits for letters, invisible characters, white space and punctuation between letters.
 *
 * Coarse on purpose and used on both sides of a comparison: two texts that look alike have the same skeleton; that some
 * others have it too only removes a tag that was nearly ours.
 */

/** Latin letter, then what looks like it: Cyrillic, Greek, Armenian, small capitals, digits. NFKD brings the rest. */
const LOOKS = [
  'aаАαΑᴀɑ4@',
  'bвВβΒʙьЬъƄ68',
  'cсСϲᴄϹ€',
  'dԁԀᴅđɗδ',
  'eеЕεΕёᴇɛ3',
  'fꜰғҒƒ',
  'gɡɢգԌ9',
  'hһНнНΗʜհҺħ',
  'iіІιΙıɪɩӀӏ1lL|ǀ∣¦׀ןاΙLʟ',
  'jјЈյᴊ',
  'kкКκΚᴋ',
  'mмМΜᴍ',
  'nпПηΝɴոռ',
  'oоОοΟօ0ο٥σ০øᴏ○',
  'pрРρΡᴘ',
  'qԛԚզ',
  'rгʀᴦ',
  'sѕЅꜱ5$ʂ',
  'tтТτΤᴛ7ŧ',
  'uυսᴜцʋ',
  'vνѴѵᴠ',
  'wωԝԜшᴡѡ',
  'xхХχΧ×',
  'yуУγΥʏүҮ',
  'zΖζᴢ2',
];
const LATIN_LOOK = new Map(
  LOOKS.flatMap((group) => {
    const [latin, ...others] = Array.from(group);
    return others.map((character): [string, string] => [character, latin!]);
  }),
);

const known = new Map<string, string>();
/** Characters of mail are few; a flood of different ones is not kept. */
const KNOWN_MAX = 5_000;

/** What one character adds to a skeleton: lower case letters, or nothing. */
export function skeletonOfCharacter(character: string): string {
  const found = known.get(character);
  if (found !== undefined) return found;
  let skeleton = '';
  for (const part of character.normalize('NFKD')) {
    const letter = LATIN_LOOK.get(part) ?? part.toLowerCase().replace('ß', 'ss').replace('æ', 'ae');
    skeleton += letter.replace(/[^a-z]/g, '');
  }
  if (known.size < KNOWN_MAX) known.set(character, skeleton);
  return skeleton;
}

/** Pairs of letters that look like one, and German spelling without umlauts; the same on both sides. */
export function joinSkeleton(parts: Iterable<string>): string {
  return Array.from(parts)
    .join('')
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w')
    .replace(/([aou])e/g, '$1');
}

export const skeletonOf = (text: string): string => joinSkeleton(Array.from(text, skeletonOfCharacter));
