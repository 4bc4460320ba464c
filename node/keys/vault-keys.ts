/**
 * The keys that lie in the vault under the cluster key: the data key of each subject, the cluster's own keys (spool,
 * status header), and the private keys of its own authorities.
 *
 * Names in the vault: `data-key/<subject>`, `spool-key[/<series>]`, `mac-key/<purpose>[/<series>]`,
 * `node-ca/<authority>-<series>`, `token-key/<purpose>`, `order-key`.
 * Deleting `data-key/<subject>` erases the subject: no copy of a data key is kept here (architecture.md, Secrets, 2).
 */
import { randomBytes } from 'node:crypto';
import type { VaultPort } from '#node/ledger/port.ts';
import type { ClusterKey } from './cluster-key.ts';
import { KeysError } from './keys-error.ts';

const KEY_BYTES = 32;

type VaultOfKeys = Pick<VaultPort, 'get' | 'put' | 'names'>;

export class VaultKeys {
  readonly #vault: VaultOfKeys;
  readonly #clusterKey: ClusterKey;

  constructor(vault: VaultOfKeys, clusterKey: ClusterKey) {
    this.#vault = vault;
    this.#clusterKey = clusterKey;
  }

  /** The data key of a subject, made at its first secret. The caller zeroes it after use. */
  dataKeyFor(subject: string): Promise<Buffer> {
    return this.secret(`data-key/${subject}`, () => randomBytes(KEY_BYTES));
  }

  /** The data key of a subject that has secrets. `no-such-key` when the subject was erased. */
  async existingDataKey(subject: string): Promise<Buffer> {
    const name = `data-key/${subject}`;
    const wrapped = await this.#vault.get(name);
    if (!wrapped) throw new KeysError('no-such-key', 'the subject of this key was erased');
    return this.#clusterKey.unwrap(name, wrapped);
  }

  /** Null when there is none under this name. */
  async existing(name: string): Promise<Buffer | null> {
    const wrapped = await this.#vault.get(name);
    return wrapped && this.#clusterKey.unwrap(name, wrapped);
  }

  /** Numbers of the series of a secret, `<name>/<number>`, as far as they have come to this gateway. */
  async series(name: string): Promise<number[]> {
    const names = await this.#vault.names(`${name}/`);
    return names
      .map((one) => Number(one.slice(name.length + 1)))
      .filter((n) => Number.isSafeInteger(n) && n > 0);
  }

  /** A secret of the cluster under `name`; the one that `make` yields is kept when there is none yet. */
  async secret(name: string, make: () => Buffer): Promise<Buffer> {
    let wrapped = await this.#vault.get(name);
    if (!wrapped) {
      // What is wrapped from now on must be closed to a gateway that was removed meanwhile.
      await this.#clusterKey.refresh();
      const fresh = make();
      // Another gateway may do the same now: what stands afterwards counts.
      wrapped = await this.#vault.put(name, this.#clusterKey.wrap(name, fresh), { onlyIfAbsent: true });
      fresh.fill(0);
    }
    return this.#clusterKey.unwrap(name, wrapped);
  }
}
