/**
 * What waits in the mail line, told to `web` by a small file, since it cannot be seen from outside: mails that something
 * else than themselves keeps from going on, by reason, and facts that wait for the log.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Layout } from '#node/config/layout.ts';

const REASON_CHARS_MAX = 200;

const stateSchema = z.object({
  v: z.literal(1),
  /** Facts in the outbox. */
  facts: z.number().int().nonnegative(),
  waits: z.array(z.object({ reason: z.string(), mails: z.number().int().positive() })),
});
export type LineState = Omit<z.infer<typeof stateSchema>, 'v'>;

export interface LineStateTeller {
  facts(count: number): void;
  /** A mail waits because of this; null: it does not any more. */
  mail(spoolId: string, reason: string | null): void;
}

export function lineStateTeller({ lineState: path }: Pick<Layout, 'lineState'>): LineStateTeller {
  const reasons = new Map<string, string>();
  let facts = 0;
  let told = '';

  function tell(): void {
    const byReason = Object.groupBy([...reasons.values()], (reason) => reason);
    const waits = Object.entries(byReason).map(([reason, all = []]) => ({ reason, mails: all.length }));
    const text = JSON.stringify({ v: 1, facts, waits });
    if (text === told) return;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    told = text;
  }
  tell();

  return {
    facts(count) {
      facts = count;
      tell();
    },
    mail(spoolId, reason) {
      if (reason === null ? !reasons.delete(spoolId) : reasons.get(spoolId) === reason) return;
      if (reason !== null) reasons.set(spoolId, reason.slice(0, REASON_CHARS_MAX));
      tell();
    },
  };
}

/** Nothing waits where nothing is told. */
export function readLineState({ lineState: path }: Pick<Layout, 'lineState'>): LineState {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return { facts: 0, waits: [] };
  }
}
