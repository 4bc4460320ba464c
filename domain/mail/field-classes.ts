/**
 * Kinds of header fields by name (lower case): structure, traces of transport, what a person sees.
 */

/** RFC 9788 §1.1.1: structural fields belong to a part, never to the protected copy of the header. */
export const isStructural = (key: string): boolean => key === 'mime-version' || key.startsWith('content-');

const TRACES = new Set([
  'received',
  'return-path',
  'delivered-to',
  'x-original-to',
  'dkim-signature',
  'domainkey-signature',
  'authentication-results',
  'received-spf',
  'x-received',
]);

/** Written by servers on the way; never copied into a protected part and never taken from one (threat 11). */
export function isTrace(key: string): boolean {
  return TRACES.has(key) || /^(?:arc-|resent-|x-sealgate-)/.test(key);
}

/** Bcc is not the business of any recipient (features.md P23); HP-Outer is the protection's own (RFC 9788 §2.2). */
export const isNeverProtected = (key: string): boolean =>
  isStructural(key) || isTrace(key) || key === 'bcc' || key === 'hp-outer';

const SHOWN = new Set([
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'date',
  'subject',
  'message-id',
  'in-reply-to',
  'references',
  'comments',
  'keywords',
  'followup-to',
  'mail-followup-to',
  'mail-reply-to',
  'disposition-notification-to',
  'return-receipt-to',
  'importance',
  'priority',
  'x-priority',
  'sensitivity',
  'thread-topic',
  'thread-index',
  'autocrypt',
]);

/** RFC 9788 §1.1.2: what a mail program shows or acts upon. Of a protected mail only the protected ones count. */
export const isShown = (key: string): boolean => SHOWN.has(key);
