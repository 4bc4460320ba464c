/**
 * Checks the sums of a LevelDB table file (doc/table_format.md): every block, and that blocks, filter, indexes and
 * footer fill the file without a gap.
 *
 * LevelDB as classic-level opens it does not do this when reading: a flipped octet in a table would be given out, copied
 * under a new sum by the next compaction, or end the process in an assertion.
 */
import { maskedCrc32c } from './crc32c.ts';
import { readVarint, uncompressSnappy } from './snappy.ts';

const TRAILER_BYTES = 5; // Kind of compression and sum, behind each block.
const FOOTER_BYTES = 48;
const HANDLES_BYTES = 40;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
const SNAPPY = 1;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** What is wrong with it; empty when nothing is. */
export function tableProblem(file: Buffer): string {
  try {
    checkTable(file);
    return '';
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

function checkTable(file: Buffer): void {
  const footerAt = file.length - FOOTER_BYTES;
  if (footerAt < 0 || !file.subarray(footerAt + HANDLES_BYTES).equals(MAGIC))
    throw new RangeError('no footer');
  const handles = file.subarray(footerAt, footerAt + HANDLES_BYTES);
  const [metaIndex, indexAt] = readHandle(handles, 0);
  const [index, end] = readHandle(handles, indexAt);
  if (handles.subarray(end).some((octet) => octet !== 0)) throw new RangeError('footer');
  const blocks = entriesOf(blockAt(file, index)).map((value) => readHandle(value, 0)[0]);
  const filters = entriesOf(blockAt(file, metaIndex)).map((value) => readHandle(value, 0)[0]);
  let next = 0;
  for (const block of [...blocks, ...filters, metaIndex, index]) {
    if (block.offset !== next) throw new RangeError(`no block at ${next}`);
    checkSum(file, block);
    next = block.offset + block.size + TRAILER_BYTES;
  }
  if (next !== footerAt) throw new RangeError(`octets between ${next} and the footer`);
}

function readHandle(octets: Uint8Array, at: number): [Handle, number] {
  const [offset, sizeAt] = readVarint(octets, at);
  const [size, end] = readVarint(octets, sizeAt);
  return [{ offset, size }, end];
}

function checkSum(file: Buffer, { offset, size }: Handle): void {
  const end = offset + size;
  if (end + TRAILER_BYTES > file.length) throw new RangeError(`block at ${offset} beyond the file`);
  if (maskedCrc32c(file, offset, end + 1) !== file.readUInt32LE(end + 1)) {
    throw new RangeError(`block at ${offset} does not have its sum`);
  }
}

function blockAt(file: Buffer, handle: Handle): Uint8Array {
  checkSum(file, handle);
  const end = handle.offset + handle.size;
  const stored = file.subarray(handle.offset, end);
  return file[end] === SNAPPY ? uncompressSnappy(stored) : stored;
}

/** The values of a block; keys are shortened against the one before and of no use here. */
function entriesOf(block: Uint8Array): Uint8Array[] {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const restarts = view.getUint32(block.length - 4, true);
  const end = block.length - 4 * (restarts + 1);
  const values: Uint8Array[] = [];
  for (let at = 0; at < end; ) {
    const [, unsharedAt] = readVarint(block, at);
    const [unshared, lengthAt] = readVarint(block, unsharedAt);
    const [length, keyAt] = readVarint(block, lengthAt);
    at = keyAt + unshared + length;
    if (at > end) throw new RangeError('index entry');
    values.push(block.subarray(at - length, at));
  }
  return values;
}
