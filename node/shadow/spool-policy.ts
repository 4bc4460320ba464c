/**
 * How mails are accepted in a cluster, as `peer` tells the processes without a way to it: a small file.
 *
 * Without the file the gateway is on its own: nothing is copied, mails are named by the setting `node` and epoch 1.
 * Looked at again at most every CHECK_MS. A file that cannot be read is no answer: the last one stands.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const CHECK_MS = 250; // A mail named by an epoch that is over is still found: names are unique, epochs only sort them.

const policySchema = z.object({
  v: z.literal(1),
  /** Node id and epoch that new mails are named by. */
  node: z.string(),
  epoch: z.number().int().nonnegative(),
  /** Whether 250 waits for a second copy (`require`), tries for one (`prefer`), or asks for none. */
  shadow: z.enum(['require', 'prefer', 'off']),
  /** False while the gateway leaves the cluster. */
  accepting: z.boolean(),
});

export type SpoolPolicy = z.infer<typeof policySchema>;

export interface SpoolPolicySource {
  /** null: not in a cluster. */
  current(): SpoolPolicy | null;
}

export function spoolPolicyFrom(path: string, onError: (error: Error) => void): SpoolPolicySource {
  let policy: SpoolPolicy | null = null;
  let version = '';
  let checkedMs = Number.NEGATIVE_INFINITY;

  function look(): void {
    try {
      const { ino, mtimeMs, size } = statSync(path);
      const found = `${ino} ${mtimeMs} ${size}`;
      if (found === version) return;
      policy = policySchema.parse(JSON.parse(readFileSync(path, 'utf8')));
      version = found;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        policy = null;
        version = '';
      } else onError(error as Error);
    }
  }

  return {
    current() {
      const nowMs = performance.now();
      if (nowMs - checkedMs >= CHECK_MS) {
        checkedMs = nowMs;
        look();
      }
      return policy;
    },
  };
}

/** `null` takes the file away: the gateway is on its own again. */
export function writeSpoolPolicy(path: string, policy: SpoolPolicy | null): void {
  if (policy === null) {
    rmSync(path, { force: true });
    return;
  }
  writeFileSync(`${path}.new`, JSON.stringify(policy), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
