/**
 * Public keys as they come in and go out: files with one or many, what each says of itself, export.
 *
 * Each key of a file is judged alone: a bad one does not stop the good ones (features.md K6). What a key says counts
 * only as far as its own valid signatures bind it. Trust is not decided here (G5).
 */
import type { Key } from 'openpgp';
import { publicKeyName, READING } from './algorithms.ts';
import { isArmoured, readArmour, writeArmour } from './armour.ts';
import { OpenPgpError } from './openpgp-error.ts';
import { packetsOf, TAG } from './packets.ts';
import { judgedAt, KEY_BYTES_MAX, parsedKey } from './parsed-keys.ts';
import { withoutForeignSignatures } from './self-signatures.ts';
import { boundUserIds } from './user-ids.ts';

const FILE_BYTES_MAX = 64 * 1024 * 1024; // A mass import of some ten thousand keys.
const FLOODED_BYTES_MAX = 16 * KEY_BYTES_MAX; // What is looked at at all before foreign signatures are dropped.

export interface OpenPgpKeyDescription {
  /** Hex, lower case, primary key. */
  readonly fingerprint: string;
  /** Of the primary key and all subkeys, hex, lower case. */
  readonly keyIds: readonly string[];
  readonly version: number;
  /** Of the primary key, e.g. `RSA-3072`. */
  readonly algorithm: string;
  readonly weak: boolean;
  /** The primary one first, for display. */
  readonly userIds: readonly string[];
  readonly addresses: readonly string[];
  readonly createdAtMs: number;
  /** When it can no longer be encrypted to, or signs no more; null = never. */
  readonly expiresAtMs: number | null;
  readonly status: 'valid' | 'expired' | 'revoked' | 'unusable';
  /** What it can be used for now, by strong algorithms only as far as encryption goes. */
  readonly usages: readonly ('sign' | 'encrypt')[];
  /** Binary transferable public key. */
  readonly publicKey: Uint8Array;
}

interface RefusedKey {
  readonly reason: 'malformed' | 'too-large' | 'secret-key';
  readonly detail: string;
}

interface KeyImport {
  readonly keys: readonly OpenPgpKeyDescription[];
  readonly refused: readonly RefusedKey[];
}

/** `selfSignaturesOnly`: for keys from key servers, where anyone can add signatures (threat 28). */
export async function importPublicKeys(
  file: Uint8Array,
  options: { atMs: number; selfSignaturesOnly: boolean },
): Promise<KeyImport> {
  const keys: OpenPgpKeyDescription[] = [];
  const refused: RefusedKey[] = [];
  const attempt = async (task: () => Promise<void> | void): Promise<void> => {
    try {
      await task();
    } catch (error) {
      if (!(error instanceof OpenPgpError)) throw error;
      refused.push({ reason: error.code === 'too-large' ? 'too-large' : 'malformed', detail: error.message });
    }
  };
  const found: Uint8Array[] = [];
  await attempt(() => {
    for (const block of blocksOf(file)) {
      if (block === 'secret-key')
        refused.push({ reason: 'secret-key', detail: 'a private key is not a partner key' });
      else found.push(...block);
    }
  });
  for (const one of found) {
    await attempt(async () => {
      const publicKey = options.selfSignaturesOnly ? withoutForeignSignatures(one) : one;
      keys.push(await describeKey(publicKey, options.atMs));
    });
  }
  return { keys, refused };
}

function* blocksOf(file: Uint8Array): Generator<readonly Uint8Array[] | 'secret-key'> {
  if (file.length > FILE_BYTES_MAX) throw new OpenPgpError('too-large', 'the file is too large');
  if (!isArmoured(file)) {
    yield keysIn(file);
    return;
  }
  for (const { type, binary } of readArmour(file)) {
    if (type === 'PRIVATE KEY BLOCK') yield 'secret-key';
    else if (type === 'PUBLIC KEY BLOCK') yield keysIn(binary);
  }
}

/** Cuts a sequence of keys at each primary key (RFC 9580 §10.1). */
function keysIn(binary: Uint8Array): readonly Uint8Array[] | 'secret-key' {
  const starts: number[] = [];
  for (const { tag, start } of packetsOf(binary)) {
    if (tag === TAG.secretKey) return 'secret-key';
    if (tag === TAG.publicKey) starts.push(start);
  }
  if (starts.length === 0) throw new OpenPgpError('malformed', 'no public key in it');
  const keys = starts.map((start, i) => binary.subarray(start, starts[i + 1] ?? binary.length));
  return keys.map((key) => key.subarray(0, FLOODED_BYTES_MAX));
}

/** Throws `malformed` or `too-large`. */
export async function describeKey(publicKey: Uint8Array, atMs: number): Promise<OpenPgpKeyDescription> {
  const key = await parsedKey(publicKey);
  const { name, weak } = publicKeyName(key.getAlgorithmInfo());
  const date = judgedAt(atMs);
  return {
    fingerprint: key.getFingerprint(),
    keyIds: key.getKeyIDs().map((id) => id.toHex()),
    version: key.keyPacket.version,
    algorithm: name,
    weak,
    ...(await boundUserIds(key, atMs)),
    createdAtMs: key.getCreationTime().getTime(),
    ...(await validityOf(key, date)),
    publicKey: Uint8Array.from(publicKey),
  };
}

async function validityOf(
  key: Key,
  date: Date,
): Promise<Pick<OpenPgpKeyDescription, 'expiresAtMs' | 'status' | 'usages'>> {
  const signing = await key.getSigningKey(undefined, date, undefined, READING).catch(() => null);
  const encryption = await key.getEncryptionKey(undefined, date).catch(() => null);
  const ends = [await key.getExpirationTime(undefined, READING)];
  if (encryption && 'mainKey' in encryption) ends.push(await encryption.getExpirationTime(date, READING));
  const times = ends.filter((end) => end instanceof Date).map((end) => end.getTime());
  const expiresAtMs = times.length > 0 ? Math.min(...times) : null;
  const usages = [...(signing ? (['sign'] as const) : []), ...(encryption ? (['encrypt'] as const) : [])];
  if (await key.isRevoked(undefined, undefined, date, READING)) {
    return { expiresAtMs, status: 'revoked', usages: [] };
  }
  if (usages.length > 0) return { expiresAtMs, status: 'valid', usages };
  const expired = expiresAtMs !== null && expiresAtMs <= date.getTime();
  return { expiresAtMs, status: expired ? 'expired' : 'unusable', usages };
}

/** For export: one armoured block with all of them. */
export function armourKeys(publicKeys: readonly Uint8Array[]): Buffer {
  return writeArmour('PUBLIC KEY BLOCK', Buffer.concat(publicKeys), true);
}
