/**
 * What stands before the items of a list (CSS Counter Styles 3 §6).
 */
const BULLETS: Readonly<Record<string, string>> = { disc: '•', circle: '◦', square: '▪' };
const ROMAN = [
  [1000, 'm'],
  [900, 'cm'],
  [500, 'd'],
  [400, 'cd'],
  [100, 'c'],
  [90, 'xc'],
  [50, 'l'],
  [40, 'xl'],
  [10, 'x'],
  [9, 'ix'],
  [5, 'v'],
  [4, 'iv'],
  [1, 'i'],
] as const;

/** Empty for `none`. */
export function listMarker(kind: string, number: number): string {
  if (kind === 'none') return '';
  const bullet = BULLETS[kind];
  if (bullet !== undefined) return bullet;
  if (/roman$/.test(kind) && number > 0 && number < 4000) return `${cased(kind, roman(number))}.`;
  if (/(?:alpha|latin)$/.test(kind) && number > 0) return `${cased(kind, letters(number))}.`;
  return `${number}.`;
}

const cased = (kind: string, text: string): string => (kind.startsWith('upper') ? text.toUpperCase() : text);

function roman(number: number): string {
  let rest = number;
  let text = '';
  for (const [value, sign] of ROMAN) {
    text += sign.repeat(Math.floor(rest / value));
    rest %= value;
  }
  return text;
}

/** a … z, aa, ab … */
function letters(number: number): string {
  let text = '';
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    text = String.fromCharCode(97 + ((rest - 1) % 26)) + text;
  }
  return text;
}
