/**
 * The key that mails are sealed to: raw X25519, written by `keys` at its first start and waited for until then. It is
 * another one after a gateway was removed from the cluster, so it is looked at again now and then.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const WAIT_MS = 60_000; // `keys` writes it at its first start; afterwards the supervisor tries again.
const RETRY_MS = 50;
const LOOK_AGAIN_MS = 1000;
const KEY_BYTES = 32;

/** Gives the key as it is now. */
export type SpoolPublicKey = () => Uint8Array;

export async function spoolPublicKey(path: string): Promise<SpoolPublicKey> {
  const untilMs = performance.now() + WAIT_MS;
  let key = keyIn(path);
  while (key === null) {
    if (performance.now() > untilMs) throw new Error(`no spool key in ${path}`);
    await wait(RETRY_MS);
    key = keyIn(path);
  }
  let known = key;
  let lookedMs = performance.now();
  return () => {
    if (performance.now() - lookedMs < LOOK_AGAIN_MS) return known;
    lookedMs = performance.now();
    known = keyIn(path) ?? known;
    return known;
  };
}

/** Null when there is none yet. */
function keyIn(path: string): Buffer | null {
  try {
    const key = readFileSync(path);
    return key.length === KEY_BYTES ? key : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}
