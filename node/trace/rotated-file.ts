/**
 * A file of lines that only grows, kept to a bounded size by putting it aside.
 *
 * Shape:  `<folder>/<name>.jsonl` is written; at `fileBytesMax` it becomes `<name>.1.jsonl`, that one `<name>.2.jsonl`
 *         and so on; of the old ones `oldFilesMax` are kept. A reader that finds another inode starts it from its head.
 * Loss:   never synced. A line that was cut by a crash is ended before the next one.
 * Errors: throws what the file system throws; the next append tries again.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE_BYTES_MAX = 32 * 1024 * 1024; // About 80,000 mails a file.
const OLD_FILES_MAX = 7; // With the current one a quarter of a gigabyte a process.

export interface RotatedFile {
  /** Complete lines. */
  append(bytes: Uint8Array): void;
  close(): void;
}

export interface RotatedFileOptions {
  readonly fileBytesMax?: number;
  readonly oldFilesMax?: number;
}

export function rotatedFile(folder: string, name: string, options: RotatedFileOptions = {}): RotatedFile {
  const { fileBytesMax = FILE_BYTES_MAX, oldFilesMax = OLD_FILES_MAX } = options;
  const pathOf = (age: number): string => join(folder, age === 0 ? `${name}.jsonl` : `${name}.${age}.jsonl`);
  let fd = -1;
  let sizeBytes = 0;

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

  return {
    append(bytes) {
      if (fd === -1) open();
      if (sizeBytes > 0 && sizeBytes + bytes.length > fileBytesMax) rotate();
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      sizeBytes += bytes.length;
    },
    close() {
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
