/**
 * The node key: this gateway's X25519 key pair, in a file that only the `keys` process may read.
 *
 * The cluster key lies in the vault sealed to it (architecture.md, Secrets in the log, 3). Made at the first start.
 * A file that is there but cannot be read is an error, never a reason to make a new key: with a new one nothing sealed
 * before could be opened again.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from '#node/read-if-there.ts';
import { newBoxKey } from '#node/spool/sealed-box.ts';
import { KeysError } from './keys-error.ts';

const FILE = 'node.key';

export const nodeKeyFile = (folder: string): string => join(folder, FILE);

export function loadNodeKey(folder: string): KeyObject {
  const path = nodeKeyFile(folder);
  const pem = readIfThere(path) ?? makeKeyFile(folder, path);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'x25519') throw new Error(`is a ${key.asymmetricKeyType} key`);
    return key;
  } catch (error) {
    throw new KeysError('unavailable', `${path} is not a node key: ${(error as Error).message}`);
  } finally {
    pem.fill(0);
  }
}

/** File and folder are synced before the key is used: a key lost in a power cut would take every secret with it. */
function makeKeyFile(folder: string, path: string): Buffer {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { privateKey } = newBoxKey();
  const pem = Buffer.from(
    `-----BEGIN PRIVATE KEY-----\n${privateKey.toString('base64')}\n-----END PRIVATE KEY-----\n`,
  );
  privateKey.fill(0);
  const made = `${path}.new`;
  const fd = openSync(made, 'w', 0o600);
  writeSync(fd, pem);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(made, path);
  const dir = openSync(folder, 'r');
  fsyncSync(dir);
  closeSync(dir);
  return pem;
}
