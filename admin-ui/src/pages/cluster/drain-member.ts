/**
 * Lets a gateway give away its mails and follows that until none is left. When nothing has moved for STILL_MS, or `stop` is
 * aborted, it goes on as before, and the promise rejects with the reason.
 */
import { api } from '../../api/client.ts';
import { TextError } from '../../api/error-text.ts';
import type { DrainState } from '../../api/types.ts';

const LOOK_MS = 1_000;
const STILL_MS = 60_000; // As the command line does.

export async function drained(
  member: string,
  reason: string,
  { tell, stop }: { tell: (state: DrainState) => void; stop: AbortSignal },
): Promise<void> {
  let state = await api.cluster.drain.mutate({ member, reason });
  let least = state.left;
  let movedMs = performance.now();
  for (;;) {
    tell(state);
    if (state.draining && state.left === 0) return;
    if (!state.draining) throw new TextError('cluster.drain.stopped');
    if (state.left < least) movedMs = performance.now();
    least = Math.min(least, state.left);
    const isStill = performance.now() - movedMs > STILL_MS;
    if (isStill || stop.aborted) {
      tell(await api.cluster.drain.mutate({ member, on: false, reason }));
      throw new TextError(isStill ? 'cluster.drain.still' : 'cluster.drain.stopped');
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    state = await api.cluster.draining.query({ member });
  }
}
