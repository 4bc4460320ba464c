/**
 * Promises not to take over a gateway's spool for a while (replication.md §5.4, Patroni's failsafe mode).
 *
 * A gateway cut off from the engine keeps delivering while every holder of its copies has promised. A promise is on disk
 * before it is given, by this machine's monotonic clock, so that a restarted process keeps it; after a reboot it is
 * over only when the longest one would be.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PROMISE_MS_MAX } from './timing.ts';

const promiseSchema = z.object({ bootId: z.string(), untilNs: z.string().regex(/^\d{1,20}$/) });

export interface Promises {
  give(owner: string, forMs: number): void;
  mayClaim(owner: string): boolean;
}

export interface PromisesOptions {
  folderOf(owner: string): string;
  readonly bootId: string;
  /** Of a monotonic clock that begins at boot. */
  readonly nowNs: () => bigint;
}

export function promisesIn({ folderOf, bootId, nowNs }: PromisesOptions): Promises {
  const until = new Map<string, bigint>();

  function untilOf(owner: string): bigint {
    const known = until.get(owner) ?? readPromise(folderOf(owner), bootId);
    until.set(owner, known);
    return known;
  }

  return {
    give(owner, forMs) {
      const untilNs = nowNs() + BigInt(forMs) * 1_000_000n;
      if (untilNs <= untilOf(owner)) return;
      const folder = folderOf(owner);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, 'promise.json');
      writeFileSync(`${path}.new`, JSON.stringify({ bootId, untilNs: String(untilNs) }), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      until.set(owner, untilNs);
    },
    mayClaim: (owner) => nowNs() >= untilOf(owner),
  };
}

function readPromise(folder: string, bootId: string): bigint {
  let text: string;
  try {
    text = readFileSync(join(folder, 'promise.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0n;
    throw error;
  }
  const promise = promiseSchema.safeParse(JSON.parse(text));
  if (!promise.success) return 0n;
  // The clock of another boot says nothing; it began at zero, and no promise is longer than this.
  if (promise.data.bootId !== bootId) return BigInt(PROMISE_MS_MAX) * 1_000_000n;
  return BigInt(promise.data.untilNs);
}
