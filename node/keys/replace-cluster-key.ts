/**
 * Replaces the cluster key after a gateway was removed, so that nothing that is wrapped from then on opens with what that
 * gateway knows; values of before are wrapped anew (architecture.md, Secrets in the log, 4).
 *
 *   spread   every gateway gets the new key beside the one that wraps
 *   switch   the new one wraps, on every gateway; the old ones still open
 *   begin    what the removed one knows of the cluster's own secrets: another series, wrapped by the new key
 *   wrap     each value anew, where it stands as it was read: what was erased meanwhile stays erased
 *   done
 *
 * The phase lies in the vault as `key-replacement`. Asked again for the same replacement it goes on, on any gateway; one
 * that broke off while it was spread begins anew, since nothing is wrapped with its key yet.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { VaultPort } from '#node/ledger/port.ts';
import {
  CLUSTER_KEY_BYTES,
  CLUSTER_KEYS_MAX,
  type ClusterKey,
  clusterKeyName,
  keyIdOf,
  sealClusterKeys,
} from './cluster-key.ts';
import { KeysError } from './keys-error.ts';

const STATE = 'key-replacement';
/** What is wrapped under the cluster key. */
const WRAPPED = ['data-key/', 'spool-key', 'mac-key/', 'node-ca/', 'token-key/', 'order-key'];

const stateSchema = z.strictObject({
  v: z.literal(1),
  replacement: z.string(),
  phase: z.enum(['switch', 'wrap', 'done']),
  keyId: z.string(),
});
type State = z.infer<typeof stateSchema>;

export interface KeyHolder {
  readonly node: string;
  /** Raw X25519. */
  readonly nodeKey: Uint8Array;
}

export interface ReplacementPorts {
  readonly vault: Pick<VaultPort, 'get' | 'put' | 'replace' | 'names'>;
  readonly clusterKey: ClusterKey;
  /** Begins another series of the secrets that every gateway knows. Done again it is the same. */
  beginSecrets(): Promise<void>;
  /** Told after each value that was wrapped anew. */
  onProgress(done: number, of: number): void;
}

/** `holders`: every gateway that may know the new key. The number of values wrapped anew by this call. */
export async function replaceClusterKey(
  ports: ReplacementPorts,
  replacement: string,
  holders: readonly KeyHolder[],
): Promise<number> {
  await ports.clusterKey.refresh();
  let state = await readState(ports, replacement);
  if (!state) state = await spread(ports, replacement, holders);
  if (state.phase === 'switch') state = await switchTo(ports, state, holders);
  let wrapped = 0;
  if (state.phase === 'wrap') {
    await ports.beginSecrets();
    wrapped = await wrapAnew(ports);
    await writeState(ports, { ...state, phase: 'done' });
  }
  return wrapped;
}

async function readState({ vault }: ReplacementPorts, replacement: string): Promise<State | null> {
  const found = await vault.get(STATE);
  if (!found) return null;
  const state = stateSchema.safeParse(JSON.parse(Buffer.from(found).toString('utf8')));
  if (!state.success) throw new KeysError('unavailable', 'the state of the key replacement cannot be read');
  return state.data.replacement === replacement ? state.data : null;
}

async function writeState({ vault }: ReplacementPorts, state: State): Promise<State> {
  await vault.put(STATE, Buffer.from(JSON.stringify(state)));
  return state;
}

async function spread(
  ports: ReplacementPorts,
  replacement: string,
  holders: readonly KeyHolder[],
): Promise<State> {
  const fresh = randomBytes(CLUSTER_KEY_BYTES);
  const [wrapping, ...older] = ports.clusterKey.keys;
  const keys = [wrapping!, fresh, ...older].slice(0, CLUSTER_KEYS_MAX);
  await giveAll(ports, keys, holders);
  const keyId = keyIdOf(fresh);
  return writeState(ports, { v: 1, replacement, phase: 'switch', keyId });
}

async function switchTo(
  ports: ReplacementPorts,
  state: State,
  holders: readonly KeyHolder[],
): Promise<State> {
  const { keys } = ports.clusterKey;
  const fresh = keys.find((key) => keyIdOf(key) === state.keyId);
  if (!fresh) throw new KeysError('unavailable', 'the new cluster key has not come here yet');
  await giveAll(ports, [fresh, ...keys.filter((key) => key !== fresh)], holders);
  return writeState(ports, { ...state, phase: 'wrap' });
}

async function giveAll(
  { vault, clusterKey }: ReplacementPorts,
  keys: readonly Uint8Array[],
  holders: readonly KeyHolder[],
): Promise<void> {
  for (const { node, nodeKey } of holders) {
    await vault.put(clusterKeyName(node), sealClusterKeys(nodeKey, keys));
  }
  await clusterKey.refresh();
}

/** Until a look finds nothing that another key has wrapped. */
async function wrapAnew({ vault, clusterKey, onProgress }: ReplacementPorts): Promise<number> {
  let wrapped = 0;
  for (;;) {
    const names = (await Promise.all(WRAPPED.map((prefix) => vault.names(prefix)))).flat();
    let old = 0;
    for (const [i, name] of names.entries()) {
      const value = await vault.get(name);
      if (!value || clusterKey.isCurrent(name, value)) continue;
      old += 1;
      const secret = await clusterKey.unwrap(name, value);
      const replaced = await vault.replace(name, value, clusterKey.wrap(name, secret));
      secret.fill(0);
      if (replaced) wrapped += 1;
      onProgress(i + 1, names.length);
    }
    if (old === 0) return wrapped;
  }
}
