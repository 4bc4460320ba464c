/**
 * Trace journal of one process: what happened to each mail, one JSON object a line, for the management's pages.
 *
 * Shape:  `<folder>/<name>.jsonl` is written; at `fileBytesMax` it becomes `<name>.1.jsonl`, that one `<name>.2.jsonl`
 *         and so on; of the old ones `oldFilesMax` are kept. A reader that finds another inode starts it from its head.
 * Loss:   never synced, and gathered for GATHER_MS: a crash costs the last lines. The mails themselves are elsewhere.
 * Errors: a journal that cannot be written never stops a mail: `onError` is told once per row of failures, lines are
 *         dropped until writing works again.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE_BYTES_MAX = 32 * 1024 * 1024; // About 80,000 mails a file.
const OLD_FILES_MAX = 7; // With the current one a quarter of a gigabyte a process.
const GATHER_MS = 25; // One write for what happens together; a page that follows the journal sees no delay.
const GATHERED_BYTES_MAX = 256 * 1024;

export interface Journal {
  write(record: object): void;
  /** Writes what was gathered. Nothing may be written afterwards. */
  close(): void;
}

export interface JournalOptions {
  readonly onError: (error: Error) => void;
  readonly fileBytesMax?: number;
  readonly oldFilesMax?: number;
}

export function openJournal(folder: string, name: string, options: JournalOptions): Journal {
  const { onError, fileBytesMax = FILE_BYTES_MAX, oldFilesMax = OLD_FILES_MAX } = options;
  const pathOf = (age: number): string => join(folder, age === 0 ? `${name}.jsonl` : `${name}.${age}.jsonl`);
  let fd = -1;
  let sizeBytes = 0;
  let lines: string[] = [];
  let gatheredBytes = 0;
  let timer: NodeJS.Timeout | null = null;
  let failing = false;

  function open(): void {
    try {
      fd = openSync(pathOf(0), 'a+', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      fd = openSync(pathOf(0), 'a+', 0o600);
    }
    sizeBytes = fstatSync(fd).size;
    if (sizeBytes > 0 && lastByteOf(fd, sizeBytes) !== 0x0a) sizeBytes += writeSync(fd, '\n'); // Cut by a crash.
  }

  function rotate(): void {
    closeSync(fd);
    fd = -1;
    for (let age = oldFilesMax; age > 0; age -= 1) {
      try {
        renameSync(pathOf(age - 1), pathOf(age));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    open();
  }

  function flush(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (lines.length === 0) return;
    const bytes = Buffer.from(lines.join(''));
    lines = [];
    gatheredBytes = 0;
    try {
      if (fd === -1) open();
      if (sizeBytes > 0 && sizeBytes + bytes.length > fileBytesMax) rotate();
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      sizeBytes += bytes.length;
      failing = false;
    } catch (error) {
      if (!failing) onError(error as Error);
      failing = true;
    }
  }

  return {
    write(record) {
      const line = `${JSON.stringify(record)}\n`;
      lines.push(line);
      gatheredBytes += line.length;
      if (gatheredBytes > GATHERED_BYTES_MAX) flush();
      else timer ??= setTimeout(flush, GATHER_MS);
    },
    close() {
      flush();
      if (fd !== -1) closeSync(fd);
      fd = -1;
    },
  };
}

function lastByteOf(fd: number, sizeBytes: number): number {
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, sizeBytes - 1);
  return byte[0]!;
}
