/**
 * The octets of a text part as text, whatever charset it names, or none.
 */
import { decodeCharset } from '#domain/mime/encoded-word.ts';

/** RFC 2046 §4.1.2; what is neither known nor UTF-8 is read as what most wrong mails mean. */
const LAST_RESORT = 'windows-1252';
/** HTML Standard §13.2.3.2: a declaration stands in the first 1,024 octets. */
const DECLARATION_OCTETS = 1_024;
const DECLARED = /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{1,40})/i;

/** `charset` as the part names it, else empty; in HTML the document may name it. */
export function bodyText(octets: Uint8Array, charset: string, isHtml: boolean): string {
  const named = charset !== '' && charset.toLowerCase() !== 'us-ascii' ? charset : declaredIn(octets, isHtml);
  const text = named === '' ? null : decodeCharset(named, octets);
  return (text ?? decodeUtf8(octets) ?? decodeCharset(LAST_RESORT, octets)!).replace(/^\ufeff/, '');
}

function declaredIn(octets: Uint8Array, isHtml: boolean): string {
  if (!isHtml) return '';
  const start = decodeCharset(LAST_RESORT, octets.subarray(0, DECLARATION_OCTETS))!;
  const name = DECLARED.exec(start)?.[1] ?? '';
  // A declaration that was readable so far cannot be right about this one.
  return /^utf-?16/i.test(name) ? '' : name;
}

function decodeUtf8(octets: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return null;
  }
}
