/**
 * Facts that the mail line learns while the log takes no changes: durable here, recorded in order when it does again
 * (replication.md §4.4).
 *
 * Shape:  `spool/outbox.jsonl`, a fact a line, with its request id: whatever was recorded already, before a crash, is
 *         recorded once. While one waits, later ones go behind it.
 * Only facts that are true whatever else happens belong here. What has to be agreed first (a PDF password, an own key)
 * makes its mail wait.
 * Errors: `record` rejects with what is neither a refusal nor a log without changes. Beyond FACTS_MAX a fact is not kept
 *         and `full` is answered: what partners announce, they announce again.
 */
import { z } from 'zod';
import { type PartnerCommand, partnerDecider, partnerStream } from '#domain/partners/partner.ts';
import type { Layout } from '#node/config/layout.ts';
import { errorCode, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Log } from '#node/log.ts';
import { SyncedLines } from '#node/shadow/synced-lines.ts';

const FACTS_MAX = 10_000; // Some megabytes; a day without a majority in a large house.
const LOOK_MS = 1000;

/** The log takes no changes now. */
const NO_LOG: ReadonlySet<string> = new Set([
  'no-quorum',
  'not-writable',
  'quota-full',
  'fenced',
  'unresolved',
  'disconnected',
]);

/** A storage format: later kinds get another `of`. */
const factSchema = z.object({
  of: z.literal('partner'),
  command: z.custom<PartnerCommand>((value) => typeof (value as PartnerCommand | null)?.address === 'string'),
  meta: z.object({ requestId: z.string(), actor: z.string(), reason: z.string(), atMs: z.number() }),
});
export type Fact = z.infer<typeof factSchema>;

export interface OutboxPorts {
  readonly layout: Pick<Layout, 'spoolOutbox'>;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append' | 'status'>;
  readonly onCount: (facts: number) => void;
  readonly log: Log;
}

export interface Outbox {
  record(fact: Fact): Promise<'recorded' | 'waits' | 'full'>;
  stop(): Promise<void>;
}

export function openOutbox({ layout, ledger, onCount, log }: OutboxPorts): Outbox {
  const file = new SyncedLines(layout.spoolOutbox);
  const waiting: Fact[] = file.read().flatMap((line) => factSchema.safeParse(line).data ?? []);
  let emptying: Promise<void> | null = null;
  let adding: Promise<unknown> = Promise.resolve();
  onCount(waiting.length);

  /** One at a time: the file is written anew in between. */
  function keep(fact: Fact): Promise<'waits' | 'full'> {
    const added = adding.then(async () => {
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
        await recordNow(ledger, fact);
        done += 1;
      }
    } catch (error) {
      if (!isNoLog(error)) throw error;
    }
    if (done === 0) return;
    const rewritten = adding.then(async () => {
      waiting.splice(0, done);
      await file.rewrite(waiting);
      onCount(waiting.length);
    });
    adding = rewritten.catch(() => {});
    await rewritten;
    log.info({ facts: done, of: before }, 'what was learnt without a majority is recorded');
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
    async record(fact) {
      if (waiting.length > 0) return keep(fact);
      try {
        await recordNow(ledger, fact);
        return 'recorded';
      } catch (error) {
        if (!isNoLog(error)) throw error;
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

/** A refusal is an end, too: the fact is not one any more. */
async function recordNow(
  ledger: Pick<LedgerPort, 'readStream' | 'append'>,
  { command, meta }: Fact,
): Promise<void> {
  await execute(ledger, partnerDecider, partnerStream(command.address), command, meta);
}

function isNoLog(error: unknown): boolean {
  return NO_LOG.has(errorCode(error) ?? '');
}
