/**
 * Follows one trace journal: the complete lines that are new since a checkpoint, across the renames of its rotation.
 *
 * A checkpoint names the file by its inode, since `<name>.jsonl` becomes `<name>.1.jsonl` and so on (journal.ts). When
 * the file of the checkpoint is gone, everything that is still there is read: the index takes a line twice without harm.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

const READ_BYTES = 1024 * 1024;
const OLD_FILES_MAX = 64; // More than any journal keeps; ends the search for the oldest.

export interface TailCheckpoint {
  readonly inode: number;
  /** Behind the last complete line that was taken. */
  readonly offset: number;
}

export interface TailPiece {
  readonly lines: readonly string[];
  readonly checkpoint: TailCheckpoint;
}

interface OpenFile {
  readonly fd: number;
  readonly inode: number;
}

function openOne(path: string): OpenFile | null {
  try {
    const fd = openSync(path, 'r');
    return { fd, inode: fstatSync(fd).ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** All files of a journal, youngest first, opened: a rename meanwhile changes nothing. */
function openAll(folder: string, name: string): OpenFile[] {
  const files: OpenFile[] = [];
  for (let age = 0; age <= OLD_FILES_MAX; age++) {
    const file = openOne(join(folder, age === 0 ? `${name}.jsonl` : `${name}.${age}.jsonl`));
    if (file) files.push(file);
    else if (age > 0) break;
  }
  // Renamed while they were opened, one file may have been seen twice.
  return files.filter((file, index) => {
    const first = files.findIndex((other) => other.inode === file.inode) === index;
    if (!first) closeSync(file.fd);
    return first;
  });
}

/** Pieces of new lines, oldest first; nothing when there is nothing new. Throws what the file system throws. */
export function* newLines(
  folder: string,
  name: string,
  checkpoint: TailCheckpoint | null,
): Generator<TailPiece> {
  const files = openAll(folder, name);
  try {
    const known = files.findIndex((file) => file.inode === checkpoint?.inode);
    const toRead = files.slice(0, known === -1 ? files.length : known + 1).reverse();
    for (const file of toRead) {
      yield* linesOf(file, file.inode === checkpoint?.inode ? checkpoint.offset : 0);
    }
  } finally {
    for (const file of files) closeSync(file.fd);
  }
}

function* linesOf({ fd, inode }: OpenFile, start: number): Generator<TailPiece> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  let restAt = start;
  for (;;) {
    const read = readSync(fd, buffer, 0, READ_BYTES, restAt + rest.length);
    if (read === 0) return;
    const bytes = Buffer.concat([rest, buffer.subarray(0, read)]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end > 0) {
      const lines = bytes.toString('utf8', 0, end - 1).split('\n');
      yield { lines, checkpoint: { inode, offset: restAt + end } };
    }
    rest = bytes.subarray(end);
    restAt += end;
  }
}
