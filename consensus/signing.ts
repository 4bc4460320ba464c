/**
 * Who signs events and whose signatures are known. Ed25519 (RFC 8032) over the event's hash.
 *
 * The key itself is given by the process that holds it; `consensus/` keeps no key.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import type { Position, StoredEvent } from './event-log.ts';

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex'); // RFC 8410 §4: SubjectPublicKeyInfo of Ed25519

/** One gateway's signing half. */
export interface Signer {
  readonly node: string;
  sign(message: Uint8Array): Uint8Array;
}

/**
 * Public keys of the gateways whose events this log may hold; null for a gateway that is not known, or that may not
 * write at `position`. Without a position: of any gateway that ever was one.
 */
export type KeyRing = (node: string, position?: Position) => KeyObject | null;

export function signerOf(node: string, privateKey: KeyObject): Signer {
  return { node, sign: (message) => sign(null, message, privateKey) };
}

export function ed25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
}

/** The raw 32 octets of an Ed25519 key's public half. */
export function rawEd25519(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}

/** In the thread pool: a scrub verifies many and must leave the loop free. */
const verifyInPool = promisify<null, Uint8Array, KeyObject, Uint8Array, boolean>(verify);

export async function signatureHolds(event: StoredEvent, keys: KeyRing): Promise<boolean> {
  const key = keys(event.node, event.position);
  return key !== null && (await verifyInPool(null, event.hash, key, event.signature));
}

export function messageSignatureHolds(
  node: string,
  message: Uint8Array,
  signature: Uint8Array,
  keys: KeyRing,
): boolean {
  const key = keys(node);
  return key !== null && verify(null, message, key, signature);
}
