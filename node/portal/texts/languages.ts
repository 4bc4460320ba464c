/** The languages of the portal, and how a text is filled in. */
import type { Language } from '#domain/people/mail-domain.ts';
import { DE } from './de.ts';
import { EN } from './en.ts';
import { FR } from './fr.ts';
import { NL } from './nl.ts';
import type { PortalTexts } from './texts.ts';

export const TEXTS: Readonly<Record<Language, PortalTexts>> = { en: EN, de: DE, nl: NL, fr: FR };
export const LANGUAGES = Object.keys(TEXTS) as Language[];

export function isLanguage(word: unknown): word is Language {
  return typeof word === 'string' && Object.hasOwn(TEXTS, word);
}

/** `{name}` in a text becomes the value of that name. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A waiting time for people: rounded up, in one unit. */
export function waitText(texts: PortalTexts, ms: number): string {
  if (ms <= 90_000) return fill(texts.seconds, { count: Math.ceil(ms / 1000) });
  if (ms <= 90 * MINUTE_MS) return fill(texts.minutes, { count: Math.ceil(ms / MINUTE_MS) });
  return fill(texts.hours, { count: Math.ceil(ms / HOUR_MS) });
}

export function sizeText(language: Language, bytes: number): string {
  const inMb = bytes >= 1024 * 1024;
  const number = inMb ? bytes / (1024 * 1024) : Math.ceil(bytes / 1024);
  const text = new Intl.NumberFormat(language, { maximumFractionDigits: inMb ? 1 : 0 }).format(number);
  return `${text} ${inMb ? 'MB' : 'KB'}`;
}

export function dateTimeText(language: Language, atMs: number): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(
    atMs,
  );
}
