/**
 * The queue's own key: made at the first start, the private half readable by the sending process only.
 */
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { boxPrivateKey, newBoxKey, openWithPrivateKey, rawPublicKey } from '#node/spool/sealed-box.ts';

/** Recovers a mail's key from its box. Rejects when the box is not for this queue. */
export type OpenBox = (box: Uint8Array) => Promise<Uint8Array>;

/** O_SYNC: the permission model refuses fsync on a descriptor (node/config/permission-arguments.ts). */
const DURABLY = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_SYNC;

function writeOnce(path: string, bytes: Uint8Array, mode: number): void {
  const draft = `${path}.tmp`;
  const fd = openSync(draft, DURABLY, mode);
  try {
    writeSync(fd, bytes);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
}

/** Makes what is missing. The public half always follows from the private one, never the other way. */
export function openQueueKey(layout: Layout): OpenBox {
  mkdirSync(layout.send, { recursive: true, mode: 0o700 });
  mkdirSync(layout.queueReady, { recursive: true, mode: 0o700 });
  const path = join(layout.send, 'queue.key');
  if (!existsSync(path)) writeOnce(path, newBoxKey().privateKey, 0o600);
  const privateKey = boxPrivateKey(readFileSync(path));
  const publicKey = rawPublicKey(privateKey);
  if (!existsSync(layout.queuePublicKey) || !readFileSync(layout.queuePublicKey).equals(publicKey)) {
    writeOnce(layout.queuePublicKey, publicKey, 0o644);
  }
  return async (box) => openWithPrivateKey(privateKey, box);
}
