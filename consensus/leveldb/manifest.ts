/**
 * Which table files a LevelDB holds (doc/impl.md, Manifest; doc/log_format.md): the sum of all edits in the file that
 * `CURRENT` names. Other table files are left-overs of an interrupted compaction and nobody's concern.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { maskedCrc32c } from './crc32c.ts';
import { readVarint } from './snappy.ts';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const RECORD = { full: 1, first: 2, last: 4 };
const TAG = { comparator: 1, compactPointer: 5, deletedFile: 6, newFile: 7 };
const NUMBER_TAGS: readonly number[] = [2, 3, 4, 9]; // Log number, next file, last sequence, previous log.

/** File names of the tables in use; null when there is no database yet. Throws RangeError when the manifest is wrong. */
export async function tablesInUse(folder: string): Promise<string[] | null> {
  const current = await readIfThere(join(folder, 'CURRENT'));
  if (!current) return null;
  const name = current.toString('latin1');
  if (!/^MANIFEST-\d{6,}\n$/.test(name)) throw new RangeError('CURRENT names no manifest');
  const manifest = await readIfThere(join(folder, name.trim()));
  if (!manifest) throw new RangeError(`${name.trim()} is missing`);
  const live = new Set<number>();
  for (const record of recordsOf(manifest)) applyEdit(record, live);
  return [...live].map((number) => `${String(number).padStart(6, '0')}.ldb`);
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let parts: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= file.length; ) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      at += left;
      continue;
    }
    const type = file[at + 6]!;
    const end = at + HEADER_BYTES + file.readUInt16LE(at + 4);
    if (end > file.length) break; // Being written, or cut off while it was.
    if (maskedCrc32c(file, at + 6, end) !== file.readUInt32LE(at)) throw new RangeError('manifest: sum');
    parts.push(file.subarray(at + HEADER_BYTES, end));
    if (type === RECORD.full || type === RECORD.last) {
      records.push(Buffer.concat(parts));
      parts = [];
    }
    at = end;
  }
  return records;
}

function applyEdit(edit: Buffer, live: Set<number>): void {
  let at = 0;
  const number = (): number => {
    const [value, end] = readVarint(edit, at);
    at = end;
    return value;
  };
  const skipText = (): void => {
    const length = number(); // Read first: it moves `at`.
    at += length;
  };
  while (at < edit.length) {
    const tag = number();
    if (tag === TAG.comparator) skipText();
    else if (NUMBER_TAGS.includes(tag)) number();
    else if (tag === TAG.compactPointer) {
      number();
      skipText();
    } else if (tag === TAG.deletedFile) {
      number();
      live.delete(number());
    } else if (tag === TAG.newFile) {
      number();
      live.add(number());
      number();
      skipText();
      skipText();
    } else throw new RangeError(`manifest: tag ${tag}`);
  }
}
