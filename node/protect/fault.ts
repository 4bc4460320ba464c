/**
 * Whom an exception of the line is to be blamed on, by its `code`: it decides whether a mail waits or counts an attempt.
 */

/** Errors of other processes and of the disk: the mail is not to blame, however long it takes. */
const ELSEWHERE = new Set(
  [
    'disconnected',
    'unavailable',
    'no-quorum',
    'unresolved',
    'not-writable',
    'log-damaged',
    'queue-full',
    'queue-broken',
  ].concat(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'ENOENT']),
);

/** A process that is stopping, or a mail that it stumbles over: only trying again a few times can tell. */
const DOUBTFUL = new Set(['internal', 'LEVEL_DATABASE_NOT_OPEN']);

export type Fault = 'elsewhere' | 'doubtful' | 'mail';

export function faultOf(code: string | undefined): Fault {
  if (ELSEWHERE.has(code ?? '')) return 'elsewhere';
  return DOUBTFUL.has(code ?? '') ? 'doubtful' : 'mail';
}
