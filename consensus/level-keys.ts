/**
 * Keys of the log's LevelDB: one octet for the space, then the name, so that a range is a space.
 *
 *   e <u64 position>                                 → event record
 *   s <u32 length> <stream> <u64 version>            → u64 position
 *   i <event id>                                     → u64 position
 *   m head, m meta                                   → log state; cluster and format
 *   v <name>, c <u64 position>                       → side entries: vault, checkpoints
 */
import type { Position } from './event-log.ts';
import type { SideSpace } from './side-entry.ts';

const EVENT = 0x65;
const STREAM = 0x73;
const ID = 0x69;
const SIDE: Readonly<Record<SideSpace, number>> = { vault: 0x76, checkpoints: 0x63 };

export const HEAD_KEY = Buffer.from('mhead');
export const META_KEY = Buffer.from('mmeta');

export function eventKey(position: Position): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = EVENT;
  key.writeBigUInt64BE(position, 1);
  return key;
}

export function positionOfEventKey(key: Buffer): Position {
  return key.readBigUInt64BE(1);
}

export function streamKey(stream: string, version: number): Buffer {
  const name = Buffer.from(stream, 'utf8');
  const key = Buffer.allocUnsafe(5 + name.length + 8);
  key[0] = STREAM;
  key.writeUInt32BE(name.length, 1);
  name.copy(key, 5);
  key.writeBigUInt64BE(BigInt(version), 5 + name.length);
  return key;
}

export function versionOfStreamKey(key: Buffer): number {
  return Number(key.readBigUInt64BE(key.length - 8));
}

export function idKey(id: string): Buffer {
  return Buffer.concat([Buffer.of(ID), Buffer.from(id, 'utf8')]);
}

export function positionValue(position: Position): Buffer {
  const value = Buffer.allocUnsafe(8);
  value.writeBigUInt64BE(position);
  return value;
}

/** Null when the value is not a position. */
export function readPosition(value: Buffer): Position | null {
  return value.length === 8 ? value.readBigUInt64BE() : null;
}

export function vaultKey(name: string): Buffer {
  return Buffer.concat([Buffer.of(SIDE.vault), Buffer.from(name, 'utf8')]);
}

export function checkpointKey(position: Position): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = SIDE.checkpoints;
  key.writeBigUInt64BE(position, 1);
  return key;
}

/** All keys of a side space. */
export function sideRange(space: SideSpace): { gte: Buffer; lt: Buffer } {
  return { gte: Buffer.of(SIDE[space]), lt: Buffer.of(SIDE[space] + 1) };
}
