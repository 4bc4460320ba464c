/**
 * How one mail is put to one next hop: which ESMTP parameters, and whether this next hop can take it at all. Pure.
 *
 * A mail is never converted on the way out: what the mail line protected or passed through leaves byte for byte, since
 * signatures, DKIM and the promise of `no processing` depend on it. So 8-bit octets that the next hop does not take are
 * a bounce (RFC 6152 §3 allows it), 5.6.3; the mail line made everything that it protected 7bit already.
 */
import { domainToASCII } from 'node:url';
import type { Envelope, EnvelopeRecipient } from '#domain/mail/envelope.ts';
import { type Answer, ownAnswer } from './answer.ts';
import type { EsmtpParameters } from './smtp-session.ts';

export interface NextHopOffer {
  readonly dsn: boolean;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  readonly requireTls: boolean;
  /** 0: not told. */
  readonly sizeBytesMax: number;
}

/** What has to be known of the content; found lazily, since it costs a pass over the mail. */
export interface ContentFacts {
  readonly sizeBytes: number;
  /** Any octet above 127. */
  readonly eightBit: () => boolean;
  /** Any octet above 127 in the header section (RFC 6532). */
  readonly eightBitHeader: () => boolean;
}

export interface Transmission {
  readonly sender: string;
  /** Addresses as they go on the wire, in the order of the recipients given. */
  readonly addresses: readonly string[];
  readonly parameters: EsmtpParameters;
}

const NOT_ASCII = /[^\x00-\x7f]/;
const UNSENDABLE = /[\x00-\x1f\x7f<>]/; // Would break or change the command line (threat 31).

/** The transmission, or the answer that all recipients get from us. */
export function transmissionFor(
  envelope: Envelope,
  recipients: readonly EnvelopeRecipient[],
  content: ContentFacts,
  offer: NextHopOffer,
): Transmission | Answer {
  const refusal = refusalOf(envelope, content, offer);
  if (refusal) return refusal;
  const sender = onTheWire(envelope.sender ?? '', offer);
  const addresses = recipients.map((recipient) => onTheWire(recipient.address, offer));
  if (sender === null || addresses.includes(null)) {
    return ownAnswer('refused', '5.6.7', 'the next hop does not take internationalised addresses'); // RFC 6531 §3.5
  }
  if (UNSENDABLE.test(sender)) return ownAnswer('refused', '5.1.7', 'sender address cannot be sent');
  const international = NOT_ASCII.test(sender) || addresses.some((address) => NOT_ASCII.test(address ?? ''));
  // RFC 6531 §3.4; with an internationalised address the session adds the parameter itself.
  const utf8Header = envelope.smtpUtf8 && offer.smtpUtf8 && !international && content.eightBitHeader();
  const mail = mailParameters(envelope, content, offer) + (utf8Header ? ' SMTPUTF8' : '');
  const perRecipient = recipients.map((recipient) => (offer.dsn ? recipientParameters(recipient) : ''));
  return { sender, addresses: addresses as string[], parameters: { mail, recipients: perRecipient } };
}

/** True when an address can stand in an SMTP command; such a recipient is refused alone. */
export function isSendable(address: string): boolean {
  return address.length > 0 && !UNSENDABLE.test(address);
}

function refusalOf(envelope: Envelope, content: ContentFacts, offer: NextHopOffer): Answer | null {
  if (offer.sizeBytesMax > 0 && content.sizeBytes > offer.sizeBytesMax) {
    return ownAnswer('refused', '5.3.4', 'mail is larger than the next hop takes'); // RFC 1870 §6.1
  }
  if (envelope.body === 'BINARYMIME') {
    return ownAnswer('refused', '5.6.3', 'binary content cannot be relayed'); // RFC 3030 §3: needs BDAT
  }
  if (!offer.eightBitMime && content.eightBit()) {
    return ownAnswer('refused', '5.6.3', 'the next hop does not take 8-bit content');
  }
  if (envelope.smtpUtf8 && !offer.smtpUtf8 && content.eightBitHeader()) {
    return ownAnswer('refused', '5.6.7', 'the next hop does not take internationalised header fields');
  }
  // RFC 8689 §4.2.1: without REQUIRETLS at the next hop the mail is not sent there. That the session is encrypted and
  // verified was seen to when it was opened (routes.ts).
  if (envelope.requireTls && !offer.requireTls) {
    return ownAnswer('refused', '5.7.30', 'the next hop does not support REQUIRETLS');
  }
  return null;
}

/** null: cannot be written for this next hop. Only the domain has an ASCII form (RFC 5890). */
function onTheWire(address: string, offer: NextHopOffer): string | null {
  if (!NOT_ASCII.test(address) || offer.smtpUtf8) return address;
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  const domain = domainToASCII(address.slice(at + 1));
  return NOT_ASCII.test(local) || domain === '' ? null : `${local}@${domain}`;
}

function mailParameters(envelope: Envelope, content: ContentFacts, offer: NextHopOffer): string {
  let parameters = '';
  // RFC 6152 §2. A sender may have put 8-bit octets into a mail without saying so.
  if (offer.eightBitMime && (envelope.body === '8BITMIME' || content.eightBit()))
    parameters += ' BODY=8BITMIME';
  if (envelope.requireTls) parameters += ' REQUIRETLS';
  if (offer.dsn) {
    // RFC 3461 §4.3, §4.4
    if (envelope.dsn.ret) parameters += ` RET=${envelope.dsn.ret}`;
    if (envelope.dsn.envid) parameters += ` ENVID=${xtext(envelope.dsn.envid)}`;
  }
  return parameters;
}

/** RFC 3461 §4.1, §4.2 */
function recipientParameters(recipient: EnvelopeRecipient): string {
  let parameters = '';
  if (recipient.notify && recipient.notify.length > 0) parameters += ` NOTIFY=${recipient.notify.join(',')}`;
  const at = recipient.orcpt?.indexOf(';') ?? -1;
  if (recipient.orcpt && at > 0 && !NOT_ASCII.test(recipient.orcpt)) {
    const type = recipient.orcpt.slice(0, at).replace(/[^A-Za-z0-9-]/g, '');
    parameters += ` ORCPT=${type};${xtext(recipient.orcpt.slice(at + 1))}`;
  }
  return parameters;
}

/** RFC 3461 §4: also what keeps CR and LF out of a command line. */
function xtext(text: string): string {
  let out = '';
  for (const octet of Buffer.from(text)) {
    const plain = octet >= 0x21 && octet <= 0x7e && octet !== 0x2b && octet !== 0x3d;
    out += plain ? String.fromCharCode(octet) : `+${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
