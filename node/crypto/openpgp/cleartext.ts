/**
 * The text of a cleartext signature (RFC 9580 §7): what of it is signed, and reading it out of its frame.
 */
import { readArmour } from './armour.ts';
import { OpenPgpError } from './openpgp-error.ts';

/** Lines without the white space at their ends, which is not signed (§7.2). */
export const signedLines = (lines: readonly string[]): string[] => lines.map(withoutBlanksAtEnd);

/** By hand: the regular expression for it takes quadratic time on a long run of blanks within a line. */
function withoutBlanksAtEnd(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t\r'.includes(line[end - 1] as string)) end -= 1;
  return line.slice(0, end);
}

/** RFC 9580 §7: `Hash` is the only header; lines are dash-escaped; white space at their ends is not signed. */
export function readCleartext(block: string): { signedText: string; signature: Buffer } | null {
  const lines = block.split(/\r?\n/);
  let at = 1;
  while (/^Hash:[A-Z0-9,\t -]+$/.test(lines[at]?.trimEnd() ?? '')) at += 1;
  if (lines[at]?.trim() !== '') return null; // Any other header could hide text from the reader that is not signed.
  const signatureAt = lines.findIndex((line) => line.trimEnd() === '-----BEGIN PGP SIGNATURE-----');
  if (signatureAt <= at) return null;
  const body = lines.slice(at + 1, signatureAt);
  if (body.some((line) => line.startsWith('-') && !line.startsWith('- '))) return null;
  const signedText = signedLines(body.map((line) => line.replace(/^- /, ''))).join('\r\n');
  try {
    const [armoured] = readArmour(Buffer.from(lines.slice(signatureAt).join('\r\n'), 'latin1'));
    return armoured ? { signedText, signature: armoured.binary } : null;
  } catch (error) {
    if (error instanceof OpenPgpError) return null;
    throw error;
  }
}
