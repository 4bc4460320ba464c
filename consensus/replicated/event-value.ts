/**
 * An event as the quorum holds it: its record, or a short form when reason and payload are large, which then lie in a
 * blob beside it. What comes back is the record itself, octet by octet, or nothing.
 *
 *   u8 1 | record
 *   u8 2 | 32 SHA-256 of the body | u32 body length | record with empty reason and payload, real hash and signature
 *   body   u32 | event id | u32 | reason | u32 | payload
 *
 * The body names the event, so a blob belongs to one event and goes when that one is trimmed.
 */
import { hash as digestOf } from 'node:crypto';
import { decodeRecord, encodeCanonical, recordOf } from '../event-codec.ts';
import type { SealedEvent } from '../event-group.ts';
import type { StoredEvent } from '../event-log.ts';
import type { Operation } from '../key-value-quorum.ts';
import { BLOBS } from './quorum-keys.ts';

/** Bodies above go to a blob: 100 events must fit one transaction of 1 MiB, most are below a kilobyte. */
export const INLINE_BODY_BYTES_MAX = 64 * 1024;
/** Applied to a group that would be too large otherwise: then only its short forms count. */
export const CROWDED_BODY_BYTES_MAX = 2 * 1024;
const PIECE_BYTES = 512 * 1024;
const BODY_BYTES_MAX = 2 * 1024 * 1024; // Payload and reason at their largest, with room.
const WHOLE = 1;
const SHORT = 2;
const DIGEST_BYTES = 32;
const SHORT_BYTES = 1 + DIGEST_BYTES + 4;

/** Where the body of a short form is. */
export interface BlobName {
  readonly sha256: string;
  readonly bytes: number;
}

export function bodyBytes(event: StoredEvent): number {
  return event.payload.length + Buffer.byteLength(event.reason);
}

export function wholeValue(sealed: SealedEvent): Uint8Array {
  return Buffer.concat([Buffer.of(WHOLE), sealed.record]);
}

export function shortValue({ event }: SealedEvent, body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(SHORT_BYTES);
  head[0] = SHORT;
  head.set(digestOf('sha256', body, 'buffer'), 1);
  head.writeUInt32BE(body.length, 1 + DIGEST_BYTES);
  const bare = encodeCanonical({ ...event, reason: '', payload: new Uint8Array() });
  return Buffer.concat([head, recordOf(bare, event.hash, event.signature)]);
}

export function bodyOf({ id, reason, payload }: Pick<StoredEvent, 'id' | 'reason' | 'payload'>): Buffer {
  return Buffer.concat(
    [Buffer.from(id), Buffer.from(reason), payload].flatMap((part) => [u32(part.length), part]),
  );
}

/** Pieces of a body, the first one last: when that is there, all are. */
export function blobPuts(body: Uint8Array): Extract<Operation, { type: 'put' }>[] {
  const sha256 = digestOf('sha256', body);
  const puts: Extract<Operation, { type: 'put' }>[] = [];
  for (let n = Math.ceil(body.length / PIECE_BYTES) - 1; n >= 0; n--) {
    const value = body.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES);
    puts.push({ type: 'put', key: pieceKey({ sha256 }, n), value });
  }
  return puts;
}

export function pieceKey({ sha256 }: Pick<BlobName, 'sha256'>, piece: number): string {
  return `${BLOBS}${sha256}/${piece}`;
}

/** Keys of all pieces, in order. */
export function pieceKeys(blob: BlobName): string[] {
  return Array.from({ length: Math.ceil(blob.bytes / PIECE_BYTES) }, (_, n) => pieceKey(blob, n));
}

/** The blob that a value needs; null when it needs none, or is none of ours. */
export function blobOf(value: Uint8Array): BlobName | null {
  if (value[0] !== SHORT || value.length <= SHORT_BYTES) return null;
  const octets = Buffer.from(value.buffer, value.byteOffset, value.length);
  const bytes = octets.readUInt32BE(1 + DIGEST_BYTES);
  if (bytes === 0 || bytes > BODY_BYTES_MAX) return null;
  return { sha256: octets.toString('hex', 1, 1 + DIGEST_BYTES), bytes };
}

/** The record of an event's value; `body` of its blob, when it needs one. Null when they do not fit together. */
export function recordOfValue(value: Uint8Array, body: Buffer | null): Buffer | null {
  const octets = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (octets[0] === WHOLE) return octets.subarray(1);
  const blob = blobOf(value);
  if (!blob || !body || digestOf('sha256', body) !== blob.sha256) return null;
  try {
    const event = decodeRecord(octets.subarray(SHORT_BYTES));
    const [id, reason, payload] = partsOf(body);
    if (id.toString('utf8') !== event.id) return null;
    const canonical = encodeCanonical({ ...event, reason: reason.toString('utf8'), payload });
    return recordOf(canonical, event.hash, event.signature);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The hash that a value says its event has; unverified. Null when it is too short to have one. */
export function hashOfValue(value: Uint8Array): Uint8Array | null {
  const sealBytes = DIGEST_BYTES + 64;
  return value.length <= sealBytes ? null : value.subarray(-sealBytes, -64);
}

function partsOf(body: Buffer): [Buffer, Buffer, Buffer] {
  const parts: Buffer[] = [];
  for (let at = 0; parts.length < 3; ) {
    const from = at + 4;
    at = from + body.readUInt32BE(at);
    if (at > body.length) throw new RangeError('a body that is cut off');
    parts.push(body.subarray(from, at));
  }
  return parts as [Buffer, Buffer, Buffer];
}

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}
