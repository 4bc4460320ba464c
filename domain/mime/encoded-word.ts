/**
 * RFC 2047 encoded words in both directions; decoding is for display and for rules, never for addresses.
 *
 * Decoding is tolerant on purpose: what some reader would show decoded must be seen decoded here too (threat 10).
 * An unknown charset or broken text leaves the word as it stands.
 */
import { Buffer } from 'node:buffer';

/** RFC 2047 §2: charset, `*language` (RFC 2231 §5) ignored, encoding, text. Each class stops at `?`: linear time. */
const ENCODED_WORD = /=\?([^?*\s]{1,40})(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=/gi;

/** RFC 2047 §2: an encoded word has at most 75 characters. 45 octets are 60 in base64, plus `=?UTF-8?B?` and `?=`. */
const OCTETS_PER_WORD_MAX = 45;

/** Decodes a charset (lower case) that the platform does not know; null = the word stays as it stands. */
type UnknownCharset = (charset: string, bytes: Uint8Array) => string | null;

/** Text with all its encoded words decoded (RFC 2047 §6.2: white space between two of them vanishes). */
export function decodeEncodedWords(text: string, unknown: UnknownCharset = () => null): string {
  if (!text.includes('=?')) return text;
  let out = '';
  let end = 0;
  let open: Run | null = null;
  for (const match of text.matchAll(ENCODED_WORD)) {
    const between = text.slice(end, match.index);
    const charset = match[1]!.toLowerCase();
    const bytes = match[2]!.toLowerCase() === 'b' ? Buffer.from(match[3]!, 'base64') : decodeQ(match[3]!);
    const adjacent: boolean = open !== null && /^[ \t]*$/.test(between);
    if (open !== null && adjacent && open.charset === charset) {
      open.bytes.push(bytes);
      open.raw += between + match[0];
    } else {
      out += textOf(open, unknown) + (adjacent ? '' : between);
      open = { charset, bytes: [bytes], raw: match[0] };
    }
    end = match.index + match[0].length;
  }
  return out + textOf(open, unknown) + text.slice(end);
}

/** Adjacent words of one charset: a character of several octets may be cut between two, so they are decoded together. */
interface Run {
  readonly charset: string;
  readonly bytes: Buffer[];
  raw: string;
}

function textOf(run: Run | null, unknown: UnknownCharset): string {
  if (run === null) return '';
  const bytes = Buffer.concat(run.bytes);
  return decodeCharset(run.charset, bytes) ?? unknown(run.charset, bytes) ?? run.raw;
}

/** Bytes in a named charset as text; null when the charset is unknown. */
export function decodeCharset(charset: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return null; // RangeError: a label the platform does not know.
  }
}

/** RFC 2047 §4.2 */
function decodeQ(text: string): Buffer {
  const out = Buffer.alloc(text.length * 3); // A raw non-ASCII character (against the RFC) takes up to three octets.
  let n = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i]!;
    if (c === '_') out[n++] = 0x20;
    else if (c === '=' && /^[0-9a-f]{2}$/i.test(text.slice(i + 1, i + 3))) {
      out[n++] = Number.parseInt(text.slice(i + 1, i + 3), 16);
      i += 2;
    } else n += out.write(c, n, 'utf8');
  }
  return out.subarray(0, n);
}

/** Any text as UTF-8 encoded words with a space between; pure ASCII, decodes to the same text. */
export function encodeWords(text: string): string {
  const words: string[] = [];
  let current = '';
  let currentBytes = 0;
  // By code point, since a word must hold whole characters (RFC 2047 §5); lone surrogates become U+FFFD.
  for (const character of text.toWellFormed()) {
    const bytes = Buffer.byteLength(character, 'utf8');
    if (currentBytes + bytes > OCTETS_PER_WORD_MAX) {
      words.push(current);
      current = '';
      currentBytes = 0;
    }
    current += character;
    currentBytes += bytes;
  }
  if (current !== '') words.push(current);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word, 'utf8').toString('base64')}?=`).join(' ');
}
