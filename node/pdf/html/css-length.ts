/**
 * Lengths as CSS and HTML write them, in points (CSS Values 4 §6).
 */
const POINTS: Readonly<Record<string, number>> = {
  px: 0.75,
  pt: 1,
  pc: 12,
  in: 72,
  cm: 72 / 2.54,
  mm: 72 / 25.4,
  q: 18 / 25.4,
};
export const POINTS_PER_PIXEL = 0.75;
const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+))\s*(px|pt|pc|in|cm|mm|q|em|rem|ex|ch|%|)$/i;

/** `em` in points; `whole` what a percentage is of, null where percentages mean nothing. Null for no length. */
export function cssLength(value: string, em: number, whole: number | null): number | null {
  const match = NUMBER.exec(value.trim());
  if (match === null) return null;
  const number = Number(match[1]);
  const unit = match[2]!.toLowerCase();
  if (unit === '%') return whole === null ? null : (number / 100) * whole;
  if (unit === 'em') return number * em;
  if (unit === 'rem') return number * 12;
  if (unit === 'ex' || unit === 'ch') return number * em * 0.5;
  if (unit === '') return number * POINTS_PER_PIXEL; // As old mail programs write it, and always for 0.
  return number * POINTS[unit]!;
}

/** A width: points, percent, or null for `auto` and what is none. */
export function cssWidth(value: string, em: number): { points: number } | { percent: number } | null {
  const percent = /^\s*(\d+\.?\d*)\s*%\s*$/.exec(value);
  if (percent !== null) return { percent: Number(percent[1]) };
  const points = cssLength(value, em, null);
  return points === null || points <= 0 ? null : { points };
}
