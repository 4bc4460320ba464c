/**
 * Vault entries as the quorum holds them: signed by the gateway that put them, so that nobody who merely reaches the
 * quorum can replace or erase a key on all gateways.
 *
 *   vault/v/<name>    u8 1 | u32 | node | 64 signature | value
 *   vault/x/<check>   the same without value: the entry of that check was erased, and must not come back
 *
 * The check is that of the entry in LevelDB (side-entry.ts): it tells nothing of name or value.
 */
import { vaultKey } from '../level-keys.ts';
import { sideEntry, storedCheck } from '../side-entry.ts';
import { type KeyRing, messageSignatureHolds, type Signer } from '../signing.ts';

export const VAULT = 'vault/';
const ENTRY = `${VAULT}v/`;
const ERASURE = `${VAULT}x/`;
/** Erasures in the own vault space; a name cannot begin with it. */
export const ERASED = '\0x/';
const FORMAT = 1;
const SIGNATURE_BYTES = 64;

export interface VaultContext {
  readonly clusterId: string;
  readonly signer: Signer;
  readonly keys: KeyRing;
}

export function entryKey(name: string): string {
  return ENTRY + name;
}

export function erasureKey(check: string): string {
  return ERASURE + check;
}

/** The name in the own vault space that belongs to a key of the quorum; null for a key of another kind. */
export function localName(key: string): string | null {
  if (key.startsWith(ENTRY)) return key.slice(ENTRY.length);
  return key.startsWith(ERASURE) ? ERASED + key.slice(ERASURE.length) : null;
}

/** The key in the quorum that belongs to a name in the own vault space. */
export function quorumKey(name: string): string {
  return name.startsWith(ERASED) ? erasureKey(name.slice(ERASED.length)) : entryKey(name);
}

export function checkOfEntry(name: string, value: Uint8Array): string {
  return storedCheck(sideEntry(vaultKey(name), value)).toString('hex');
}

export function signedEntry(key: string, value: Uint8Array, { clusterId, signer }: VaultContext): Uint8Array {
  const { node } = signer;
  const signature = signer.sign(messageOf({ clusterId, node, key, value }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(node));
  return Buffer.concat([Buffer.of(FORMAT), length, Buffer.from(node), signature, value]);
}

/** The value of a signed entry; null when it is none, or not signed by a gateway of this cluster. */
export function valueOfEntry(key: string, stored: Uint8Array, context: VaultContext): Buffer | null {
  const octets = Buffer.from(stored);
  if (octets[0] !== FORMAT || octets.length < 5) return null;
  const nodeEnd = 5 + octets.readUInt32BE(1);
  const valueAt = nodeEnd + SIGNATURE_BYTES;
  if (valueAt > octets.length) return null;
  const node = octets.toString('utf8', 5, nodeEnd);
  const value = octets.subarray(valueAt);
  const message = messageOf({ clusterId: context.clusterId, node, key, value });
  const holds = messageSignatureHolds(node, message, octets.subarray(nodeEnd, valueAt), context.keys);
  return holds ? value : null;
}

function messageOf(entry: { clusterId: string; node: string; key: string; value: Uint8Array }): Buffer {
  const { clusterId, node, key, value } = entry;
  const head = `sealgate vault 1\n${clusterId}\n${node}\n${Buffer.byteLength(key)}\n${key}\n`;
  return Buffer.concat([Buffer.from(head), value]);
}
