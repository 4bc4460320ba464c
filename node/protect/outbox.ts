/**
 * Facts that come about while the log takes no changes: durable here, recorded in order when it does again
 * (replication.md §4.4).
 *
 * Shape:  `spool/outbox.jsonl`, a fact a line, with its request id: whatever was recorded already, before a crash, is
 *         recorded once. While one waits, later ones go behind it.
 * What has to be agreed first is no fact (outbox-fact.ts): a PDF password or an own key makes its mail wait, a sign-in at
 * the portal is refused for the time being.
 * Errors: `record` rejects with what is neither a refusal nor a log without changes. Beyond FACTS_MAX a fact is not kept
 *         and `full` is answered: what partners announce, they announce again.
 */
import type { Layout } from '#node/config/layout.ts';
import { isLogAway } from '#node/ledger/log-away.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Log } from '#node/log.ts';
import { SyncedLines } from '#node/shadow/synced-lines.ts';
import { type Fact, factSchema, recordFact } from './outbox-fact.ts';

const FACTS_MAX = 10_000; // Some megabytes; a day without a majority in a large house.
const LOOK_MS = 1000;

export interface OutboxPorts {
  readonly layout: Pick<Layout, 'spoolOutbox'>;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append' | 'status'>;
  readonly onCount: (facts: number) => void;
  readonly log: Log;
}

export interface Outbox {
  record(fact: Fact): Promise<'recorded' | 'waits' | 'full'>;
  /** Whether a fact of this request waits here. */
  holds(requestId: string): boolean;
  stop(): Promise<void>;
}

export function openOutbox({ layout, ledger, onCount, log }: OutboxPorts): Outbox {
  const file = new SyncedLines(layout.spoolOutbox);
  const waiting: Fact[] = file.read().flatMap((line) => factSchema.safeParse(line).data ?? []);
  let emptying: Promise<void> | null = null;
  let adding: Promise<unknown> = Promise.resolve();
  onCount(waiting.length);

  const holds = (requestId: string): boolean => waiting.some(({ meta }) => meta.requestId === requestId);

  /** One at a time: the file is written anew in between. */
  function keep(fact: Fact): Promise<'waits' | 'full'> {
    const added = adding.then(async () => {
      if (holds(fact.meta.requestId)) return 'waits' as const;
      if (waiting.length >= FACTS_MAX) return 'full' as const;
      await file.append(fact);
      waiting.push(fact);
      onCount(waiting.length);
      return 'waits' as const;
    });
    adding = added.catch(() => {});
    return added;
  }

  async function empty(): Promise<void> {
    if (waiting.length === 0 || !(await ledger.status()).writable) return;
    const before = waiting.length;
    let done = 0;
    try {
      for (const fact of waiting.slice()) {
        await recordFact(ledger, fact);
        done += 1;
      }
    } catch (error) {
      if (!isLogAway(error)) throw error;
    }
    if (done === 0) return;
    const rewritten = adding.then(async () => {
      waiting.splice(0, done);
      await file.rewrite(waiting);
      onCount(waiting.length);
    });
    adding = rewritten.catch(() => {});
    await rewritten;
    log.info({ facts: done, of: before }, 'what came about without a majority is recorded');
  }

  const look = (): Promise<void> => {
    emptying ??= empty()
      .catch((error: Error) => log.error({ error: error.message }, 'outbox was not emptied'))
      .finally(() => {
        emptying = null;
      });
    return emptying;
  };
  const timer = setInterval(() => void look(), LOOK_MS);

  return {
    holds,
    async record(fact) {
      if (waiting.length > 0) return keep(fact);
      try {
        await recordFact(ledger, fact);
        return 'recorded';
      } catch (error) {
        if (!isLogAway(error)) throw error;
        return keep(fact);
      }
    },
    async stop() {
      clearInterval(timer);
      await emptying;
      await adding;
      await file.close();
    },
  };
}
