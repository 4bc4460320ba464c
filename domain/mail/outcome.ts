/**
 * How a stage ends: it continues with the next type, or it fails in an expected way.
 *
 * A `Failure` is a value, never an exception; an exception is a bug and costs the worker its life.
 * The code goes to strangers as an enhanced status code (RFC 3463); `detail` goes to the trace and to operators only.
 */
interface FailureClass {
  readonly permanent: boolean;
  /** RFC 3463 subject and detail, e.g. `7.3`; the class digit comes from `permanent`. */
  readonly code: string;
  /** Text for strangers: names no host, policy, key or setting. */
  readonly text: string;
}

const permanent = (code: string, text: string): FailureClass => ({ permanent: true, code, text });
const transient = (code: string, text: string): FailureClass => ({ permanent: false, code, text });

/** One row, one truth: reply code and enhanced code are both derived from it. */
export const FAILURES = {
  'recipient-key-missing': permanent('7.3', 'Required protection not possible'),
  'sender-key-missing': permanent('7.3', 'Required signature not possible'),
  'decryption-key-missing': permanent('7.5', 'Message could not be decrypted'),
  'no-rule-matches': permanent('7.1', 'Delivery not authorized'),
  'sender-not-ours': permanent('7.1', 'Sender not authorized'),
  'malformed-message': permanent('6.0', 'Message format not supported'),
  'ambiguous-address': permanent('1.7', 'Bad sender address syntax'),
  'revocation-unknown': transient('7.5', 'Security check incomplete, try again later'),
  'keys-unavailable': transient('3.0', 'System temporarily unavailable'),
  'no-quorum': transient('3.2', 'System not accepting messages'),
  'spool-full': transient('3.1', 'System storage full'),
  'message-too-large': permanent('3.4', 'Message too big'),
  'too-complex': permanent('6.0', 'Message structure too complex'),
  'mail-loop': permanent('4.6', 'Routing loop detected'),
} as const satisfies Record<string, FailureClass>;

export type FailureName = keyof typeof FAILURES;

export interface Failure {
  readonly kind: 'failed';
  readonly name: FailureName;
  readonly detail: string;
}

export type Outcome<T> = { readonly kind: 'continue'; readonly mail: T } | Failure;

export const proceed = <T>(mail: T): Outcome<T> => ({ kind: 'continue', mail });
export const failed = (name: FailureName, detail: string): Failure => ({ kind: 'failed', name, detail });

/** `5.7.3` */
export function enhancedCode(name: FailureName): string {
  const row = FAILURES[name];
  return `${row.permanent ? 5 : 4}.${row.code}`;
}
