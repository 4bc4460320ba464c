/**
 * The keys of the replicated log, and the values of the small ones (replication.md §3).
 *
 *   meta               {clusterId, gen, format, chain}    once in a generation
 *   head, floor        {seq, hash, gen}                   last event; event before the first one still in the quorum
 *   events/<16 digits> event value (event-value.ts)       contiguous above the floor, up to the head
 *   blob/<sha256>/<n>  pieces of a large body             before the event that names it
 *   ack/<node>         {seq, hash, gen, atMs}             durable on that gateway
 *   checkpoint/<16 digits>  {nodes: {<node>: signed head}}
 *   vault/…            replicated-vault.ts
 *
 * `events/`, `floor` and `head` stand side by side in the order of keys, so that one watch sees them all.
 */
import type { Head, Position } from '../event-log.ts';
import type { KeyRange } from '../key-value-quorum.ts';

export const META = 'meta';
export const HEAD = 'head';
export const FLOOR = 'floor';
export const EVENTS = 'events/';
export const ACKS = 'ack/';
export const CHECKPOINTS = 'checkpoint/';
export const BLOBS = 'blob/';

const POSITION_DIGITS = 16;

/** Events, floor and head. */
export const TAIL_RANGE: KeyRange = { key: EVENTS, end: `${HEAD}\0` };

export function eventKey(position: Position): string {
  return EVENTS + String(position).padStart(POSITION_DIGITS, '0');
}

export function checkpointKey(position: Position): string {
  return CHECKPOINTS + String(position).padStart(POSITION_DIGITS, '0');
}

export function ackKey(node: string): string {
  return ACKS + node;
}

/** Null for a key that is not one of a position. */
export function positionOf(key: string, prefix: string): Position | null {
  const digits = key.slice(prefix.length);
  return key.startsWith(prefix) && /^\d{16}$/.test(digits) ? BigInt(digits) : null;
}

export interface Meta {
  readonly clusterId: string;
  readonly generation: number;
}

export function encodeMeta({ clusterId, generation }: Meta): Uint8Array {
  return json({ clusterId, gen: generation, format: 1, chain: 'sha256' });
}

/** Null when it is not one, or of a format that this version does not know. */
export function decodeMeta(value: Uint8Array): Meta | null {
  const { clusterId, gen, format, chain } = parsed(value);
  if (format !== 1 || chain !== 'sha256' || typeof clusterId !== 'string' || !isCount(gen)) return null;
  return { clusterId, generation: gen };
}

export function encodeHead(head: Head): Uint8Array {
  return json(headFields(head));
}

export function decodeHead(value: Uint8Array): Head | null {
  const { seq, hash, gen } = parsed(value);
  if (!isCount(seq) || !isCount(gen) || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return null;
  return { position: BigInt(seq), hash: Buffer.from(hash, 'hex'), generation: gen };
}

/** How far a gateway's own log is on its disk; the time is that gateway's wall clock. */
export interface Ack extends Head {
  readonly atMs: number;
}

export function encodeAck(ack: Ack): Uint8Array {
  return json({ ...headFields(ack), atMs: ack.atMs });
}

export function decodeAck(value: Uint8Array): Ack | null {
  const head = decodeHead(value);
  const { atMs } = parsed(value);
  return head && isCount(atMs) ? { ...head, atMs } : null;
}

function headFields({ position, hash, generation }: Head): object {
  const seq = Number(position);
  if (!Number.isSafeInteger(seq)) throw new RangeError(`position ${position} has no exact number`);
  return { seq, hash: Buffer.from(hash).toString('hex'), gen: generation };
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** An object without fields for whatever is none. */
function parsed(value: Uint8Array): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
