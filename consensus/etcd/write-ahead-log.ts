/**
 * The end of an etcd member's write-ahead log: how far it counts as committed, and the record that makes it so to its last
 * entry. A member that dies learns a moment late, or never, that its last entries were committed; alone by force, it drops
 * those. On a copy that is only read they are kept: what they hold is judged elsewhere.
 *
 *   segment  {frame}*, then zeros          frame   u64 LE, its low 56 bits: length; its top octet: 0x80 | padding | record | 0…
 *   record   1 type, 2 crc, 3 data         crc     CRC-32C over the data of all records so far, from segment to segment
 *
 * See: etcd server/storage/wal (doc.go, walpb/record.proto), raftpb HardState and Entry; the same from 3.0 to 3.6.
 */
import { crc32c } from '../leveldb/crc32c.ts';
import { chosenInteger, encode, FieldReader, octets, ProtobufError } from './protobuf.ts';

const FRAME_BYTES = 8;
const LENGTH_MASK = (1n << 56n) - 1n;
const ENTRY = 2n;
const STATE = 3n;
const CRC = 4n;

/** raftpb.HardState. */
interface State {
  readonly term: bigint;
  readonly vote: bigint;
  readonly commit: bigint;
}

export interface CommitOfAll {
  /** Where to write, the rest of the segment cut off. */
  readonly offset: number;
  readonly octets: Uint8Array;
  /** Entries that were not known to be committed. */
  readonly entries: bigint;
}

/** `segment`: the newest one, whole. Null when all its entries are committed, or it cannot be read as one. */
export function commitOfAll(segment: Buffer): CommitOfAll | null {
  let state: State | null = null;
  let last = 0n;
  let offset = 0;
  let sum = 0;
  for (const { end, type, crc, data } of recordsOf(segment)) {
    if (type === CRC) sum = crc;
    else {
      const next = crc32c(data, 0, data.length, sum);
      if (next !== crc) break; // Torn: etcd cuts it off, too.
      sum = next;
      if (type === STATE) state = stateOf(data);
      else if (type === ENTRY) last = indexOf(data); // One that is written again takes those behind it away.
    }
    offset = end;
  }
  if (!state || last <= state.commit) return null;
  const { term, vote } = state;
  const data = encode([chosenInteger(1, term), chosenInteger(2, vote), chosenInteger(3, last)]);
  const record = encode([
    chosenInteger(1, STATE),
    chosenInteger(2, crc32c(data, 0, data.length, sum)),
    octets(3, data),
  ]);
  return { offset, octets: framed(record), entries: last - state.commit };
}

interface WalRecord {
  /** Offset behind it. */
  readonly end: number;
  readonly type: bigint;
  readonly crc: number;
  readonly data: Uint8Array;
}

/** As far as they are whole. */
function* recordsOf(segment: Buffer): Generator<WalRecord> {
  for (let at = 0; at + FRAME_BYTES <= segment.length; ) {
    const frame = segment.readBigUInt64LE(at);
    const padding = Number((frame >> 56n) & 0x7n);
    const from = at + FRAME_BYTES;
    const to = from + Number(frame & LENGTH_MASK);
    at = to + padding;
    if (to === from || at > segment.length) return;
    let type = 0n;
    let crc = 0;
    let data: Uint8Array = new Uint8Array();
    try {
      const reader = new FieldReader(segment.subarray(from, to));
      while (reader.next()) {
        if (reader.number === 1) type = reader.integer();
        else if (reader.number === 2) crc = Number(reader.unsigned());
        else if (reader.number === 3) data = reader.octets();
      }
    } catch (error) {
      if (error instanceof ProtobufError) return;
      throw error;
    }
    yield { end: at, type, crc, data };
  }
}

function stateOf(data: Uint8Array): State {
  const values = [0n, 0n, 0n, 0n];
  const reader = new FieldReader(data);
  while (reader.next()) if (reader.number <= 3) values[reader.number] = reader.unsigned();
  const [, term = 0n, vote = 0n, commit = 0n] = values;
  return { term, vote, commit };
}

function indexOf(entry: Uint8Array): bigint {
  const reader = new FieldReader(entry);
  while (reader.next()) if (reader.number === 3) return reader.unsigned();
  return 0n;
}

function framed(record: Uint8Array): Buffer {
  const padding = (FRAME_BYTES - (record.length % FRAME_BYTES)) % FRAME_BYTES;
  const out = Buffer.alloc(FRAME_BYTES + record.length + padding);
  const mark = padding === 0 ? 0n : BigInt(0x80 | padding) << 56n;
  out.writeBigUInt64LE(BigInt(record.length) | mark, 0);
  out.set(record, FRAME_BYTES);
  return out;
}
