/**
 * What became of one recipient at one attempt: the next hop's reply, or our own verdict when there was none.
 *
 * RFC 5321 §4.2.1 (first digit), RFC 3463 (enhanced codes), RFC 2034 §4 (both agree on the class).
 */

export interface Answer {
  readonly outcome: 'accepted' | 'refused' | 'later';
  /** RFC 3463, e.g. `5.1.1`. */
  readonly status: string;
  /** One line: the reply as received, or our text. Control characters removed. */
  readonly text: string;
  /** True when the next hop said it; its text is then quoted in reports (RFC 3464 §2.3.6). */
  readonly remote: boolean;
}

const TEXT_CHARS_MAX = 512; // The longest reply line of RFC 5321 §4.5.3.1.5; more is noise in a trace.

function oneLine(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
    .trim()
    .slice(0, TEXT_CHARS_MAX);
}

export function ownAnswer(outcome: 'refused' | 'later', status: string, text: string): Answer {
  return { outcome, status, text: oneLine(text), remote: false };
}

const OUTCOMES = { '2': 'accepted', '4': 'later', '5': 'refused' } as const;
const ENHANCED = /^\d{3}[ -]([245])\.(\d{1,3}\.\d{1,3})(?:\s|$)/;

/** `reply` as received (continuation lines joined by LF); `toRcpt`: it answers RCPT TO. */
export function answerOfReply(reply: string, toRcpt: boolean): Answer {
  const digit = reply.charAt(0);
  const text = oneLine(reply);
  if (!/^[245]\d\d/.test(reply)) return { outcome: 'later', status: '4.5.0', text, remote: true };
  const enhanced = ENHANCED.exec(reply);
  // RFC 5321 §4.5.3.1.10: 552 to RCPT TO meant "too many recipients" in old servers, which can be tried again.
  if (toRcpt && reply.startsWith('552') && (enhanced === null || enhanced[2] === '5.3')) {
    return { outcome: 'later', status: '4.5.3', text, remote: true };
  }
  const outcome = OUTCOMES[digit as '2' | '4' | '5'];
  // A code of another class than the reply says nothing; the class of the reply counts.
  const detail = enhanced !== null && enhanced[1] === digit ? enhanced[2] : '0.0';
  return { outcome, status: `${digit}.${detail}`, text, remote: true };
}
