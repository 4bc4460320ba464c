/**
 * The canonical octets of an event: what is hashed, signed and stored. A storage format, never changed; a new one gets
 * a new first octet.
 *
 *   canonical  u8 1 | u64 position | u32 generation | u64 version | u64 atMs | u32 schema
 *              | str id | str stream | str kind | str actor | str node | str reason | 32 prev | u32 length | payload
 *   record     canonical | 32 hash = SHA-256(canonical) | 64 signature = Ed25519(hash)
 *
 * Big endian; `str` is u32 length and UTF-8.
 */
import { hash as digestOf } from 'node:crypto';
import { LogError, type Position, type StoredEvent } from './event-log.ts';

export const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;
const SEAL_BYTES = HASH_BYTES + SIGNATURE_BYTES;
const FORMAT = 1;
const FIXED_BYTES = 1 + 8 + 4 + 8 + 8 + 4;
const POSITION_AT = 1;

/** Hash before the first event. */
export const NO_HASH: Uint8Array = new Uint8Array(HASH_BYTES);

/** An event that has its place but not yet its hash. */
export type PlacedEvent = Omit<StoredEvent, 'hash' | 'signature'>;

export function encodeCanonical(event: PlacedEvent): Buffer {
  const texts = [event.id, event.stream, event.kind, event.actor, event.node, event.reason].map((text) =>
    Buffer.from(text, 'utf8'),
  );
  const textBytes = texts.reduce((sum, text) => sum + 4 + text.length, 0);
  const out = Buffer.allocUnsafe(FIXED_BYTES + textBytes + HASH_BYTES + 4 + event.payload.length);
  let at = out.writeUInt8(FORMAT, 0);
  at = out.writeBigUInt64BE(event.position, at);
  at = out.writeUInt32BE(event.generation, at);
  at = out.writeBigUInt64BE(BigInt(event.version), at);
  at = out.writeBigUInt64BE(BigInt(event.atMs), at);
  at = out.writeUInt32BE(event.schema, at);
  for (const text of texts) {
    at = out.writeUInt32BE(text.length, at);
    at += text.copy(out, at);
  }
  out.set(event.prev, at);
  at = out.writeUInt32BE(event.payload.length, at + HASH_BYTES);
  out.set(event.payload, at);
  return out;
}

export function hashOf(canonical: Uint8Array): Buffer {
  return digestOf('sha256', canonical, 'buffer');
}

export function recordOf(canonical: Buffer, hash: Uint8Array, signature: Uint8Array): Buffer {
  return Buffer.concat([canonical, hash, signature]);
}

/** Plain octets: a Buffer for each costs twice as much, and a replay makes four of them an event. */
const view = (record: Buffer, from: number, to: number): Uint8Array =>
  new Uint8Array(record.buffer, record.byteOffset + from, to - from);

/**
 * Reads a record without judging it. Throws RangeError when its lengths do not fit together. `prev`: the octets that it
 * probably follows; when it does, it has these very octets.
 */
export function decodeRecord(record: Buffer, prev: Uint8Array | null = null): StoredEvent {
  const end = record.length - SEAL_BYTES;
  if (end < FIXED_BYTES || record[0] !== FORMAT) throw new RangeError('not an event record');
  let at = FIXED_BYTES;
  const text = (): string => {
    const from = at + 4;
    at = from + record.readUInt32BE(at);
    if (at > end) throw new RangeError('event record: text beyond its end');
    return record.toString('utf8', from, at);
  };
  const id = text();
  const stream = text();
  const kind = text();
  const actor = text();
  const node = text();
  const reason = text();
  const payloadAt = at + HASH_BYTES + 4;
  if (payloadAt > end || record.readUInt32BE(payloadAt - 4) !== end - payloadAt) {
    throw new RangeError('event record: payload length');
  }
  return {
    id,
    stream,
    kind,
    schema: record.readUInt32BE(29),
    atMs: readSafe(record, 21),
    actor,
    reason,
    payload: view(record, payloadAt, end),
    position: record.readBigUInt64BE(POSITION_AT),
    generation: record.readUInt32BE(9),
    version: readSafe(record, 13),
    node,
    prev: prev !== null && standsAt(record, at, prev) ? prev : view(record, at, at + HASH_BYTES),
    hash: record.subarray(end, end + HASH_BYTES), // As the writer has it: it becomes the head's.
    signature: view(record, end + HASH_BYTES, record.length),
  };
}

/** Is this hash there? */
function standsAt(record: Buffer, at: number, hash: Uint8Array): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (record[at + i] !== hash[i]) return false;
  return true;
}

/** A u64 that was a safe integer when it was written. */
function readSafe(record: Buffer, at: number): number {
  return record.readUInt32BE(at) * 0x1_0000_0000 + record.readUInt32BE(at + 4);
}

/**
 * Reads a record that must stand at `position` and follow `prev` (null: not known here). Throws `log-damaged` when its
 * hash, its place or its link is wrong, so that nothing altered is ever served.
 */
export function checkedEvent(record: Buffer, position: Position, prev: Uint8Array | null): StoredEvent {
  const end = record.length - SEAL_BYTES;
  if (end < FIXED_BYTES) throw damaged(position, 'is too short');
  // As text: a hash in a Buffer of its own costs twice as much, and a replay does this a million times.
  const hash = digestOf('sha256', view(record, 0, end), 'binary');
  if (hash !== record.toString('latin1', end, end + HASH_BYTES)) {
    throw damaged(position, 'does not have its hash');
  }
  let event: StoredEvent;
  try {
    event = decodeRecord(record, prev);
  } catch (error) {
    throw damaged(position, (error as Error).message);
  }
  if (event.position !== position)
    throw damaged(position, `is missing, ${event.position} stands in its place`);
  if (prev !== null && event.prev !== prev) {
    throw damaged(position, 'does not follow the event before it');
  }
  return event;
}

export function damaged(position: Position, what: string): LogError {
  return new LogError('log-damaged', `event ${position} ${what}`, position);
}
