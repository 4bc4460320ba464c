/**
 * What a sender orders about a PDF password in the subject: `{pdf-password=…}` states one, `{pdf-reset}` asks for a new
 * one. The words are the policy's; obeyed from inside only, taken out for everybody (features.md P25).
 */
import { textsInBraces } from '#domain/mail/subject.ts';
import type { PdfPolicy } from './pdf-policy.ts';

export interface PdfSubjectCommands {
  /** As it was written; null = none was stated. */
  readonly password: string | null;
  readonly reset: boolean;
}

export const NO_PDF_COMMANDS: PdfSubjectCommands = { password: null, reset: false };

export function pdfCommandsOf(subject: string, words: PdfPolicy['commands']): PdfSubjectCommands {
  let { password, reset } = NO_PDF_COMMANDS;
  for (const text of textsInBraces(subject)) {
    const [word = '', ...rest] = text.split('=');
    const name = word.trim().toLowerCase();
    if (name === words.reset && rest.length === 0) reset = true;
    if (name === words.password && rest.length > 0) password = rest.join('=').trim();
  }
  return { password: password === '' ? null : password, reset };
}

/** For taking them out: a command with `=` behind it takes what follows along. */
export function pdfCommandWords(words: PdfPolicy['commands']): string[] {
  return [words.reset, `${words.password}=`];
}
