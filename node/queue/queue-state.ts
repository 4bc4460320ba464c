/**
 * What is known of a queued mail that did not leave at its first attempt, and the journal's lines it is kept in.
 *
 * The journal is `journal.jsonl` in the state folder: one JSON value a line, the last line of an id counts. A mail
 * that left at once has only its last line. Written by the sending process alone; the queue tools read it.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import type { QueuedKind } from './queue-header.ts';

export interface RecipientState {
  readonly address: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  /** The last answer for this recipient, `250 2.0.0 Ok`; empty before the first. */
  readonly answer: string;
}

export interface QueuedState {
  readonly queueId: string;
  readonly spoolId: string;
  readonly traceId: string;
  readonly kind: QueuedKind;
  /** null: the null reverse-path. */
  readonly sender: string | null;
  readonly queuedAtMs: number;
  readonly expiresAtMs: number;
  readonly attempts: number;
  readonly nextAtMs: number;
  /** Put aside by an operator, or because the mail cannot be read. Not attempted until it is released. */
  readonly held: boolean;
  /** The delay notice was queued. */
  readonly delayTold: boolean;
  /** The destination that could not be reached; all its mails are tried as soon as it can be. */
  readonly unreachable: string | null;
  readonly recipients: readonly RecipientState[];
  readonly lastAnswer: string;
}

export type JournalLine = QueuedState | { readonly gone: string };

export function journalPath(layout: Layout): string {
  return join(layout.queueState, 'journal.jsonl');
}

const READ_BYTES = 1024 * 1024;

/** The complete lines of a file, one after the other, with the offset behind each; a torn last line is not given. */
export function* journalLines(path: string): Generator<{ text: string; endsAt: number }> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    let rest: Buffer = Buffer.alloc(0);
    let restAt = 0;
    for (;;) {
      const piece = Buffer.allocUnsafe(READ_BYTES);
      const length = readSync(fd, piece, 0, READ_BYTES, null);
      if (length === 0) return;
      const all = Buffer.concat([rest, piece.subarray(0, length)]);
      let at = 0;
      for (let end = all.indexOf(10, at); end >= 0; end = all.indexOf(10, at)) {
        // A string of its own: a slice of a large one would keep the large one alive.
        yield { text: all.toString('utf8', at, end), endsAt: restAt + end + 1 };
        at = end + 1;
      }
      rest = all.subarray(at);
      restAt += at;
    }
  } finally {
    closeSync(fd);
  }
}

/** null: not a line of this journal (damaged). */
export function parseJournalLine(text: string): JournalLine | null {
  try {
    const value = JSON.parse(text) as Partial<QueuedState> & { gone?: unknown };
    if (typeof value.gone === 'string') return { gone: value.gone };
    return typeof value.queueId === 'string' && Array.isArray(value.recipients)
      ? (value as QueuedState)
      : null;
  } catch {
    return null;
  }
}
