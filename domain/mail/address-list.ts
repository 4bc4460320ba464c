/**
 * Addresses in header fields (RFC 5322 §3.4): mailbox lists, groups, display names; and the one From address.
 *
 * The structure is read here, each address by the strict parser; one that is refused refuses the list. Display names
 * are for people only: nothing is ever decided by them. A comment beside an address is a display name of old; one
 * within it is refused.
 */
import { type Address, type AddressRefusal, parseMailbox } from '#domain/mail/address.ts';
import { decodeEncodedWords } from '#domain/mime/encoded-word.ts';

interface ListedMailbox {
  readonly address: Address;
  /** Decoded display name; may hold anything but control characters. Empty when there is none. */
  readonly name: string;
}

type AddressListResult =
  | { readonly ok: true; readonly mailboxes: readonly ListedMailbox[]; readonly hasGroup: boolean }
  | { readonly ok: false; readonly reason: AddressRefusal };

type FromRefusal =
  | 'from-missing'
  | 'from-several-fields'
  | 'from-several-addresses'
  | 'from-group'
  | 'from-malformed';

type FromResult =
  | { readonly ok: true; readonly address: Address; readonly name: string }
  | { readonly ok: false; readonly reason: FromRefusal; readonly address: AddressRefusal | null };

/**
 * The one From address of a mail, or why there is none (threat 6). Every field named From counts, wherever it stands.
 * RFC 5322 §3.6.2 allows several authors and RFC 6854 groups; a signature cannot stand for either.
 */
export function parseFrom(fields: Iterable<{ readonly key: string; readonly value: string }>): FromResult {
  let value: string | null = null;
  for (const field of fields) {
    if (field.key !== 'from') continue;
    if (value !== null) return { ok: false, reason: 'from-several-fields', address: null };
    value = field.value;
  }
  if (value === null) return { ok: false, reason: 'from-missing', address: null };
  const list = parseAddressList(value);
  if (!list.ok) return { ok: false, reason: 'from-malformed', address: list.reason };
  if (list.hasGroup) return { ok: false, reason: 'from-group', address: null };
  if (list.mailboxes.length > 1) return { ok: false, reason: 'from-several-addresses', address: null };
  const only = list.mailboxes[0];
  if (only === undefined) return { ok: false, reason: 'from-malformed', address: 'empty' };
  return { ok: true, address: only.address, name: only.name };
}

/** An unfolded field value as a list of addresses, groups opened. An empty value is an empty list. */
export function parseAddressList(value: string): AddressListResult {
  const mailboxes: ListedMailbox[] = [];
  let hasGroup = false;
  let inGroup = false;
  let position = 0;
  while (position < value.length) {
    const piece = readPiece(value, position);
    if (piece === null) return refuseList('list-syntax');
    position = piece.end + 1;
    if (piece.stop === ':') {
      if (inGroup || piece.angle !== null || piece.bare.trim() === '') return refuseList('list-syntax');
      hasGroup = true;
      inGroup = true;
      continue;
    }
    if (piece.stop === ';' && !inGroup) return refuseList('list-syntax');
    if (piece.angle === null && piece.bare.replace(/[( \t]/g, '') === '') {
      // RFC 5322 §4.4 lets elements be empty; only white space and comments between commas.
      if (piece.stop === ';') inGroup = false;
      continue;
    }
    const mailbox = readMailbox(piece);
    if (!('address' in mailbox)) return mailbox;
    mailboxes.push(mailbox);
    if (piece.stop === ';') inGroup = false;
  }
  if (inGroup) return refuseList('list-syntax');
  return { ok: true, mailboxes, hasGroup };
}

const refuseList = (reason: AddressRefusal) => ({ ok: false, reason }) as const;

/** What stands between two separators. A comment is one `(` in `bare`, which no address may contain. */
interface Piece {
  bare: string;
  words: string;
  angle: string | null;
  comment: string;
  stop: ',' | ':' | ';' | '';
  end: number;
}

function readPiece(value: string, start: number): Piece | null {
  const piece: Piece = { bare: '', words: '', angle: null, comment: '', stop: '', end: value.length };
  for (let i = start; i < value.length; i += 1) {
    const c = value[i]!;
    if (c === '(') {
      const end = endOfComment(value, i);
      if (end === -1) return null;
      piece.comment ||= value.slice(i + 1, end);
      piece.bare += '(';
      i = end;
    } else if (c === '"') {
      const end = endOfQuoted(value, i);
      if (end === -1 || piece.angle !== null) return null;
      piece.bare += value.slice(i, end + 1);
      piece.words += value.slice(i + 1, end).replace(/\\(.)/g, '$1');
      i = end;
    } else if (c === '<') {
      const end = endOfAngle(value, i);
      if (end === -1 || piece.angle !== null) return null;
      piece.angle = value.slice(i + 1, end);
      i = end;
    } else if (c === '[' && piece.angle === null) {
      // A domain literal holds colons, which are not a group's.
      const end = value.indexOf(']', i);
      if (end === -1) return null;
      piece.bare += value.slice(i, end + 1);
      i = end;
    } else if (c === ',' || c === ':' || c === ';') {
      return { ...piece, stop: c, end: i };
    } else if (piece.angle !== null && c !== ' ' && c !== '\t') {
      return null; // Only white space and comments may follow `>`.
    } else {
      piece.bare += c;
      piece.words += c;
    }
  }
  return piece;
}

function readMailbox(piece: Piece): ListedMailbox | ReturnType<typeof refuseList> {
  if (piece.angle !== null) {
    const inAngle = piece.angle.replace(/^[ \t]+|[ \t]+$/g, '');
    // An address in a bare display name is read as the address by some (threat 6): only in quotes, or the same again.
    const unquoted = piece.bare.replace(/"(?:[^"\\]|\\.)*"/g, '').trim();
    if (unquoted.includes('@') && unquoted !== inAngle) return refuseList('several-at');
    const result = parseMailbox(inAngle);
    if (!result.ok) return result;
    return { address: result.address, name: displayName(piece.words) || displayName(piece.comment) };
  }
  const result = parseMailbox(piece.bare.replace(/^[( \t]+|[( \t]+$/g, ''));
  return result.ok ? { address: result.address, name: displayName(piece.comment) } : result;
}

function displayName(text: string): string {
  return decodeEncodedWords(text)
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** RFC 5322 §3.2.2: comments nest. */
function endOfComment(value: string, start: number): number {
  let depth = 0;
  for (let i = start; i < value.length; i += 1) {
    if (value[i] === '\\') i += 1;
    else if (value[i] === '(') depth += 1;
    else if (value[i] === ')') {
      depth -= 1;
      if (depth === 0) return i;
    }
  }
  return -1;
}

function endOfQuoted(value: string, start: number): number {
  for (let i = start + 1; i < value.length; i += 1) {
    if (value[i] === '\\') i += 1;
    else if (value[i] === '"') return i;
  }
  return -1;
}

function endOfAngle(value: string, start: number): number {
  for (let i = start + 1; i < value.length; i += 1) {
    if (value[i] === '"') {
      const end = endOfQuoted(value, i);
      if (end === -1) return -1;
      i = end;
    } else if (value[i] === '<') return -1;
    else if (value[i] === '>') return i;
  }
  return -1;
}
