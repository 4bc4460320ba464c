/**
 * A sealed secret as an event carries it: the JSON form of the `keys` process's SealedSecret.
 *
 * Ciphertext under the data key of `subject`; erasing that data key erases the secret (architecture.md).
 */
import { type Base64Url, fromBase64Url, toBase64Url } from '../canonical-json.ts';

export interface RecordedSecret {
  readonly v: 1;
  readonly subject: string;
  readonly nonce: Base64Url;
  readonly ciphertext: Base64Url;
}

interface SealedOctets {
  readonly v: 1;
  readonly subject: string;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export function recordSecret(secret: SealedOctets): RecordedSecret {
  const { v, subject, nonce, ciphertext } = secret;
  return { v, subject, nonce: toBase64Url(nonce), ciphertext: toBase64Url(ciphertext) };
}

export function secretOfRecord(record: RecordedSecret): SealedOctets {
  const { v, subject, nonce, ciphertext } = record;
  return { v, subject, nonce: fromBase64Url(nonce), ciphertext: fromBase64Url(ciphertext) };
}
