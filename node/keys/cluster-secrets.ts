/**
 * The cluster's own secrets that are no one's: the key that spooled mails are sealed to, and the key of the status MAC.
 *
 * Both lie in the vault under the cluster key, so every gateway opens what another one spooled and knows its marks. A
 * removed gateway knows them, so another series is begun then: the newest one seals and marks, the older ones still open
 * what was sealed to them.
 */
import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { boxPrivateKey, newBoxKey, openWithPrivateKey, rawPublicKey } from '#node/spool/sealed-box.ts';
import { KeysError } from './keys-error.ts';
import type { VaultKeys } from './vault-keys.ts';

const MAC_KEY_BYTES = 32;
const FIRST_SERIES = 0;
const SPOOL = 'spool-key';
const MAC = 'mac-key/status-header';

export class ClusterSecrets {
  readonly #vaultKeys: VaultKeys;
  /** Of each series, raw. */
  readonly #spoolKeys = new Map<number, KeyObject>();
  #macSeries = -1;
  #macKey: Buffer = Buffer.alloc(0);

  private constructor(vaultKeys: VaultKeys) {
    this.#vaultKeys = vaultKeys;
  }

  /** Makes those of the first series where there are none yet. */
  static async load(vaultKeys: VaultKeys): Promise<ClusterSecrets> {
    const secrets = new ClusterSecrets(vaultKeys);
    await secrets.begin(FIRST_SERIES);
    await secrets.refresh(FIRST_SERIES);
    return secrets;
  }

  /** Begins a series; one that was begun already, here or on another gateway, stays as it is. */
  async begin(series: number): Promise<void> {
    const pkcs8 = await this.#vaultKeys.secret(named(SPOOL, series), () => newBoxKey().privateKey);
    pkcs8.fill(0);
    const mac = await this.#vaultKeys.secret(named(MAC, series), () => randomBytes(MAC_KEY_BYTES));
    mac.fill(0);
  }

  /** Reads what other gateways have begun; `series`: one that must be there, though it may not have been told here yet. */
  async refresh(series: number): Promise<void> {
    const spool = new Set([...(await this.#vaultKeys.series(SPOOL)), FIRST_SERIES, series]);
    for (const one of spool) {
      if (this.#spoolKeys.has(one)) continue;
      const pkcs8 = await this.#vaultKeys.existing(named(SPOOL, one));
      if (!pkcs8) continue;
      this.#spoolKeys.set(one, boxPrivateKey(pkcs8));
      pkcs8.fill(0);
    }
    const macs = [...(await this.#vaultKeys.series(MAC)), FIRST_SERIES, series];
    for (const one of macs.sort((a, b) => b - a)) {
      if (one <= this.#macSeries) return;
      const key = await this.#vaultKeys.existing(named(MAC, one));
      if (!key) continue;
      this.#macSeries = one;
      this.#macKey = key;
    }
  }

  /** Opens the box in front of a sealed file. `malformed` when it is not sealed to this cluster. */
  async openBox(box: Uint8Array): Promise<Buffer> {
    const opened = this.#tryAll(box);
    if (opened) return opened;
    await this.refresh(this.#newest()); // Sealed by a gateway that has heard of a new series before this one.
    const again = this.#tryAll(box);
    if (!again) throw new KeysError('malformed', 'the box is not sealed to a spool key of this cluster');
    return again;
  }

  statusMac(data: Uint8Array): Buffer {
    return createHmac('sha256', this.#macKey).update(data).digest();
  }

  /** The raw public half, for `receive`. Written only when it differs, so that a reader never sees half of it. */
  publishSpoolKey(path: string): void {
    const raw = rawPublicKey(this.#spoolKeys.get(this.#newest())!);
    if (contentOf(path)?.equals(raw)) return;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(`${path}.new`, 'w', 0o644);
    writeSync(fd, raw);
    fsyncSync(fd);
    closeSync(fd);
    renameSync(`${path}.new`, path);
  }

  #newest(): number {
    return Math.max(...this.#spoolKeys.keys());
  }

  #tryAll(box: Uint8Array): Buffer | null {
    for (const series of [...this.#spoolKeys.keys()].sort((a, b) => b - a)) {
      try {
        return openWithPrivateKey(this.#spoolKeys.get(series)!, box);
      } catch {
        // Sealed to another series, or to none.
      }
    }
    return null;
  }
}

/** The first series has no number in its name. */
const named = (name: string, series: number): string =>
  series === FIRST_SERIES ? name : `${name}/${series}`;

function contentOf(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
