/**
 * What `receive` reads of a mail's header, and the fields it puts in front: Received, Message-ID, Date. Pure.
 *
 * Nothing of the mail itself is changed. A mail that begins with no header field gets an empty line, so that what it
 * begins with stays its body.
 */
import { isIPv6 } from 'node:net';
import type { Envelope, SessionFacts } from '#domain/mail/envelope.ts';

export interface HeaderFacts {
  readonly receivedLines: number;
  readonly hasMessageId: boolean;
  readonly hasDate: boolean;
  /** False when the first line is text that is no field. */
  readonly startsWithField: boolean;
}

const CRLF = Buffer.from('\r\n');
const FIELD = /^([!-9;-~]+)[ \t]*:/; // RFC 5322 §2.2, with white space before the colon (§4.5)

/** Finds the empty line behind the header while the mail comes in pieces, each looked at once. */
export class HeaderEnd {
  #seen = 0;
  #tail: Buffer = Buffer.alloc(0);

  /** Offset in the mail behind the header's last line (before the empty line), or -1 when it is not there yet. */
  find(piece: Uint8Array): number {
    const window = Buffer.concat([this.#tail, piece]);
    const base = this.#seen - this.#tail.length;
    if (base === 0 && window.subarray(0, 2).equals(CRLF)) return 0;
    this.#seen += piece.length;
    this.#tail = window.subarray(Math.max(0, window.length - 3));
    const at = window.indexOf('\r\n\r\n');
    return at === -1 ? -1 : base + at + 2;
  }
}

export function readHeader(header: Buffer): HeaderFacts {
  let receivedLines = 0;
  let hasMessageId = false;
  let hasDate = false;
  let startsWithField = true;
  for (let at = 0; at < header.length; ) {
    const found = header.indexOf(CRLF, at);
    const end = found === -1 ? header.length : found;
    const first = header[at];
    if (first !== 0x20 && first !== 0x09) {
      const name = FIELD.exec(
        header.toString('latin1', at, Math.min(end, at + NAME_CHARS_MAX)),
      )?.[1]?.toLowerCase();
      if (name === 'received') receivedLines += 1;
      else if (name === 'message-id') hasMessageId = true;
      else if (name === 'date') hasDate = true;
      else if (name === undefined && at === 0) startsWithField = false;
    } else if (at === 0) startsWithField = false;
    at = end + 2;
  }
  return { receivedLines, hasMessageId, hasDate, startsWithField };
}

const NAME_CHARS_MAX = 100; // None of the wanted names, nor any real one, is longer.

export interface MadeFields {
  /** To be put in front of the mail. */
  readonly bytes: Buffer;
  readonly messageIdMade: string | null;
}

export function makeFields(
  facts: HeaderFacts,
  hostname: string,
  spoolId: string,
  envelope: Pick<Envelope, 'smtpUtf8'>,
  session: SessionFacts,
): MadeFields {
  const date = rfc5322Date(session.receivedAtMs);
  const messageIdMade = facts.hasMessageId ? null : `<${spoolId}@${hostname}>`;
  const tls = session.tls ? `\r\n\t(version=${session.tls.protocol} cipher=${session.tls.cipher})` : '';
  const lines = [
    // RFC 5321 §4.4. No `for`: it would show a Bcc recipient (threat 30).
    `Received: from ${heloName(session.helo)} (${addressLiteral(session.peerAddress)})`,
    `\tby ${hostname} with ${protocolOf(session, envelope.smtpUtf8)} id ${spoolId}${tls};`,
    `\t${date}`,
    ...(messageIdMade ? [`Message-ID: ${messageIdMade}`] : []),
    ...(facts.hasDate ? [] : [`Date: ${date}`]),
    ...(facts.startsWithField ? [] : ['']),
  ];
  return { bytes: Buffer.from(`${lines.join('\r\n')}\r\n`), messageIdMade };
}

/** RFC 3848; with SMTPUTF8 RFC 6531 §4.3. */
function protocolOf(session: SessionFacts, smtpUtf8: boolean): string {
  if (smtpUtf8) return session.tls ? 'UTF8SMTPS' : 'UTF8SMTP';
  if (!session.esmtp) return 'SMTP';
  return session.tls ? 'ESMTPS' : 'ESMTP';
}

/** A name that is none (threat 31: nothing but letters, digits, dots, hyphens, a literal) is not repeated. */
function heloName(helo: string): string {
  return /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,253})|\[[A-Za-z0-9.:]{2,60}\])$/.test(helo) ? helo : 'unknown';
}

function addressLiteral(address: string): string {
  return isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`;
}

/** RFC 5322 §3.3 in UTC. */
function rfc5322Date(atMs: number): string {
  return new Date(atMs).toUTCString().replace(/GMT$/, '+0000');
}
