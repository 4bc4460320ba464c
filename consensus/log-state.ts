/**
 * What must agree between the log and its head file: the head, a count of all writes, and digests of what lies beside
 * the events. One fixed record, the same octets in LevelDB and in the head file.
 *
 *   "SGLH" | u32 1 | u32 generation | u64 position | u64 writes | 32 hash | 32 vault | 32 checkpoints | 32 SHA-256
 */
import { HASH_BYTES, hashOf, NO_HASH } from './event-codec.ts';
import type { Head } from './event-log.ts';

export interface LogState extends Head {
  /** Counts every durable write, of events or beside them: a lost one shows although the head stands still. */
  readonly writes: bigint;
  /** XOR of the checks of all vault entries (side-entry.ts). */
  readonly vault: Uint8Array;
  /** XOR of the checks of all stored checkpoints. */
  readonly checkpoints: Uint8Array;
}

const MAGIC = Buffer.from('SGLH');
const FORMAT = 1;
const DIGESTS_AT = 28;
const CHECK_AT = DIGESTS_AT + 3 * HASH_BYTES;
export const STATE_BYTES = CHECK_AT + HASH_BYTES;

export const EMPTY_STATE: LogState = {
  position: 0n,
  hash: NO_HASH,
  generation: 1,
  writes: 0n,
  vault: NO_HASH,
  checkpoints: NO_HASH,
};

export function encodeState(state: LogState): Buffer {
  const out = Buffer.alloc(STATE_BYTES);
  MAGIC.copy(out);
  out.writeUInt32BE(FORMAT, 4);
  out.writeUInt32BE(state.generation, 8);
  out.writeBigUInt64BE(state.position, 12);
  out.writeBigUInt64BE(state.writes, 20);
  out.set(state.hash, DIGESTS_AT);
  out.set(state.vault, DIGESTS_AT + HASH_BYTES);
  out.set(state.checkpoints, DIGESTS_AT + 2 * HASH_BYTES);
  out.set(hashOf(out.subarray(0, CHECK_AT)), CHECK_AT);
  return out;
}

/** Null when it is not one, or was altered. */
export function decodeState(octets: Buffer): LogState | null {
  if (octets.length !== STATE_BYTES || !octets.subarray(0, 4).equals(MAGIC)) return null;
  if (octets.readUInt32BE(4) !== FORMAT) return null;
  if (!hashOf(octets.subarray(0, CHECK_AT)).equals(octets.subarray(CHECK_AT))) return null;
  const digest = (n: number): Buffer =>
    octets.subarray(DIGESTS_AT + n * HASH_BYTES, DIGESTS_AT + (n + 1) * HASH_BYTES);
  return {
    generation: octets.readUInt32BE(8),
    position: octets.readBigUInt64BE(12),
    writes: octets.readBigUInt64BE(20),
    hash: digest(0),
    vault: digest(1),
    checkpoints: digest(2),
  };
}

/** Adds an entry's check to a digest, or takes it out again. */
export function xorDigest(digest: Uint8Array, check: Uint8Array): Uint8Array {
  return digest.map((octet, i) => octet ^ check[i]!);
}
