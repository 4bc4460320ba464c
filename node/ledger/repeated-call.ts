/**
 * Calls of the ledger that outlast its restart: repeated until it answers or `waitMs` is over, then `disconnected`.
 *
 * That is safe, since every one of them is idempotent.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { IpcError } from '#node/ipc/client.ts';

export const LEDGER_WAIT_MS = 10_000; // A ledger that was killed is back within a second; one that checks a large log needs some.
export const RETRY_MIN_MS = 20;
export const RETRY_MAX_MS = 500;

export async function repeated<T>(ask: () => Promise<T>, waitMs: number, closed: AbortSignal): Promise<T> {
  const untilMs = performance.now() + waitMs;
  for (let pauseMs = RETRY_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (!isDisconnected(error) || closed.aborted || performance.now() >= untilMs) throw error;
    }
    await pause(pauseMs, closed);
  }
}

export function isDisconnected(error: unknown): boolean {
  return error instanceof IpcError && error.code === 'disconnected';
}

/** Ends early, and without an error, when `signal` does. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}
