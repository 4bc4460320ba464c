/**
 * The cluster keys that this gateway holds: the one that wraps, and those before it, which still open what they wrapped.
 *
 * They lie in the vault as `cluster-key/<node>`, sealed to the node key. Inside the box: 32 octets, one key; or
 * `2 | u8 count | count × 32`, the wrapping key first. A key is replaced (rotate-cluster-key.ts) by giving all gateways
 * the new one as a further key first, so none ever meets a value that it cannot open.
 */
import { createHash, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import type { VaultPort } from '#node/ledger/port.ts';
import { openWithPrivateKey, rawPublicKey, sealToPublicKey } from '#node/spool/sealed-box.ts';
import { KeysError } from './keys-error.ts';
import { unwrap, wrap } from './wrapping.ts';

export const CLUSTER_KEY_BYTES = 32;
const SEVERAL = 2;
export const CLUSTER_KEYS_MAX = 16; // Values are wrapped anew with each replacement; older keys open what a slow gateway wrapped.

export const clusterKeyName = (node: string): string => `cluster-key/${node}`;

export interface ClusterKeyHolder {
  readonly vault: Pick<VaultPort, 'get' | 'put'>;
  readonly node: string;
  readonly nodeKey: KeyObject;
}

export class ClusterKey {
  readonly #holder: ClusterKeyHolder;
  #keys: readonly Buffer[];

  private constructor(holder: ClusterKeyHolder, keys: readonly Buffer[]) {
    this.#holder = holder;
    this.#keys = keys;
  }

  /**
   * Opens this gateway's keys. Where the vault has none they are made, which only a gateway on its own may do
   * (`mayMake`): in a cluster another gateway gives them, and until then the answer is `unavailable`.
   */
  static async load(holder: ClusterKeyHolder, mayMake: boolean): Promise<ClusterKey> {
    const { vault, node, nodeKey } = holder;
    const name = clusterKeyName(node);
    let sealed = await vault.get(name);
    if (!sealed && mayMake) {
      const fresh = randomBytes(CLUSTER_KEY_BYTES);
      const box = sealToPublicKey(rawPublicKey(createPublicKey(nodeKey)), fresh);
      fresh.fill(0);
      sealed = await vault.put(name, box, { onlyIfAbsent: true });
    }
    if (!sealed) throw new KeysError('unavailable', `no gateway has given ${node} the cluster key yet`);
    return new ClusterKey(holder, openBox(holder, sealed));
  }

  /** The wrapping key first. */
  get keys(): readonly Buffer[] {
    return this.#keys;
  }

  /** Reads the box again: another gateway may have replaced the key since. */
  async refresh(): Promise<void> {
    const sealed = await this.#holder.vault.get(clusterKeyName(this.#holder.node));
    if (!sealed)
      throw new KeysError('unavailable', 'the cluster key of this gateway is no longer in the vault');
    this.#keys = openBox(this.#holder, sealed);
  }

  wrap(name: string, secret: Uint8Array): Buffer {
    return wrap(this.#keys[0]!, name, secret);
  }

  /** `unavailable` when no key of this gateway opens it. */
  async unwrap(name: string, wrapped: Uint8Array): Promise<Buffer> {
    const opened = this.#tryAll(name, wrapped);
    if (opened) return opened;
    await this.refresh();
    return this.#tryAll(name, wrapped) ?? unwrap(this.#keys[0]!, name, wrapped);
  }

  /** Whether the newest key has wrapped it. */
  isCurrent(name: string, wrapped: Uint8Array): boolean {
    return opens(this.#keys[0]!, name, wrapped);
  }

  close(): void {
    for (const key of this.#keys) key.fill(0);
  }

  #tryAll(name: string, wrapped: Uint8Array): Buffer | null {
    const key = this.#keys.find((candidate) => opens(candidate, name, wrapped));
    return key ? unwrap(key, name, wrapped) : null;
  }
}

function opens(key: Uint8Array, name: string, wrapped: Uint8Array): boolean {
  try {
    unwrap(key, name, wrapped).fill(0);
    return true;
  } catch {
    return false;
  }
}

/** The box for a gateway whose raw X25519 node key is given. */
export function sealClusterKeys(nodeKey: Uint8Array, keys: readonly Uint8Array[]): Buffer {
  if (keys.length === 0 || keys.length > CLUSTER_KEYS_MAX)
    throw new RangeError(`${keys.length} cluster keys`);
  const inside = Buffer.concat([Buffer.from([SEVERAL, keys.length]), ...keys]);
  const box = sealToPublicKey(nodeKey, inside);
  inside.fill(0);
  return box;
}

/** Names a key without telling it. */
export const keyIdOf = (key: Uint8Array): string =>
  createHash('sha256').update('sealgate cluster key id\n').update(key).digest('hex').slice(0, 32);

function openBox({ node, nodeKey }: ClusterKeyHolder, sealed: Uint8Array): Buffer[] {
  let inside: Buffer;
  try {
    inside = openWithPrivateKey(nodeKey, sealed);
  } catch {
    throw new KeysError('unavailable', `the cluster key of ${node} is not sealed to this gateway's node key`);
  }
  if (inside.length === CLUSTER_KEY_BYTES) return [inside];
  const count = inside[1] ?? 0;
  if (inside[0] !== SEVERAL || count === 0 || inside.length !== 2 + count * CLUSTER_KEY_BYTES) {
    throw new KeysError('unavailable', `the cluster key of ${node} is of an unknown form`);
  }
  return Array.from({ length: count }, (_, i) =>
    inside.subarray(2 + i * CLUSTER_KEY_BYTES, 2 + (i + 1) * CLUSTER_KEY_BYTES),
  );
}
