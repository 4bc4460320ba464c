/**
 * An RSA operation with a padding, at the price of the operation.
 *
 * Given `{ key, padding }`, Node 24 finds out by two native exceptions that this is no key object; after a private key
 * operation, with cold caches, they take longer than an RSA-3072 encryption itself (130 of 210 µs). It reads `padding`
 * from whatever object it was given, so the key object carries it for the moment of the call.
 */
import type { KeyObject } from 'node:crypto';

export function withPadding<T>(key: KeyObject, padding: number, operate: (key: KeyObject) => T): T {
  try {
    return operate(Object.assign(key, { padding }));
  } finally {
    Object.assign(key, { padding: undefined });
  }
}
