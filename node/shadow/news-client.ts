/**
 * `protect` and `send` tell their gateway's `peer` process what became of mails, and ask whether one may leave.
 *
 * News are gathered for GATHER_MS and told once. What cannot be told is lost: the comparison of every minute finds it.
 * On a gateway of its own, which has no `spool/shadow.json`, nothing is gathered and nobody is called.
 */
import type { Layout } from '#node/config/layout.ts';
import { ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import {
  type MailNews,
  NEWS_MAX,
  type ProgressCalls,
  type Verdict,
  type VerdictsAnswer,
} from './local-wire.ts';

const GATHER_MS = 50; // A quarter of what the process itself gathers for the other gateways.
const WAITING_MAX = 50_000; // Of a process that does not answer.

export interface NewsClient {
  tell(news: MailNews): void;
  tellDoubtful(count: number): void;
  /** null: not answered. */
  verdicts(ids: readonly string[]): Promise<readonly Verdict[] | null>;
  /** Tells what is left. */
  close(): Promise<void>;
}

export function newsClient(layout: Layout, isInCluster: () => boolean): NewsClient {
  const ipc = ipcClient(layout.progressSocket, tokenFileOf(layout.progressSocket));
  let waiting: MailNews[] = [];
  let doubtful = 0;
  let timer: NodeJS.Timeout | null = null;

  async function flush(): Promise<void> {
    timer = null;
    const news = waiting.splice(0, NEWS_MAX);
    try {
      if (news.length > 0) await ipc.call('news', { news } satisfies ProgressCalls['news']);
      if (doubtful > 0) {
        const count = doubtful;
        await ipc.call('doubtful', { count } satisfies ProgressCalls['doubtful']);
        doubtful -= count;
      }
    } catch {
      waiting = [];
    }
    if (waiting.length > 0) plan(0);
  }

  function plan(waitMs: number): void {
    timer ??= setTimeout(() => void flush(), waitMs);
  }

  return {
    tell(news) {
      if (!isInCluster()) return;
      if (waiting.length < WAITING_MAX) waiting.push(news);
      plan(GATHER_MS);
    },
    tellDoubtful(count) {
      doubtful += count;
      plan(GATHER_MS);
    },
    async verdicts(ids) {
      try {
        const { verdicts } = await ipc.call<VerdictsAnswer>('verdicts', { ids });
        return verdicts;
      } catch {
        return null;
      }
    },
    async close() {
      if (timer) clearTimeout(timer);
      await flush();
      ipc.close();
    },
  };
}
