/**
 * Tells the holders of copies what is done: discards and progress, gathered for GATHER_MS, one request at a time each.
 *
 * What cannot be told is told again a while; after that the comparison of every minute finds it (reconcile.ts).
 */
import type { PeerClient } from '#node/peer/peer-client.ts';
import type { Progress } from './shadow-protocol.ts';
import { claimedAnswerSchema, IDS_MAX } from './shadow-protocol.ts';
import { ASK_MS, GATHER_MS } from './timing.ts';

const WAITING_MAX = 100_000; // Of one holder that does not answer; more is left to the comparison.

export interface HolderNewsPorts {
  readonly client: Pick<PeerClient, 'request'>;
  readonly epoch: () => number | null;
  readonly onDeposed: (epoch: number, owner: string) => void;
}

interface Waiting {
  readonly discards: Set<string>;
  readonly progress: Map<string, Progress>;
  sending: boolean;
}

export interface HolderNews {
  discard(node: string, spoolId: string): void;
  progress(node: string, progress: Progress): void;
  /** Those that may hold copies which are not wanted, since they could not be told yet. */
  untold(): string[];
  /** Resolves when nothing waits for this holder, or it could not be told. */
  flush(node: string): Promise<boolean>;
  stop(): void;
}

export function holderNews(ports: HolderNewsPorts): HolderNews {
  const holders = new Map<string, Waiting>();
  const timer = setInterval(() => {
    for (const node of holders.keys()) void flush(node);
  }, GATHER_MS);

  function waitingOf(node: string): Waiting {
    const known = holders.get(node);
    if (known) return known;
    const made = { discards: new Set<string>(), progress: new Map<string, Progress>(), sending: false };
    holders.set(node, made);
    return made;
  }

  async function flush(node: string): Promise<boolean> {
    const waiting = waitingOf(node);
    if (waiting.sending) return false;
    waiting.sending = true;
    try {
      while (waiting.progress.size > 0) if (!(await sendProgress(node, waiting))) return false;
      while (waiting.discards.size > 0) if (!(await sendDiscards(node, waiting))) return false;
      return true;
    } finally {
      waiting.sending = false;
      for (const id of waiting.discards) {
        if (waiting.discards.size <= WAITING_MAX) break;
        waiting.discards.delete(id);
      }
    }
  }

  async function sendDiscards(node: string, { discards }: Waiting): Promise<boolean> {
    const ids = [...discards].slice(0, IDS_MAX);
    if (!(await post(node, 'discard', { ids }))) return false;
    for (const id of ids) discards.delete(id);
    return true;
  }

  async function sendProgress(node: string, { progress }: Waiting): Promise<boolean> {
    const batch = [...progress.values()].slice(0, IDS_MAX);
    if (!(await post(node, 'progress', { progress: batch }))) return false;
    for (const one of batch) if (progress.get(one.spoolId) === one) progress.delete(one.spoolId);
    return true;
  }

  /** True when it was taken, or can never be. */
  async function post(node: string, what: 'discard' | 'progress', body: object): Promise<boolean> {
    const epoch = ports.epoch();
    if (epoch === null) return false;
    try {
      const answer = await ports.client.request(node, {
        method: 'POST',
        path: `/shadow/${what}`,
        body: Buffer.from(JSON.stringify({ epoch, ...body })),
        timeoutMs: ASK_MS,
      });
      if (answer.status !== 409) return answer.status === 204;
      const stand = claimedAnswerSchema.safeParse(JSON.parse(answer.body.toString('utf8')));
      if (stand.success) ports.onDeposed(stand.data.epoch, stand.data.owner);
      return true;
    } catch {
      return false; // Out of reach; told again.
    }
  }

  return {
    discard(node, spoolId) {
      const waiting = waitingOf(node);
      waiting.discards.add(spoolId);
      waiting.progress.delete(spoolId);
    },
    progress(node, progress) {
      waitingOf(node).progress.set(progress.spoolId, progress);
    },
    untold: () => [...holders].flatMap(([node, { discards }]) => (discards.size > 0 ? [node] : [])),
    flush,
    stop: () => clearInterval(timer),
  };
}
