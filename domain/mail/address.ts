/**
 * The one strict parser of mail addresses; policy, crypto and envelope use nothing else (threats 12, 13).
 *
 * RFC 5321 §4.1.2 `Mailbox`, with RFC 6531 for non-ASCII local parts and domains. What two programs could read
 * differently is refused with a word: obsolete routes, comments, several @, percent and bang routing, controls,
 * encoded words, trailing dots, look-alikes of numbers. Canonical text: local part as written (quotes only where
 * needed), domain in lower case as A-labels.
 */
import { domainToASCII, domainToUnicode } from 'node:url';

export type AddressRefusal =
  | 'empty'
  | 'too-long'
  | 'control-character' // NUL, CR, LF and all others
  | 'odd-character' // not UTF-8, not NFC, invisible
  | 'route' // `@a,@b:c@d`, `a%b@c`, `a!b@c`
  | 'comment'
  | 'several-at'
  | 'no-at'
  | 'encoded-word'
  | 'local-part-syntax'
  | 'domain-syntax'
  | 'list-syntax'; // of a header field, not of the address itself

export interface Address {
  /** Canonical `local@domain`. */
  readonly text: string;
  /** As it stands in `text`, quotes included where they are needed. */
  readonly local: string;
  readonly domain: string;
}

type AddressResult =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly reason: AddressRefusal };

/** RFC 5321 §4.5.3.1.3: a path has 256 octets with its angle brackets. Bounce addresses pass the 64 of a local part. */
const ADDRESS_OCTETS_MAX = 254;

const refuse = (reason: AddressRefusal): AddressResult => ({ ok: false, reason });

/** RFC 5322 §3.2.3 `dot-atom-text` without `%` and `!` (old routing), and RFC 6532 characters. */
const DOT_ATOM = /^[\w#$&'*+\-/=?^`{|}~\u0080-\u{10ffff}]+(?:\.[\w#$&'*+\-/=?^`{|}~\u0080-\u{10ffff}]+)*$/u;

/** An address without angle brackets, exactly: no white space around it. */
export function parseMailbox(text: string): AddressResult {
  if (text === '') return refuse('empty');
  if (text.length > ADDRESS_OCTETS_MAX || utf8Length(text) > ADDRESS_OCTETS_MAX) return refuse('too-long');
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return refuse('control-character');
  if (/[^\x20-\x7e]/.test(text) && isOdd(text)) return refuse('odd-character');
  if (text.startsWith('@')) return refuse('route');

  const quoted = text.startsWith('"') ? readQuoted(text) : null;
  if (text.startsWith('"') && quoted === null) return refuse('local-part-syntax');
  const at = quoted === null ? text.indexOf('@') : quoted.end;
  if (text.includes('(') || text.includes(')')) return refuse('comment');
  if (at === -1 || text[at] !== '@') return refuse(text.includes('@') ? 'local-part-syntax' : 'no-at');
  const domainText = text.slice(at + 1);
  if (domainText.includes('@')) return refuse('several-at');
  const localText = quoted === null ? text.slice(0, at) : quoted.content;
  const local = canonicalLocal(localText, quoted !== null);
  if (typeof local !== 'string') return local;
  const domain = canonicalDomain(domainText);
  if (domain === null) return refuse('domain-syntax');
  const canonical = `${local}@${domain}`;
  // A U-label grows when it becomes an A-label.
  if (utf8Length(canonical) > ADDRESS_OCTETS_MAX) return refuse('too-long');
  return { ok: true, address: { text: canonical, local, domain } };
}

/**
 * What two canonical addresses are compared by: ASCII letters in one case, nothing else changed.
 * RFC 5321 §2.4 leaves the case of a local part to its host; two persons who differ in it do not exist in practice.
 */
export function addressKey(canonical: string): string {
  return canonical.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A domain name in lower case as A-labels, or an address literal; null when it is not exactly one of these. */
export function canonicalDomain(text: string): string | null {
  if (text.startsWith('[')) return canonicalLiteral(text);
  let ascii = text.toLowerCase();
  if (/[^\x00-\x7f]/.test(text)) {
    // UTS 46 maps much (full width, zero width, `。`); only what was already in its mapped form is unambiguous.
    ascii = domainToASCII(text);
    if (ascii === '' || domainToUnicode(ascii) !== text.toLowerCase()) return null;
  }
  if (ascii.length > 253) return null; // RFC 1035 §2.3.4
  const labels = ascii.split('.');
  if (!labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) return null;
  // `127.1` and `0x7f.1` are IPv4 addresses to some; no top-level domain is a number (RFC 3696 §2).
  return /^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1)!) ? null : ascii;
}

/** RFC 5321 §4.1.3 */
function canonicalLiteral(text: string): string | null {
  const v4 = /^\[(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\]$/.exec(text);
  if (v4 !== null) {
    return v4.slice(1).every((n) => String(Number(n)) === n && Number(n) < 256) ? text : null;
  }
  const v6 = /^\[ipv6:([0-9a-f:.]{2,45})\]$/i.exec(text);
  if (v6 === null) return null;
  const canonical = domainToASCII(`[${v6[1]}]`);
  return canonical === '' ? null : `[IPv6:${canonical.slice(1, -1)}]`;
}

function canonicalLocal(content: string, wasQuoted: boolean): string | AddressResult {
  if (/=\?[^?]*\?[bq]\?/i.test(content)) return refuse('encoded-word');
  if (content.includes('@')) return refuse('several-at');
  if (/[%!]/.test(content)) return refuse('route');
  if (DOT_ATOM.test(content)) return content;
  // `<`, `>`, `,` and `;` inside quotes are legal and the classic of parser differences.
  if (!wasQuoted || content === '' || /[<>,;:]/.test(content)) return refuse('local-part-syntax');
  return `"${content.replace(/["\\]/g, '\\$&')}"`;
}

/** RFC 5321 §4.1.2 `Quoted-string` from position 0; `end` is behind the closing quote. */
function readQuoted(text: string): { content: string; end: number } | null {
  let content = '';
  for (let i = 1; i < text.length; i += 1) {
    if (text[i] === '"') return { content, end: i + 1 };
    if (text[i] === '\\') {
      i += 1;
      if (i === text.length) return null;
    }
    content += text[i];
  }
  return null;
}

/** Replaced octets, text that is not in normal form C (RFC 6532 §3.1), invisible and unassigned characters, spaces. */
function isOdd(text: string): boolean {
  return (
    /[\ufffd\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}|\p{Default_Ignorable_Code_Point}/u.test(text) ||
    text !== text.normalize('NFC')
  );
}

function utf8Length(text: string): number {
  let octets = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) octets += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return octets;
}
