/** Asks again while what is in the way passes by itself: a log that is opened anew, an election, a process that restarts. */
import { setTimeout as wait } from 'node:timers/promises';

const EVERY_MS = 1000;

/** Rejects with the first error that does not pass, or with the last one after `forMs`. */
export async function patiently<T>(
  ask: () => Promise<T>,
  forMs: number,
  passes: (error: Error & { code?: unknown }) => boolean,
): Promise<T> {
  const endMs = performance.now() + forMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Error) || !passes(error) || performance.now() > endMs) throw error;
      await wait(EVERY_MS);
    }
  }
}
