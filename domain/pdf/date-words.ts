/**
 * A mail's Date field in the reader's words, on the sender's clock.
 */
import type { PdfLanguage } from '#domain/pdf/template.ts';

/** Date and time with the offset from UTC; the field as it stands when it is none (RFC 5322 §3.3). */
export function dateInWords(field: string, language: PdfLanguage): string {
  const bare = field.replace(/\([^()]*\)/g, '').trim();
  const ms = Date.parse(bare);
  if (Number.isNaN(ms)) return field;
  const offset = /([+-])(\d\d)(\d\d)$/.exec(bare);
  const minutes =
    offset === null ? 0 : Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3]));
  const words = inWords(ms + minutes * 60_000, language);
  return minutes === 0 ? `${words} UTC` : `${words} (UTC${offset![1]}${offset![2]}:${offset![3]})`;
}

/** Making one takes as long as laying out a page. */
const formats = new Map<PdfLanguage, Intl.DateTimeFormat>();

/** Date and time of UTC. */
export function inWords(ms: number, language: PdfLanguage): string {
  let format = formats.get(language);
  if (format === undefined) {
    const options = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
    format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options);
    formats.set(language, format);
  }
  return format.format(new Date(ms));
}

/** A size in octets as people write it. */
export function sizeInWords(sizeBytes: number, language: PdfLanguage): string {
  const [unit, digits, divisor] =
    sizeBytes < 1_000_000 ? (['kB', 0, 1_000] as const) : (['MB', 1, 1_000_000] as const);
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: digits });
  return `${number.format(Math.max(sizeBytes / divisor, 1))} ${unit}`;
}
