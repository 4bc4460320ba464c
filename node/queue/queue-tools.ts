/**
 * What the page and the command line see of the outgoing queue: addresses, times and answers, never contents.
 *
 * Read from the sender's journal and the names in the queue folder; a mail that has not been tried yet shows as its
 * id only, since nobody but the sender can open it.
 */
import { readdirSync } from 'node:fs';
import type { Layout } from '#node/config/layout.ts';
import { queueIdOfFile } from './queue-header.ts';
import { journalLines, journalPath, parseJournalLine, type QueuedState } from './queue-state.ts';

export interface QueueListing {
  /** Mails with at least one attempt behind them or held, oldest first. */
  readonly deferred: readonly QueuedState[];
  /** Ids of mails that wait for their first attempt. */
  readonly fresh: readonly string[];
}

export function listQueue(layout: Layout): QueueListing {
  const states = new Map<string, QueuedState>();
  const gone = new Set<string>();
  for (const { text } of journalLines(journalPath(layout))) {
    const line = parseJournalLine(text);
    if (line === null) continue;
    if ('gone' in line) {
      states.delete(line.gone);
      gone.add(line.gone);
    } else states.set(line.queueId, line);
  }
  const fresh = idsIn(layout.queueReady).filter((id) => !states.has(id) && !gone.has(id));
  const deferred = [...states.values()].sort((a, b) => a.queuedAtMs - b.queuedAtMs);
  return { deferred, fresh };
}

function idsIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => queueIdOfFile(name) ?? []);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // The sender has not started yet.
    throw error;
  }
}
