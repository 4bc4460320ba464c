/**
 * Whom an exception of the line is to be blamed on, by its `code`: it decides whether a mail waits or counts an attempt.
 */

import { NO_CHANGES } from '#node/ledger/log-away.ts';

/** Errors of other processes and of the disk: the mail is not to blame, however long it takes. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...NO_CHANGES,
  ...['disconnected', 'unavailable', 'unresolved', 'queue-full', 'queue-broken'],
  ...['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'ENOENT'],
]);

/** A process that is stopping, or a mail that it stumbles over: only trying again a few times can tell. */
const DOUBTFUL = new Set(['internal', 'LEVEL_DATABASE_NOT_OPEN']);

export type Fault = 'elsewhere' | 'doubtful' | 'mail';

export function faultOf(code: string | undefined): Fault {
  if (ELSEWHERE.has(code ?? '')) return 'elsewhere';
  return DOUBTFUL.has(code ?? '') ? 'doubtful' : 'mail';
}

/** Why a mail waits, for operators; the same words for all mails that wait for the same. */
export function waitReason({ name, message, code }: Error & { readonly code?: string }): string {
  // The line records nothing else: a PDF's password makes its mail wait in hold.
  if (NO_CHANGES.includes(code ?? '')) {
    return `its sender's key has to be made first, and the log takes no changes now (${code})`;
  }
  return `${name}: ${message}`;
}
