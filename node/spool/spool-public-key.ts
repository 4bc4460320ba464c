/** The key that mails are sealed to: raw X25519, written by `keys` at its first start and waited for until then. */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const WAIT_MS = 60_000; // `keys` writes it at its first start; afterwards the supervisor tries again.
const RETRY_MS = 50;
const KEY_BYTES = 32;

export async function spoolPublicKey(path: string): Promise<Buffer> {
  const untilMs = performance.now() + WAIT_MS;
  for (;;) {
    try {
      const key = readFileSync(path);
      if (key.length === KEY_BYTES) return key;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    if (performance.now() > untilMs) throw new Error(`no spool key in ${path}`);
    await wait(RETRY_MS);
  }
}
