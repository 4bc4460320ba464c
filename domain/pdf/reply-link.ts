/**
 * What a link in a PDF or an invitation says: whose conversation it opens, what it answers, until when.
 *
 * It is sealed before it leaves (KeysPort.sealLink), so that neither the address bar nor a log on the way tells a
 * subject, and nobody can make one. Holding a link proves nothing yet: the password of the pair is asked for each time.
 */
import type { Instant } from '../decider.ts';

export interface PortalLink {
  readonly kind: 'reply' | 'invitation';
  /** As the pair's stream names it: an address of ours, or `*`. */
  readonly pairSender: string;
  /** Who wrote, and gets the answer. */
  readonly sender: string;
  /** The partner. */
  readonly recipient: string;
  /** The mail that the link came with. */
  readonly spoolId: string;
  /** Its Message-ID, with angle brackets; empty when it had none. */
  readonly messageId: string;
  /** Its subject, cut to SUBJECT_CHARS_MAX. */
  readonly subject: string;
  readonly sentAt: Instant;
  readonly expiresAt: Instant;
}

const SUBJECT_CHARS_MAX = 160; // With two long addresses a link stays below 2,000 characters.
const MESSAGE_ID_CHARS_MAX = 300;
const FORMAT = 1;

export function encodePortalLink(link: PortalLink): Uint8Array {
  const { kind, pairSender, sender, recipient, spoolId, messageId, subject, sentAt, expiresAt } = link;
  const id = messageId.length > MESSAGE_ID_CHARS_MAX ? '' : messageId;
  const cut = [...subject].slice(0, SUBJECT_CHARS_MAX).join('');
  const fields = [FORMAT, kind, pairSender, sender, recipient, spoolId, id, cut, sentAt, expiresAt];
  return new TextEncoder().encode(JSON.stringify(fields));
}

/** Null when this version does not know its form. */
export function decodePortalLink(octets: Uint8Array): PortalLink | null {
  const fields: unknown = JSON.parse(new TextDecoder().decode(octets)); // Sealed by a gateway of ours: it is JSON.
  if (!Array.isArray(fields) || fields[0] !== FORMAT || fields.length !== 10) return null;
  const [, kind, pairSender, sender, recipient, spoolId, messageId, subject, sentAt, expiresAt] = fields;
  if (kind !== 'reply' && kind !== 'invitation') return null;
  return { kind, pairSender, sender, recipient, spoolId, messageId, subject, sentAt, expiresAt };
}
