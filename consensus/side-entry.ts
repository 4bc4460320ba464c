/**
 * Entries beside the events: the vault and the stored checkpoints. Mutable or removable, so no chain holds them; each
 * carries its own check, and the XOR of all checks of a space stands in the log's state.
 *
 *   stored value = SHA-256(u32 key length | key | value) | value
 */
import { HASH_BYTES, hashOf } from './event-codec.ts';
import { LogError } from './event-log.ts';

export type SideSpace = 'vault' | 'checkpoints';

/** `value` null removes the entry. */
export interface SideChange {
  readonly space: SideSpace;
  readonly key: Buffer;
  readonly value: Uint8Array | null;
}

export function sideEntry(key: Buffer, value: Uint8Array): Buffer {
  return Buffer.concat([checkOf(key, value), value]);
}

/** The check in front of a stored value, whether it holds or not. */
export function storedCheck(stored: Buffer): Buffer {
  return stored.subarray(0, HASH_BYTES);
}

/** The value of a stored entry. Throws `log-damaged` when it was altered. */
export function sideValue(key: Buffer, stored: Buffer): Buffer {
  const value = stored.subarray(HASH_BYTES);
  if (stored.length < HASH_BYTES || !checkOf(key, value).equals(storedCheck(stored))) {
    throw new LogError('log-damaged', 'an entry beside the log was altered on disk');
  }
  return value;
}

function checkOf(key: Buffer, value: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(key.length);
  return hashOf(Buffer.concat([length, key, value]));
}
