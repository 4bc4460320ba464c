/**
 * Arguments of MAIL FROM and RCPT TO: text → what they mean, or the reply that refuses them. Pure.
 *
 * RFC 5321 §4.1.1.2–3 and §4.1.2, SIZE (1870), BODY (6152, 3030), SMTPUTF8 (6531), DSN (3461). The address goes
 * through the one strict parser (threat 12); source routes are refused, because what follows them is ambiguous.
 */
import { parseMailbox } from '#domain/mail/address.ts';
import type { Envelope, EnvelopeRecipient } from '#domain/mail/envelope.ts';
import { REPLIES, type Reply } from './replies.ts';

export type Sender = Omit<Envelope, 'recipients'> & { readonly declaredBytes: number };

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reply: Reply };
type Parameters = ReadonlyMap<string, string | null>;

const ENVID_CHARS_MAX = 100; // RFC 3461 §4.4
const ORCPT_CHARS_MAX = 500; // RFC 3461 §4.2
const NOTIFY_WORDS = ['NEVER', 'SUCCESS', 'FAILURE', 'DELAY'] as const;
const BODIES: readonly Envelope['body'][] = ['7BIT', '8BITMIME']; // BINARYMIME is not offered: no way out carries it.

const refuse = (reply: Reply): { readonly ok: false; readonly reply: Reply } => ({ ok: false, reply });

/** `text` is what stands behind `MAIL`. */
export function parseMail(text: string): Parsed<Sender> {
  const split = splitPath(text, /^ FROM:/i);
  if (split === null) return refuse(REPLIES.senderSyntax);
  const parameters = readParameters(split.rest, ['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID']);
  if ('code' in parameters) return refuse(parameters);
  const smtpUtf8 = parameters.has('SMTPUTF8');
  const sender = split.path === '' ? null : readAddress(split.path, smtpUtf8, REPLIES.senderSyntax);
  if (sender !== null && typeof sender !== 'string') return refuse(sender);

  const size = parameters.get('SIZE');
  const body = (parameters.get('BODY') ?? '7BIT').toUpperCase() as Envelope['body'];
  const ret = parameters.get('RET')?.toUpperCase();
  const envid = parameters.has('ENVID') ? readXtext(parameters.get('ENVID')!, ENVID_CHARS_MAX) : undefined;
  const isWrong =
    (smtpUtf8 && parameters.get('SMTPUTF8') !== null) ||
    (parameters.has('SIZE') && !/^\d{1,20}$/.test(size ?? '')) ||
    parameters.get('BODY') === null ||
    !BODIES.includes(body) ||
    (parameters.has('RET') && ret !== 'FULL' && ret !== 'HDRS') ||
    envid === null;
  if (isWrong) return refuse(REPLIES.syntax);
  const dsn = { ...(ret && { ret: ret as 'FULL' | 'HDRS' }), ...(envid && { envid }) };
  const value = { sender, body, smtpUtf8, requireTls: false, dsn, declaredBytes: Number(size ?? 0) };
  return { ok: true, value };
}

/** `text` is what stands behind `RCPT`; `postmaster` without a domain is the one of `hostname` (RFC 5321 §4.5.1). */
export function parseRecipient(text: string, smtpUtf8: boolean, hostname: string): Parsed<EnvelopeRecipient> {
  const split = splitPath(text, /^ TO:/i);
  if (split === null || split.path === '') return refuse(REPLIES.recipientSyntax);
  const parameters = readParameters(split.rest, ['NOTIFY', 'ORCPT']);
  if ('code' in parameters) return refuse(parameters);
  const path = /^postmaster$/i.test(split.path) ? `${split.path}@${hostname}` : split.path;
  const address = readAddress(path, smtpUtf8, REPLIES.recipientSyntax);
  if (typeof address !== 'string') return refuse(address);
  const notify = parameters.has('NOTIFY') ? readNotify(parameters.get('NOTIFY')!) : undefined;
  const orcpt = parameters.has('ORCPT') ? readOrcpt(parameters.get('ORCPT')!) : undefined;
  if (notify === null || orcpt === null) return refuse(REPLIES.syntax);
  return { ok: true, value: { address, ...(notify && { notify }), ...(orcpt && { orcpt }) } };
}

/** ` FROM:<path> rest` → path and rest. White space behind the colon is not RFC 5321, but real and unambiguous. */
function splitPath(text: string, keyword: RegExp): { path: string; rest: string } | null {
  const at = keyword.exec(text);
  if (at === null) return null;
  const path = text.slice(at[0].length).replace(/^ +/, '');
  if (!path.startsWith('<')) return null;
  let isQuoted = false;
  for (let i = 1; i < path.length; i += 1) {
    if (isQuoted && path[i] === '\\') i += 1;
    else if (path[i] === '"') isQuoted = !isQuoted;
    else if (path[i] === '>' && !isQuoted) {
      const rest = path.slice(i + 1);
      return rest === '' || rest.startsWith(' ') ? { path: path.slice(1, i), rest } : null;
    }
  }
  return null;
}

function readAddress(path: string, smtpUtf8: boolean, syntax: Reply): string | Reply {
  const parsed = parseMailbox(path);
  if (!parsed.ok) return syntax;
  // RFC 6531 §3.5
  return !smtpUtf8 && /[^\x00-\x7f]/.test(path) ? REPLIES.utf8NotDeclared : parsed.address.text;
}

/** RFC 5321 §4.1.2 `esmtp-param`; each at most once. */
function readParameters(text: string, known: readonly string[]): Parameters | Reply {
  const found = new Map<string, string | null>();
  for (const word of text.split(' ')) {
    if (word === '') continue;
    const match = /^([a-z0-9][a-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e\u0080-\u{10ffff}]+))?$/iu.exec(word);
    if (match === null) return REPLIES.syntax;
    const name = match[1]!.toUpperCase();
    if (!known.includes(name)) return REPLIES.unknownParameter;
    if (found.has(name)) return REPLIES.syntax;
    found.set(name, match[2] ?? null);
  }
  return found;
}

/** RFC 3461 §4.1 */
function readNotify(text: string | null): EnvelopeRecipient['notify'] | null {
  const words = (text ?? '').toUpperCase().split(',');
  const known = NOTIFY_WORDS.filter((word) => words.includes(word));
  if (known.length !== words.length) return null; // Unknown, empty or repeated.
  return known.includes('NEVER') && known.length > 1 ? null : known;
}

/** RFC 3461 §4.2: `addr-type ";" xtext`. */
function readOrcpt(text: string | null): string | null {
  const match = /^([a-z0-9-]+);(.+)$/i.exec(text ?? '');
  const address = match && readXtext(match[2]!, ORCPT_CHARS_MAX);
  return address ? `${match[1]!.toLowerCase()};${address}` : null;
}

/** RFC 3461 §4 `xtext`, undone. Nothing that could break a line may come out of it (threat 31). */
function readXtext(text: string | null, charsMax: number): string | null {
  if (text === null || text.length > charsMax || /\+(?![2-7][0-9A-F])|\+7F/.test(text)) return null;
  return text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
