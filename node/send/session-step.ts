/**
 * One step of an SMTP session as a promise that always settles.
 *
 * nodemailer forgets the callback of a step when the session ends under it; here the end of the session rejects the
 * step, with the error that ended it.
 */
import type { SmtpSession } from './smtp-session.ts';

/** What nodemailer adds to its errors. */
export interface SessionError extends Error {
  readonly code?: string;
  /** The reply that caused it. */
  readonly response?: string | false;
}

type Done<T> = (error?: Error | null, value?: T) => void;

export function sessionStep<T>(session: SmtpSession, run: (done: Done<T>) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let cause: Error = new Error('connection closed');
    const onError = (error: Error): void => {
      cause = error;
    };
    // In a turn of its own: the callback of the step, if it is still called, knows more.
    const onEnd = (): void => void setImmediate(() => settle(() => reject(cause)));
    function settle(how: () => void): void {
      session.off('error', onError);
      session.off('end', onEnd);
      how();
    }
    session.on('error', onError);
    session.on('end', onEnd);
    run((error, value) => settle(() => (error ? reject(error) : resolve(value))));
  });
}
