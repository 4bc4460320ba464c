/**
 * Keeps the read models of a process up to date with the log; starts from a snapshot where there is one.
 *
 * One process saves the snapshots and all start from them: two writers of one file would need an agreement.
 *
 * A fold that throws ends the feed: serving a policy with a hole in it would be worse than a restart of the process.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Head } from '#consensus/event-log.ts';
import type { ReadModels } from '#projections/read-models.ts';
import { restoreModels, saveModels } from './models-snapshot.ts';
import type { LedgerPort } from './port.ts';

const SAVE_EVERY_EVENTS = 5000n; // Replay of so many takes less than a second.
const SAVE_AT_STOP_MS = 3000; // The ledger may have gone already; a stop does not wait for it.

export interface ModelsFeed {
  /** Resolves when the models have seen this position. */
  reached(position: bigint): Promise<void>;
  /** Rejects when the feed breaks for good. */
  readonly done: Promise<void>;
  /** Resolves, always, when a last snapshot was saved or could not be. */
  stop(): Promise<void>;
}

interface FeedOptions {
  /** This process saves the snapshots. */
  readonly saves?: boolean;
  readonly saveEveryEvents?: bigint;
}

/** Resolves when the models, which are new, have caught up with the head of the log for the first time. */
export async function feedModels(
  ledger: Pick<LedgerPort, 'subscribe' | 'snapshots'>,
  models: ReadModels,
  { saves = false, saveEveryEvents = SAVE_EVERY_EVENTS }: FeedOptions = {},
): Promise<ModelsFeed> {
  await restoreModels(ledger, models);
  const waiting: { position: bigint; resolve: () => void }[] = [];
  let firstCaughtUp: () => void = () => {};
  const caughtUp = new Promise<void>((resolve) => {
    firstCaughtUp = resolve;
  });
  let head: Head | null = null;
  let savedAt = models.position;
  let saving: Promise<unknown> = Promise.resolve();
  const save = async (ifNewEvents: bigint): Promise<void> => {
    if (!head || head.position !== models.position || head.position - savedAt < ifNewEvents) return;
    savedAt = head.position;
    await saveModels(ledger, models, head);
  };
  const subscription = ledger.subscribe(models.position + 1n, (batch) => {
    for (const event of batch.events) models.apply(event);
    for (let i = waiting.length - 1; i >= 0; i--) {
      const waiter = waiting[i];
      if (waiter && waiter.position <= models.position) {
        waiting.splice(i, 1);
        waiter.resolve();
      }
    }
    head = batch.events.at(-1) ?? head;
    if (saves && models.position - savedAt >= saveEveryEvents) {
      saving = saving.then(() => save(saveEveryEvents)); // One at a time.
    }
    if (batch.caughtUp) firstCaughtUp();
  });
  await Promise.race([caughtUp, subscription.done]);
  return {
    done: subscription.done,
    async stop() {
      subscription.stop();
      if (!saves) return;
      const last = saving.then(() => save(1n));
      await Promise.race([last, wait(SAVE_AT_STOP_MS, undefined, { ref: false })]);
    },
    reached(position) {
      if (models.position >= position) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push({ position, resolve });
      });
    },
  };
}
