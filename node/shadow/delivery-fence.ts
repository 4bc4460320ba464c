/**
 * Whether a queued mail may begin to leave now: the gate of `send` (replication.md §5.4).
 *
 * Open until the time that `peer` last told (fence-file.ts). Beyond it, and for mails of before a takeover, `peer` is
 * asked for each mail. When the fence has been closed for the time of grace, counted only while this process runs and
 * looks, mails leave all the same and are counted: late is worse than twice. A mail of before a takeover has no grace.
 * On a gateway of its own there is no file, and the gate is open.
 */
import type { Log } from '#node/log.ts';
import { bootId, type FenceState, readFence } from './fence-file.ts';
import type { Verdict } from './local-wire.ts';
import type { NewsClient } from './news-client.ts';

const LOOK_MS = 500; // An open fence is looked at so often: it names its own end, which nothing makes come earlier.
const LOOK_CLOSED_MS = 100;
const STEP_MS_MAX = 1000; // A process that was stopped for a minute has not waited for a minute.
const ASKED_AGAIN_MS = 1000;
const ASK_IDS_MAX = 5000;

export interface DeliveryFence {
  /**
   * `wait`: not now; asked again by and by. `drop`: another gateway has it. `doubtful`: go, and count it: another gateway
   * may send it, too. Cheap.
   */
  verdict(spoolId: string): Verdict | 'doubtful';
  /** A doubtful one leaves. */
  countDoubtful(): void;
  /** Now and then; true when something may have changed to the better. */
  tick(): boolean;
}

export interface DeliveryFencePorts {
  readonly path: string;
  readonly news: Pick<NewsClient, 'verdicts' | 'tellDoubtful'>;
  readonly nowNs: () => bigint;
  readonly log: Log;
}

export function deliveryFence(ports: DeliveryFencePorts): DeliveryFence {
  const { path, news, nowNs, log } = ports;
  let knownBoot: string | null = null;
  const boot = (): string => {
    knownBoot ??= bootId();
    return knownBoot;
  };
  let fence: FenceState | null = null;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let failing = false;
  const answers = new Map<string, { verdict: Verdict; atMs: number }>();
  const wanted = new Set<string>();
  let asking = false;
  let closedMs = 0;
  let tickedMs = performance.now();

  function look(): void {
    const nowMs = performance.now();
    const isOpen = fence === null || nowNs() < fence.openUntilNs;
    if (nowMs - lookedMs < (isOpen ? LOOK_MS : LOOK_CLOSED_MS)) return;
    lookedMs = nowMs;
    try {
      fence = readFence(path, boot);
      failing = false;
    } catch (error) {
      if (!failing) log.error({ error: (error as Error).message }, 'fence cannot be read, mails wait');
      failing = true;
    }
  }

  function asked(spoolId: string): Verdict {
    const known = answers.get(spoolId);
    if (known && known.verdict !== 'wait') return known.verdict;
    if (!known || performance.now() - known.atMs >= ASKED_AGAIN_MS) wanted.add(spoolId);
    return 'wait';
  }

  async function ask(): Promise<void> {
    asking = true;
    const ids = [...wanted].slice(0, ASK_IDS_MAX);
    for (const id of ids) wanted.delete(id);
    const verdicts = await news.verdicts(ids);
    const atMs = performance.now();
    for (const [n, id] of ids.entries()) answers.set(id, { verdict: verdicts?.[n] ?? 'wait', atMs });
    asking = false;
  }

  return {
    verdict(spoolId) {
      look();
      if (failing) return 'wait';
      if (fence === null) return 'go';
      if (fence.askUnless !== '' && !spoolId.startsWith(fence.askUnless)) return asked(spoolId);
      if (nowNs() < fence.openUntilNs) return 'go';
      const verdict = asked(spoolId);
      return verdict === 'wait' && closedMs >= fence.graceMs ? 'doubtful' : verdict;
    },
    countDoubtful: () => news.tellDoubtful(1),
    tick() {
      look();
      const nowMs = performance.now();
      const stepMs = Math.min(nowMs - tickedMs, STEP_MS_MAX);
      tickedMs = nowMs;
      const isOpen = !failing && (fence === null || nowNs() < fence.openUntilNs);
      closedMs = isOpen ? 0 : closedMs + stepMs;
      if (isOpen && (fence === null || fence.askUnless === '')) answers.clear();
      if (wanted.size > 0 && !asking) void ask();
      return isOpen || answers.size > 0;
    },
  };
}
