/**
 * The keys that lie in the vault: the cluster key (sealed to this gateway), and under it the data key of each subject
 * and the cluster's own keys (spool, status header).
 *
 * Names in the vault: `cluster-key/<node>`, `data-key/<subject>`, `spool-key`, `mac-key/<purpose>`.
 * Deleting `data-key/<subject>` erases the subject: no copy of a data key is kept here (architecture.md, Secrets, 2).
 */
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import type { VaultPort } from '#node/ledger/port.ts';
import { openWithPrivateKey, rawPublicKey, sealToPublicKey } from '#node/spool/sealed-box.ts';
import { KeysError } from './keys-error.ts';
import { unwrap, wrap } from './wrapping.ts';

const KEY_BYTES = 32;

/** Opens this gateway's copy of the cluster key; makes it when the vault has none, that is in a new cluster. */
export async function loadClusterKey(vault: VaultPort, node: string, nodeKey: KeyObject): Promise<Buffer> {
  const name = `cluster-key/${node}`;
  let sealed = await vault.get(name);
  if (!sealed) {
    const fresh = randomBytes(KEY_BYTES);
    const box = sealToPublicKey(rawPublicKey(createPublicKey(nodeKey)), fresh);
    fresh.fill(0);
    sealed = await vault.put(name, box, { onlyIfAbsent: true });
  }
  try {
    return openWithPrivateKey(nodeKey, sealed);
  } catch {
    throw new KeysError('unavailable', `the cluster key of ${node} is not sealed to this gateway's node key`);
  }
}

export class VaultKeys {
  readonly #vault: VaultPort;
  readonly #clusterKey: Buffer;

  constructor(vault: VaultPort, clusterKey: Buffer) {
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
    return unwrap(this.#clusterKey, name, wrapped);
  }

  /** A secret of the cluster under `name`; the one that `make` yields is kept when there is none yet. */
  async secret(name: string, make: () => Buffer): Promise<Buffer> {
    let wrapped = await this.#vault.get(name);
    if (!wrapped) {
      const fresh = make();
      // Another gateway may do the same now: what stands afterwards counts.
      wrapped = await this.#vault.put(name, wrap(this.#clusterKey, name, fresh), { onlyIfAbsent: true });
      fresh.fill(0);
    }
    return unwrap(this.#clusterKey, name, wrapped);
  }
}
