/**
 * The cluster's own secrets that are no one's: the key that spooled mails are sealed to, and the key of the status MAC.
 *
 * Both lie in the vault under the cluster key, so every gateway opens what another one spooled and knows its marks.
 */
import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { boxPrivateKey, newBoxKey, openWithPrivateKey, rawPublicKey } from '#node/spool/sealed-box.ts';
import { KeysError } from './keys-error.ts';
import type { VaultKeys } from './vault-keys.ts';

const MAC_KEY_BYTES = 32;

export class ClusterSecrets {
  readonly #spoolKey: KeyObject;
  readonly #statusMacKey: Buffer;

  constructor(spoolKey: KeyObject, statusMacKey: Buffer) {
    this.#spoolKey = spoolKey;
    this.#statusMacKey = statusMacKey;
  }

  /** Opens the box in front of a sealed file. `malformed` when it is not sealed to this cluster. */
  openBox(box: Uint8Array): Buffer {
    try {
      return openWithPrivateKey(this.#spoolKey, box);
    } catch {
      throw new KeysError('malformed', 'the box is not sealed to the spool key of this cluster');
    }
  }

  statusMac(data: Uint8Array): Buffer {
    return createHmac('sha256', this.#statusMacKey).update(data).digest();
  }

  /** The raw public half, for `receive`. Written only when it differs, so that a reader never sees half of it. */
  publishSpoolKey(path: string): void {
    const raw = rawPublicKey(this.#spoolKey);
    if (contentOf(path)?.equals(raw)) return;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(`${path}.new`, 'w', 0o644);
    writeSync(fd, raw);
    fsyncSync(fd);
    closeSync(fd);
    renameSync(`${path}.new`, path);
  }
}

export async function loadClusterSecrets(vaultKeys: VaultKeys): Promise<ClusterSecrets> {
  const pkcs8 = await vaultKeys.secret('spool-key', () => newBoxKey().privateKey);
  const spoolKey = boxPrivateKey(pkcs8);
  pkcs8.fill(0);
  return new ClusterSecrets(
    spoolKey,
    await vaultKeys.secret('mac-key/status-header', () => randomBytes(MAC_KEY_BYTES)),
  );
}

function contentOf(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
