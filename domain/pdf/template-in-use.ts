/** The template of one PDF: what is recorded for the sender's mail domain, over the built-in one. Pure. */
import { fromBase64Url } from '../canonical-json.ts';
import { standardTemplate } from './standard-texts.ts';
import type { PdfLanguage, PdfTemplate } from './template.ts';
import type { TemplateRecord } from './template-record.ts';

/** `fallbackName` stands for the organisation where the record names none. */
export function templateInUse(
  record: TemplateRecord,
  language: PdfLanguage,
  fallbackName: string,
): PdfTemplate {
  const standard = standardTemplate(record.company || fallbackName, language);
  const { accent, page, logo } = record;
  const { mailText: _, ...texts } = record.texts[language];
  return {
    ...standard,
    logo: logo ? fromBase64Url(logo.base64) : standard.logo, // Buffer reads both alphabets of base64.
    accent: accent ?? standard.accent,
    page: page ?? standard.page,
    texts: {
      ...standard.texts,
      ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
    },
  };
}
