/**
 * Lock-out of a partner's account: every wrong password makes the next attempt wait longer, up to a day. An attempt is
 * recorded before the password is looked at and counts as wrong until it has succeeded, so that a thousand attempts at
 * the same moment are not a thousand guesses.
 *
 * Stream `pdf-access/<sender>/<recipient>`, named as the pair, so that a failure on one gateway counts on all. An
 * attempt before its time is refused and records nothing: an attacker cannot fill the log.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import { addressKey } from '../mail/address.ts';

export const pdfAccessStream = (sender: string, recipient: string): string =>
  `pdf-access/${addressKey(sender)}/${addressKey(recipient)}`;

const FREE_FAILURES = 3; // A person mistypes what came by telephone.
const FIRST_WAIT_MS = 5_000;
const WAIT_MS_MAX = 86_400_000; // About 20 wrong passwords on the first day, one a day then.

export type PdfAccessCommand =
  | { readonly type: 'AttemptPdfLogin'; readonly at: Instant }
  | { readonly type: 'CompletePdfLogin'; readonly at: Instant }
  | { readonly type: 'UnlockPdfAccount'; readonly at: Instant };

export type PdfAccessEvent =
  | { readonly type: 'PdfLoginAttempted'; readonly at: Instant }
  | { readonly type: 'PdfLoginSucceeded'; readonly at: Instant }
  | { readonly type: 'PdfAccountUnlocked'; readonly at: Instant };

export type PdfAccessRefusal = 'locked';

export interface PdfAccess {
  /** Attempts since the last success. */
  readonly failures: number;
  /** Before this no attempt is judged. */
  readonly lockedUntil: Instant;
  readonly lastLogin: Instant | null;
}

export const pdfAccessDecider: Decider<PdfAccessCommand, PdfAccessEvent, PdfAccess, PdfAccessRefusal> = {
  zero: { failures: 0, lockedUntil: 0, lastLogin: null },
  decide,
  evolve,
  schemas: { PdfLoginAttempted: 1, PdfLoginSucceeded: 1, PdfAccountUnlocked: 1 },
};

function decide(command: PdfAccessCommand, access: PdfAccess): Decision<PdfAccessEvent, PdfAccessRefusal> {
  const { at } = command;
  switch (command.type) {
    case 'AttemptPdfLogin':
      return at < access.lockedUntil ? refuse('locked') : accept({ type: 'PdfLoginAttempted', at });
    case 'CompletePdfLogin':
      return access.failures === 0 ? accept() : accept({ type: 'PdfLoginSucceeded', at });
    case 'UnlockPdfAccount':
      return access.failures === 0 ? accept() : accept({ type: 'PdfAccountUnlocked', at });
  }
}

function evolve(access: PdfAccess, event: PdfAccessEvent): PdfAccess {
  switch (event.type) {
    case 'PdfLoginAttempted': {
      const failures = access.failures + 1;
      return { ...access, failures, lockedUntil: event.at + waitAfter(failures) };
    }
    case 'PdfLoginSucceeded':
      return { failures: 0, lockedUntil: 0, lastLogin: event.at };
    case 'PdfAccountUnlocked':
      return { ...access, failures: 0, lockedUntil: 0 };
  }
}

/** Milliseconds to wait after the n-th failure in a row. */
function waitAfter(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), WAIT_MS_MAX);
}
