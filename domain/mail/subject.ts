/**
 * Subject lines: decoded text, and the commands in braces that senders give in them (features.md P7, P25).
 */
import { decodeEncodedWords } from '#domain/mime/encoded-word.ts';
import { firstValue, type Header } from '#domain/mime/header.ts';

/** Decoded, controls as spaces; empty when there is none. */
export function subjectOf(header: Header): string {
  return cleanLine(decodeEncodedWords(firstValue(header, 'subject') ?? ''));
}

/** Text that fits into one line of a header field or a page. */
export function cleanLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

/** A word of at most 60 characters in braces, perhaps with `=` and a value of at most 130 behind it; nothing nested. */
const COMMAND = /\{\s*([^{}\s](?:[^{}]{0,59}?|[^{}=]{0,59}=[^{}]{1,130}?))\s*\}/gu;

/** What stands in braces, in lower case, in order; whether it is a command is the rule book's to say. */
export function wordsInBraces(subject: string): string[] {
  return textsInBraces(subject).map((text) => text.toLowerCase());
}

/** The same as it was written: a command may carry a value. */
export function textsInBraces(subject: string): string[] {
  return [...subject.matchAll(COMMAND)].map((match) => match[1]!);
}

/**
 * The subject without those commands; unchanged when it has none of them. `commands` in lower case, no braces; one
 * that ends with `=` takes its value along.
 */
export function withoutCommands(subject: string, commands: ReadonlySet<string>): string {
  let removed = false;
  const rest = subject.replace(COMMAND, (whole, word: string) => {
    if (!isCommand(word.toLowerCase(), commands)) return whole;
    removed = true;
    return '';
  });
  return removed ? rest.replace(/ {2,}/g, ' ').trim() : subject;
}

function isCommand(word: string, commands: ReadonlySet<string>): boolean {
  const equals = word.indexOf('=');
  return commands.has(word) || (equals !== -1 && commands.has(`${word.slice(0, equals).trim()}=`));
}
