/**
 * How a company's PDF looks: logo, colour, words of the cover and the last page, for each mail domain and language.
 *
 * Texts are filled in by replacing a few known words in braces, once; nothing in them is evaluated (threat 18).
 */
export type PdfLanguage = 'en' | 'de' | 'nl' | 'fr';
export const PDF_LANGUAGES: readonly PdfLanguage[] = ['en', 'de', 'nl', 'fr'];

/** Paragraphs are parted by an empty line. */
export interface PdfTexts {
  readonly coverTitle: string;
  readonly cover: string;
  readonly lastTitle: string;
  readonly last: string;
  readonly replyButton: string;
  /** Below the button; also says what to do without it. */
  readonly replyHint: string;
  /** At the foot of each page. */
  readonly footer: string;
}

export interface PdfTemplate {
  readonly company: string;
  /** PNG or JPEG. */
  readonly logo: Uint8Array | null;
  /** `#rrggbb`: headings, lines, the button. */
  readonly accent: string;
  /** `phone`: a small page that a telephone shows large; `a4` for those who print. */
  readonly page: 'phone' | 'a4';
  readonly texts: PdfTexts;
}

/** What a company has changed; `mailDomain` null is for all its domains, `language` null for all languages. */
export interface TemplateOverride {
  readonly mailDomain: string | null;
  readonly language: PdfLanguage | null;
  readonly look: Partial<Omit<PdfTemplate, 'texts'>>;
  readonly texts: Partial<PdfTexts>;
}

/** Words that texts may hold in braces. */
export interface TextValues {
  readonly company: string;
  readonly sender: string;
  readonly recipient: string;
  readonly subject: string;
  readonly date: string;
  /** Until when the button works; empty without one. */
  readonly until: string;
}

/** The template for a sender's domain and a language: general things first, special ones over them. */
export function templateFor(
  overrides: readonly TemplateOverride[],
  standard: PdfTemplate,
  mailDomain: string,
  language: PdfLanguage,
): PdfTemplate {
  const fitting = overrides
    .filter((o) => o.mailDomain === null || o.mailDomain === mailDomain)
    .filter((o) => o.language === null || o.language === language)
    .sort((a, b) => weight(a) - weight(b));
  let template = standard;
  for (const { look, texts } of fitting) {
    template = { ...template, ...look, texts: { ...template.texts, ...texts } };
  }
  return template;
}

const weight = ({ mailDomain, language }: TemplateOverride): number =>
  (mailDomain === null ? 0 : 2) + (language === null ? 0 : 1);

/** The known words in braces replaced; others stay as they are, and what is put in is not looked at again. */
export function fillText(text: string, values: TextValues): string {
  return text.replace(
    /\{(company|sender|recipient|subject|date|until)\}/g,
    (_, word: keyof TextValues) => values[word],
  );
}
