/**
 * Subscriptions: the local tail from any position on, in order and without a gap. The handler's promise is the
 * back-pressure; nothing is read ahead of it but one piece.
 */
import type { Position, StoredEvent, Subscription } from './event-log.ts';
import { verifiedPieces } from './level-read.ts';
import type { LevelStore } from './level-store.ts';

export function followTail(
  store: LevelStore,
  from: Position,
  on: (event: StoredEvent) => Promise<void> | void,
  closed: AbortSignal,
): Subscription {
  const stopping = new AbortController();
  const stop = AbortSignal.any([closed, stopping.signal]);
  const stopped = new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });

  async function follow(): Promise<void> {
    let next = from < 1n ? 1n : from;
    while (!stop.aborted) {
      const moved = store.moved(); // Asked before the head is looked at, so that no move is missed.
      const head = store.state.position;
      for await (const events of verifiedPieces(store, next, head)) {
        for (const event of events) {
          if (stop.aborted) return;
          await on(event);
          next = event.position + 1n;
        }
      }
      if (store.state.position < next) await Promise.race([moved, stopped]);
    }
  }
  return { done: follow(), stop: () => stopping.abort() };
}
