/**
 * Removes what looks like our status from a foreign mail (threat 10): field names in look-alike letters, subject tags
 * with invisible characters, other brackets, inside encoded words of any charset.
 */
import { Buffer } from 'node:buffer';
import { joinSkeleton, skeletonOf, skeletonOfCharacter } from '#domain/mail/look-alike.ts';
import type { HeaderEdit } from '#domain/mail/rewrite.ts';
import { SUBJECT_TAGS } from '#domain/mail/status-texts.ts';
import { cleanLine } from '#domain/mail/subject.ts';
import { decodeEncodedWords } from '#domain/mime/encoded-word.ts';
import { textField } from '#domain/mime/header.ts';
import { fieldText, latin1Text } from '#domain/mime/text.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';

/** The edits that remove forgeries; none for a mail that tries nothing, which then keeps every octet (P22). */
export function stripForged(entity: MimeEntity): HeaderEdit[] {
  const edits: HeaderEdit[] = [];
  for (const field of entity.header.fields) {
    const { start, end } = field;
    if (looksLikeOurName(field.name)) edits.push({ kind: 'delete', start, end });
    const subject = field.key === 'subject' ? withoutForgedTags(field.value) : null;
    if (subject !== null) edits.push({ kind: 'replace', start, end, bytes: textField('Subject', subject) });
  }
  // Some readers take a line for a field that is none (a NUL or a space in the name).
  for (const { start, end, raw } of entity.header.malformed) {
    if (looksLikeOurName(fieldText(raw.subarray(0, NAME_OCTETS_MAX))))
      edits.push({ kind: 'delete', start, end });
  }
  return edits;
}

/** Where a name would stand; the rest of a long line is not searched. */
const NAME_OCTETS_MAX = 200;

const OUR_NAME = skeletonOf('Sealgate');

/** A field's name, or the start of a line that some reader might take for a field. */
const looksLikeOurName = (text: string): boolean => skeletonOf(text).includes(OUR_NAME);

/** The decoded subject without tags that look like ours; null when there is none. */
function withoutForgedTags(value: string): string | null {
  const decoded = decodeEncodedWords(value, decodeLikeOthers);
  const stripped = withoutTags(decoded);
  return stripped === decoded ? null : cleanLine(stripped);
}

/** Charsets that we do not know and a reader might: UTF-7 (RFC 2152), else the octets as they are. */
function decodeLikeOthers(charset: string, bytes: Uint8Array): string {
  const text = latin1Text(bytes);
  if (!/utf-?7/.test(charset)) return text;
  return text.replace(/\+([A-Za-z0-9+/]*)-?/g, (_, base64: string) => {
    const utf16 = Buffer.from(base64, 'base64');
    return base64 === ''
      ? '+'
      : utf16
          .subarray(0, utf16.length & ~1)
          .swap16()
          .toString('utf16le');
  });
}

const tags = Object.values(SUBJECT_TAGS).flatMap((byWord) => Object.values(byWord));
const OUR_TAGS = new Set(tags.map(skeletonOf));
/** These alone make a reader believe, whatever stands beside them in the brackets. */
const PROMISES = [
  'signature valid',
  'valid signature',
  'Signatur gültig',
  'gültige Signatur',
  'handtekening geldig',
  'geldige handtekening',
  'signature valide',
  'Sealgate',
].map(skeletonOf);
const SKELETON_MAX = 80;

/** A subject is read up to here; what follows nobody sees in a list of mails. */
const SUBJECT_CHARACTERS_MAX = 5_000;

const OPENS = /[\p{Ps}\p{Pi}<|¦ǀ]/u;
const CLOSES = /[\p{Pe}\p{Pf}>|¦ǀ]/u;

/** The text without each bracketed tag that looks like ours, from the inside out, so that none is left by removal. */
function withoutTags(text: string): string {
  const characters = Array.from(text.slice(0, SUBJECT_CHARACTERS_MAX));
  const kept: { readonly character: string; readonly skeleton: string }[] = [];
  const opened: number[] = []; // Places in `kept`.
  let removed = false;
  for (const character of characters) {
    const openedAt = CLOSES.test(character) ? opened.pop() : undefined;
    if (openedAt !== undefined && isTag(kept.slice(openedAt + 1).map((k) => k.skeleton))) {
      kept.length = openedAt;
      removed = true;
      continue;
    }
    if (OPENS.test(character)) opened.push(kept.length);
    kept.push({ character, skeleton: skeletonOfCharacter(character) });
  }
  if (!removed) return text;
  const rest = kept.map((k) => k.character).join('') + text.slice(SUBJECT_CHARACTERS_MAX);
  return rest.replace(/[ \t]{2,}/g, ' ').trim();
}

function isTag(parts: readonly string[]): boolean {
  const skeleton = joinSkeleton(parts);
  if (skeleton.length === 0 || skeleton.length > SKELETON_MAX) return false;
  return OUR_TAGS.has(skeleton) || PROMISES.some((promise) => skeleton.includes(promise));
}
