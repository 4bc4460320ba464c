/**
 * The sender's memory: which mails wait for another attempt, and which have left; durable before anyone acts on it.
 *
 * Lines are appended with one fdatasync for all that wait (group commit). The file is written anew when most of its
 * lines are stale. The ids of mails that left are kept for a while, because the mail line, run again after a crash,
 * may queue a copy that has left already (queue-header.ts): such a file is dropped, not sent twice.
 *
 * Errors: a full disk makes the journal wait (`writable` is false) and go on by itself. Any other failure of a write
 * or sync is final: `onBroken` is called once, waiting promises never settle, and nothing must be sent any more,
 * since it could not be marked. The process ends and starts again from what is really on disk.
 */
import { mkdirSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import type { Layout } from '#node/config/layout.ts';
import type { Log } from '#node/log.ts';
import { journalLines, journalPath, parseJournalLine, type QueuedState } from '#node/queue/queue-state.ts';
import { FolderSync } from '#node/spool/folder-sync.ts';

/** Covers a minute of full load: the longest time in which the mail line would repeat what it had queued. */
const GONE_KEPT_MAX = 50_000;
const COMPACT_LINES_MIN = 100_000; // Rewriting costs some MB; below this many lines the file is small anyway.
const FULL_DISK_WAIT_MS = 1000;
const WRITE_CHARS = 512 * 1024; // Compaction gives the event loop back after each piece of this size.

/** One waiting mail. The state stays text: 100,000 of them cost some 50 MB, as objects three times that. */
export interface WaitingMail {
  readonly line: string;
  /** Changed in memory when its destination answers again or an operator asks. */
  nextAtMs: number;
  readonly held: boolean;
  readonly unreachable: string | null;
}

export interface StateJournal {
  readonly waiting: ReadonlyMap<string, WaitingMail>;
  /** True when this id has left (or was removed) not long ago. */
  hasLeft(queueId: string): boolean;
  /** Remembers the state; resolves when it is durable. */
  put(state: QueuedState): Promise<void>;
  /** The mail has left or was removed; resolves when that is durable. Only then may its file go. */
  gone(queueId: string): Promise<void>;
  readonly writable: boolean;
  /** Resolves when everything given so far is durable. */
  close(): Promise<void>;
}

export function stateOf(mail: WaitingMail): QueuedState {
  return JSON.parse(mail.line) as QueuedState;
}

function waitingMailOf(state: QueuedState, line: string): WaitingMail {
  return { line, nextAtMs: state.nextAtMs, held: state.held, unreachable: state.unreachable };
}

interface Loaded {
  readonly waiting: Map<string, WaitingMail>;
  readonly left: Set<string>;
  readonly lines: number;
  /** Where the complete lines end. */
  readonly sizeBytes: number;
}

function load(path: string, log: Log): Loaded {
  const waiting = new Map<string, WaitingMail>();
  const left = new Set<string>();
  let lines = 0;
  let sizeBytes = 0;
  for (const { text, endsAt } of journalLines(path)) {
    lines += 1;
    sizeBytes = endsAt;
    const line = parseJournalLine(text);
    if (line === null) log.error({ endsAt }, 'damaged line in the queue journal');
    else if ('gone' in line) {
      waiting.delete(line.gone);
      left.add(line.gone);
    } else waiting.set(line.queueId, waitingMailOf(line, text));
  }
  return { waiting, left, lines, sizeBytes };
}

async function syncFolder(folder: string): Promise<void> {
  const sync = await FolderSync.open(folder);
  await sync.sync().finally(() => sync.close());
}

export async function openStateJournal(
  layout: Layout,
  log: Log,
  onBroken: (error: Error) => void,
): Promise<StateJournal> {
  mkdirSync(layout.queueState, { recursive: true, mode: 0o700 });
  const path = journalPath(layout);
  const { waiting, left, lines, sizeBytes } = load(path, log);
  let file = await open(path, 'a', 0o600);
  await file.truncate(sizeBytes); // A torn last line was never promised to anyone.
  await syncFolder(layout.queueState);
  let fileBytes = sizeBytes;
  let fileLines = lines;
  let batch: string[] = [];
  let waiters: (() => void)[] = [];
  let running: Promise<void> | null = null;
  let writable = true;
  let broken = false;

  function append(line: string): Promise<void> {
    batch.push(line);
    return new Promise((resolve) => {
      waiters.push(resolve);
      running ??= commitAll().finally(() => {
        running = null;
      });
    });
  }

  async function commitAll(): Promise<void> {
    while (batch.length > 0 && !broken) {
      const lines = batch;
      const told = waiters;
      batch = [];
      waiters = [];
      try {
        await commit(lines);
        for (const tell of told) tell();
        const needed = waiting.size + Math.min(left.size, GONE_KEPT_MAX);
        if (fileLines > Math.max(COMPACT_LINES_MIN, 2 * needed)) await compact();
      } catch (error) {
        broken = true;
        writable = false;
        onBroken(error as Error);
      }
    }
  }

  async function commit(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    for (;;) {
      try {
        await file.writeFile(bytes);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        if (writable) log.error('no space left for the queue journal, sending pauses');
        writable = false;
        await file.truncate(fileBytes);
        await new Promise((resolve) => setTimeout(resolve, FULL_DISK_WAIT_MS));
      }
    }
    await file.datasync();
    writable = true;
    fileBytes += bytes.length;
    fileLines += lines.length;
  }

  /** Appends wait meanwhile; what changed after it was written here is appended behind it. */
  async function compact(): Promise<void> {
    await syncFolder(layout.queueReady); // Files of forgotten ids must really be gone.
    for (const id of left) {
      if (left.size <= GONE_KEPT_MAX) break;
      left.delete(id);
    }
    const draft = `${path}.tmp`;
    const next = await open(draft, 'w', 0o600);
    let written: { bytes: number; lines: number };
    try {
      written = await writeLines(next, currentLines());
      await next.datasync();
    } catch (error) {
      await next.close();
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return; // The old file is complete and goes on.
      throw error;
    }
    await next.close();
    await rename(draft, path);
    await syncFolder(layout.queueState);
    await file.close();
    file = await open(path, 'a', 0o600);
    fileBytes = written.bytes;
    fileLines = written.lines;
  }

  function* currentLines(): Generator<string> {
    for (const id of left) yield JSON.stringify({ gone: id });
    for (const mail of waiting.values()) yield mail.line;
  }

  return {
    waiting,
    hasLeft: (queueId) => left.has(queueId),
    put(state) {
      const line = JSON.stringify(state);
      waiting.set(state.queueId, waitingMailOf(state, line));
      return append(line);
    },
    gone(queueId) {
      waiting.delete(queueId);
      left.add(queueId);
      return append(JSON.stringify({ gone: queueId }));
    },
    get writable() {
      return writable;
    },
    async close() {
      while (running !== null && !broken) await running;
      await file.close();
    },
  };
}

async function writeLines(
  file: FileHandle,
  lines: Iterable<string>,
): Promise<{ bytes: number; lines: number }> {
  const total = { bytes: 0, lines: 0 };
  let piece: string[] = [];
  let chars = 0;
  const flush = async (): Promise<void> => {
    if (piece.length === 0) return;
    const bytes = Buffer.from(`${piece.join('\n')}\n`);
    await file.writeFile(bytes);
    total.bytes += bytes.length;
    piece = [];
    chars = 0;
  };
  for (const line of lines) {
    piece.push(line);
    chars += line.length;
    total.lines += 1;
    if (chars >= WRITE_CHARS) await flush();
  }
  await flush();
  return total;
}
