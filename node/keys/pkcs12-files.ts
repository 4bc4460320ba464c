/** Private keys in PKCS#12 files: one out of a file that comes in, one into a file that goes out. */
import type { KeyObject } from 'node:crypto';
import { Pkcs12Error } from '#node/crypto/pkcs12/pkcs12-error.ts';
import { readPkcs12 } from '#node/crypto/pkcs12/read-pkcs12.ts';
import { writePkcs12 } from '#node/crypto/pkcs12/write-pkcs12.ts';
import { KeysError } from './keys-error.ts';
import { checkedPrivateKey } from './make-key.ts';

interface KeyFromPkcs12 {
  readonly pkcs8: Buffer;
  readonly publicKey: Buffer;
  /** That of the key first, then all others of the file. */
  readonly certificates: Uint8Array[];
  /** How many keys the file holds. */
  readonly keyCount: number;
}

/** The key number `index` of a file. Errors: `wrong-password`, `malformed`. */
export function keyFromPkcs12(p12: Uint8Array, password: string, index: number): KeyFromPkcs12 {
  const { keys, certificates } = contentOf(p12, password);
  const found = keys[index];
  try {
    if (!found) throw new KeysError('malformed', `the file holds ${keys.length} keys`);
    const own = found.certificate === null ? [] : [found.certificate];
    return {
      ...checkedPrivateKey(found.pkcs8),
      certificates: [...own, ...certificates.filter((certificate) => certificate !== found.certificate)],
      keyCount: keys.length,
    };
  } finally {
    for (const { pkcs8 } of keys) pkcs8.fill(0);
  }
}

function contentOf(p12: Uint8Array, password: string): ReturnType<typeof readPkcs12> {
  try {
    return readPkcs12(p12, password);
  } catch (error) {
    if (!(error instanceof Pkcs12Error)) throw error;
    throw new KeysError(error.code === 'wrong-password' ? 'wrong-password' : 'malformed', error.message);
  }
}

export function keyToPkcs12(key: KeyObject, certificates: readonly Uint8Array[], password: string): Buffer {
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  const file = writePkcs12({ pkcs8, certificates, password, friendlyName: 'Sealgate' });
  pkcs8.fill(0);
  return file;
}
