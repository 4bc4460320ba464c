/**
 * Parsed public keys, the most used ones kept: the library verifies a key's own signatures once per parsed object.
 *
 * What is too large or carries too many signatures is refused before the library sees it (threat 28).
 */
import { createHash } from 'node:crypto';
import { type Key, readKey } from 'openpgp';
import { OpenPgpError } from './openpgp-error.ts';
import { packetsOf, TAG } from './packets.ts';

export const KEY_BYTES_MAX = 1024 * 1024; // A key of a well-known person with a thousand certifications has about 500 KiB.
export const KEY_SIGNATURES_MAX = 2_000; // About 0.3 ms each to check: below a second.
const KEPT_MAX = 500;

/** A partner's clock may be ahead by so much: a key made just now is no key of the future. */
export const CLOCK_SKEW_MS = 10 * 60_000;

/** When a key is judged. Keys end CLOCK_SKEW_MS early by it. */
export const judgedAt = (atMs: number): Date => new Date(atMs + CLOCK_SKEW_MS);

const kept = new Map<string, Promise<Key>>();

/** `publicKey`: one binary transferable public key. Throws `malformed` or `too-large`. */
export async function parsedKey(publicKey: Uint8Array): Promise<Key> {
  const id = createHash('sha256').update(publicKey).digest('base64');
  const known = kept.get(id);
  const key = known ?? parse(publicKey);
  kept.delete(id);
  kept.set(id, key); // Last in the order again.
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_MAX) break;
    kept.delete(oldest);
  }
  try {
    return await key;
  } catch (error) {
    kept.delete(id);
    throw error;
  }
}

async function parse(publicKey: Uint8Array): Promise<Key> {
  refuseFlooded(publicKey);
  try {
    // The library keeps views into what it was given.
    return await readKey({ binaryKey: Uint8Array.from(publicKey) });
  } catch (error) {
    throw new OpenPgpError('malformed', `not an OpenPGP key: ${(error as Error).message}`);
  }
}

function refuseFlooded(publicKey: Uint8Array): void {
  if (publicKey.length > KEY_BYTES_MAX) {
    throw new OpenPgpError('too-large', `a key of ${publicKey.length} octets`);
  }
  let signatures = 0;
  for (const { tag } of packetsOf(publicKey)) if (tag === TAG.signature) signatures += 1;
  if (signatures > KEY_SIGNATURES_MAX) {
    throw new OpenPgpError('too-large', `a key with ${signatures} signatures`);
  }
}
