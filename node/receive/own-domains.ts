/**
 * The mail domains that are ours, as `protect` last told them in a file (features.md T4: recipients of others are refused).
 *
 * Looked at again at most every CHECK_MS. A file that is not there or cannot be read is no answer: the last one stands,
 * and without one nobody can be judged yet.
 */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { Log } from '#node/log.ts';

const CHECK_MS = 250; // A new domain takes mail within a second of its command, writing and applying included.

const policyFile = z.object({ v: z.literal(1), domains: z.array(z.string()) });

export interface OwnDomains {
  /** Null = not known yet. */
  has(domain: string): boolean | null;
}

export function ownDomainsFrom(path: string, log: Log): OwnDomains {
  let domains: ReadonlySet<string> | null = null;
  let version = '';
  let checkedMs = Number.NEGATIVE_INFINITY;

  function look(): void {
    const nowMs = performance.now();
    if (nowMs - checkedMs < CHECK_MS) return;
    checkedMs = nowMs;
    try {
      const { ino, mtimeMs, size } = statSync(path);
      const found = `${ino} ${mtimeMs} ${size}`;
      if (found === version) return;
      domains = new Set(policyFile.parse(JSON.parse(readFileSync(path, 'utf8'))).domains);
      version = found;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        log.error({ error: (error as Error).message }, 'mail domains not read');
      }
    }
  }

  return {
    has(domain) {
      look();
      return domains === null ? null : domains.has(domain);
    },
  };
}
