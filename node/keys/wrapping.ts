/**
 * Wrapping of vault values: AES-256-GCM under the cluster key, bound to the value's name in the vault.
 *
 * Layout: version (1) | nonce (12) | ciphertext | tag (16). The name is additional data, so a value that someone moved
 * to another name (one person's data key put in another's place) does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KeysError } from './keys-error.ts';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function wrap(clusterKey: Uint8Array, name: string, secret: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES); // Random: far fewer than 2^32 values are ever wrapped under one cluster key.
  const cipher = createCipheriv('aes-256-gcm', clusterKey, nonce).setAAD(Buffer.from(name));
  return Buffer.concat([
    Buffer.from([VERSION]),
    nonce,
    cipher.update(secret),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** Throws `unavailable` when the value is not what was wrapped under this name. */
export function unwrap(clusterKey: Uint8Array, name: string, wrapped: Uint8Array): Buffer {
  try {
    if (wrapped[0] !== VERSION) throw new Error(`format ${wrapped[0]}`);
    const tagAt = wrapped.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', clusterKey, wrapped.subarray(1, 1 + NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(name)).setAuthTag(wrapped.subarray(tagAt));
    return Buffer.concat([decipher.update(wrapped.subarray(1 + NONCE_BYTES, tagAt)), decipher.final()]);
  } catch {
    throw new KeysError('unavailable', `vault value ${name} cannot be unwrapped with this cluster key`);
  }
}
