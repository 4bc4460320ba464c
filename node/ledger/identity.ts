/**
 * Who this gateway is to the log: its node id, the cluster's id, and the Ed25519 key that signs its events. Made at the
 * first start, kept in the ledger's folder, read by the ledger only.
 *
 * The node id is the configured name and eight hex digits: it stays when the name is changed, and a gateway that is set
 * up anew under the same name is another node. A file that is there but cannot be read is an error, never a reason to
 * make a new one: with another key nothing recorded before would verify.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ed25519PublicKey, rawEd25519, type Signer, signerOf } from '#consensus/signing.ts';
import { readIfThere } from '#node/read-if-there.ts';

const KEY_FILE = 'signing.key';
const IDENTITY_FILE = 'identity.json';

const identitySchema = z.strictObject({
  format: z.literal(1),
  clusterId: z.uuid(),
  node: z.string().regex(/^[a-z0-9-]{3,80}$/),
  /** Raw Ed25519, base64url: must be that of the key file. */
  publicKey: z.string(),
});

export interface LedgerIdentity {
  readonly clusterId: string;
  readonly node: string;
  readonly publicKey: Buffer;
  readonly signer: Signer;
  /** For the key ring: the public key as Node has it. */
  readonly verifyKey: KeyObject;
}

export function loadIdentity(folder: string, nodeName: string): LedgerIdentity {
  const text = readIfThere(join(folder, IDENTITY_FILE));
  return text ? knownIdentity(folder, text) : newIdentity(folder, nodeName);
}

function knownIdentity(folder: string, text: Buffer): LedgerIdentity {
  const path = join(folder, IDENTITY_FILE);
  let known: z.infer<typeof identitySchema>;
  try {
    known = identitySchema.parse(JSON.parse(text.toString('utf8')));
  } catch {
    throw new Error(`${path} is damaged; restore it from a backup of this gateway`);
  }
  const privateKey = readKey(folder);
  if (!privateKey) throw new Error(`${join(folder, KEY_FILE)} is missing; restore it from a backup`);
  const identity = identityOf(known.clusterId, known.node, privateKey);
  if (identity.publicKey.toString('base64url') !== known.publicKey) {
    throw new Error(`${join(folder, KEY_FILE)} is not the key that ${path} names`);
  }
  return identity;
}

function newIdentity(folder: string, nodeName: string): LedgerIdentity {
  const { privateKey } = generateKeyPairSync('ed25519');
  const signingKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  return writeIdentity(folder, { clusterId: randomUUID(), node: newNodeId(nodeName), signingKey });
}

export const newNodeId = (nodeName: string): string => `${nodeName}-${randomBytes(4).toString('hex')}`;

/** The identity file is written last: without it nothing was signed yet, so a start that was cut off begins again. */
export function writeIdentity(
  folder: string,
  { clusterId, node, signingKey }: { clusterId: string; node: string; signingKey: string },
): LedgerIdentity {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeSynced(folder, KEY_FILE, signingKey);
  const made = identityOf(clusterId, node, createPrivateKey(signingKey));
  const known = { format: 1, clusterId, node, publicKey: made.publicKey.toString('base64url') };
  writeSynced(folder, IDENTITY_FILE, `${JSON.stringify(known, null, 2)}\n`);
  return made;
}

function identityOf(clusterId: string, node: string, privateKey: KeyObject): LedgerIdentity {
  const publicKey = rawEd25519(privateKey);
  const verifyKey = ed25519PublicKey(publicKey);
  return { clusterId, node, publicKey, signer: signerOf(node, privateKey), verifyKey };
}

function readKey(folder: string): KeyObject | null {
  const path = join(folder, KEY_FILE);
  const pem = readIfThere(path);
  if (!pem) return null;
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('another type');
    return key;
  } catch {
    throw new Error(`${path} is not an Ed25519 key; restore it from a backup`);
  } finally {
    pem.fill(0);
  }
}

function writeSynced(folder: string, name: string, text: string): void {
  const made = join(folder, `${name}.new`);
  const fd = openSync(made, 'w', 0o600);
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(made, join(folder, name));
  const dir = openSync(folder, 'r');
  fsyncSync(dir);
  closeSync(dir);
}
