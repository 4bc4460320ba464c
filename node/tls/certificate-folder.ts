/**
 * A TLS server's key and the certificate that our own authority issues for it, in a folder of the process that serves.
 *
 * The process makes the key and never gives it away: `key.pem`, with the public part beside it in `public.pem` as the
 * request. `protect` answers it with `certificate.pem` (node/ca/server-certificates.ts) and takes `public.pem` away when
 * a new key is wanted: before the end of the certificate, or when it was revoked. A certificate that does not fit the
 * key is none.
 */
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '#node/log.ts';
import { readIfThere } from '#node/read-if-there.ts';

const LOOK_MS = 500; // At the first start the certificate is there a moment after the authority; later it never hurries.

export const keyPath = (folder: string): string => join(folder, 'key.pem');
export const publicKeyPath = (folder: string): string => join(folder, 'public.pem');
/** The server's certificate first, then its issuers without the root. */
export const certificatePath = (folder: string): string => join(folder, 'certificate.pem');

/** PEM. */
export interface ServerCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Written as a whole. */
export function writeWhole(path: string, content: string, mode: number): void {
  writeFileSync(`${path}.tmp`, content, { mode });
  renameSync(`${path}.tmp`, path);
}

/** P-256: every TLS 1.2 implementation has it, and a key is made in no time. */
function makeKey(folder: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeWhole(keyPath(folder), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  // Last: whoever finds it finds the key that it belongs to.
  writeWhole(publicKeyPath(folder), publicKey.export({ type: 'spki', format: 'pem' }).toString(), 0o644);
}

function certificateOf(folder: string): ServerCertificate | null {
  const [cert, key] = [readIfThere(certificatePath(folder)), readIfThere(keyPath(folder))];
  if (!cert || !key) return null;
  return new X509Certificate(cert).publicKey.equals(createPublicKey(key)) ? { cert, key } : null;
}

/**
 * Keeps a key in the folder and tells every certificate that comes for it, the one that is there already included.
 * Gives the function that stops it. Errors of the disk are logged and tried again.
 */
export function followCertificate(
  folder: string,
  log: Log,
  on: (certificate: ServerCertificate) => void,
): () => void {
  if (!process.permission) mkdirSync(folder, { recursive: true, mode: 0o700 });
  let told: Buffer | null = null;
  const look = (): void => {
    try {
      if (readIfThere(publicKeyPath(folder)) === null) makeKey(folder);
      const found = certificateOf(folder);
      if (!found || told?.equals(found.cert)) return;
      told = found.cert;
      on(found);
    } catch (error) {
      log.error({ error: (error as Error).message }, 'own TLS certificate not read');
    }
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}
