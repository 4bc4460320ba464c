/**
 * Keeps the read models of a process up to date with the log.
 *
 * A fold that throws ends the feed: serving a policy with a hole in it would be worse than a restart of the process.
 */
import type { ReadModels } from '#projections/read-models.ts';
import type { LedgerPort } from './port.ts';

export interface ModelsFeed {
  /** Resolves when the models have seen this position. */
  reached(position: bigint): Promise<void>;
  /** Rejects when the feed breaks for good. */
  readonly done: Promise<void>;
  stop(): void;
}

/** Resolves when the models have caught up with the head of the log for the first time. */
export async function feedModels(ledger: LedgerPort, models: ReadModels): Promise<ModelsFeed> {
  const waiting: { position: bigint; resolve: () => void }[] = [];
  let firstCaughtUp: () => void = () => {};
  const caughtUp = new Promise<void>((resolve) => {
    firstCaughtUp = resolve;
  });
  const subscription = ledger.subscribe(models.position + 1n, (batch) => {
    for (const event of batch.events) models.apply(event);
    for (let i = waiting.length - 1; i >= 0; i--) {
      const waiter = waiting[i];
      if (waiter && waiter.position <= models.position) {
        waiting.splice(i, 1);
        waiter.resolve();
      }
    }
    if (batch.caughtUp) firstCaughtUp();
  });
  await Promise.race([caughtUp, subscription.done]);
  return {
    done: subscription.done,
    stop: () => subscription.stop(),
    reached(position) {
      if (models.position >= position) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push({ position, resolve });
      });
    },
  };
}
