/**
 * Brings queued mails to their destinations: new ones at once, deferred ones when their time has come.
 *
 * A mail is a `Round` while it is under way, a line of the journal while it waits for another attempt, and a name in
 * a list while it waits for its turn; its content is in memory only within a budget. Each destination has its own
 * list and its own connections, so a slow one holds up nobody else (targets.md R5).
 */
import type { Log } from '#node/log.ts';
import type { DeliveryFence } from '#node/shadow/delivery-fence.ts';
import { destinationSet, type SharedPorts, SUSPEND_MS_MAX } from './destination-set.ts';
import { type OpenMail, openMail } from './open-mail.ts';
import type { OpenBox } from './queue-key.ts';
import type { RetrySettings } from './retry-schedule.ts';
import { newRound, type Round, recipientAt, unknownState, type Wish, waitingOf } from './round.ts';
import { DAMAGED, roundJobs, spoolIdOf } from './round-jobs.ts';
import { type DestinationSpec, domainOf, type RouteOf } from './routes.ts';
import type { SendTrace } from './send-trace.ts';
import type { Settlement } from './settlement.ts';
import { type StateJournal, stateOf } from './state-journal.ts';

const OPENED_AT_ONCE = 8; // Mails opened between two turns of the event loop: some milliseconds.

export interface SchedulerPorts {
  readonly journal: StateJournal;
  readonly settlement: Settlement;
  readonly fence: DeliveryFence;
  readonly trace: SendTrace;
  readonly routeOf: RouteOf;
  readonly openBox: OpenBox;
  readonly pathOf: (queueId: string) => string;
  /** What all destinations share; the scheduler adds what ties them together. */
  readonly destination: SharedPorts;
  readonly retry: RetrySettings;
  readonly lifetimeMs: number;
  readonly log: Log;
}

export interface Scheduler {
  /**
   * A file is, or was, in the queue. Mails that are under way or wait are ignored. `listed`: it is certainly there, so
   * the file of a mail that has left is removed.
   */
  take(queueId: string, listed: boolean): void;
  /** Takes what is due; now and then. */
  tick(): void;
  /** Tries these mails now, whatever their time. */
  tryNow(select: (queueId: string, mentionsDomain: (domain: string) => boolean) => boolean): void;
  /** For a mail that is under way; false when it is not. */
  wish(queueId: string, wish: Wish): boolean;
  stop(withinMs: number): Promise<void>;
}

export function scheduler(ports: SchedulerPorts): Scheduler {
  const { journal, settlement, log } = ports;
  const { now } = ports.destination;
  /** null while it is being opened. */
  const underWay = new Map<string, Round | null>();
  const earlyWishes = new Map<string, Wish>();
  const fresh: string[] = [];
  const settling = new Set<Promise<void>>();
  const unreachable = new Set<string>();
  /** Seen, and not to be begun yet. */
  const fenced = new Set<string>();
  const longestWaitMs = Math.max(...ports.retry.retryAfterMs, SUSPEND_MS_MAX);
  let opening = false;
  let stopped = false;
  const destinations = destinationSet(ports.destination, ports.retry, {
    mayCarry: () => journal.writable, // What could not be marked afterwards is not sent.
    onReachable,
  });
  const jobs = roundJobs({ ...ports, now, finish, onUnreachable: (key) => unreachable.add(key) });
  for (const mail of journal.waiting.values())
    if (mail.unreachable !== null) unreachable.add(mail.unreachable);

  function take(queueId: string, listed: boolean): void {
    if (stopped || underWay.has(queueId)) return;
    if (journal.hasLeft(queueId)) {
      if (listed) settlement.dropFile(queueId); // Queued again after a crash of the mail line, or left over from ours.
      return;
    }
    const known = journal.waiting.get(queueId);
    if (known && (known.held || known.nextAtMs > now())) return;
    if (ports.fence.verdict(spoolIdOf(queueId)) === 'wait') {
      fenced.add(queueId);
      return;
    }
    underWay.set(queueId, null);
    fresh.push(queueId);
    if (!opening) {
      opening = true;
      void openFresh();
    }
  }

  async function openFresh(): Promise<void> {
    for (let at = 0; at < fresh.length && !stopped; at++) {
      await begin(fresh[at] as string);
      if (at % OPENED_AT_ONCE === OPENED_AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    fresh.length = 0;
    opening = false;
  }

  async function begin(queueId: string): Promise<void> {
    let mail: OpenMail;
    try {
      mail = await openMail(ports.pathOf(queueId), ports.openBox);
    } catch (error) {
      await notOpened(queueId, error as NodeJS.ErrnoException);
      return;
    }
    const waiting = journal.waiting.get(queueId);
    const round = newRound(mail.header, waiting ? stateOf(waiting) : null, ports.lifetimeMs);
    underWay.set(queueId, round);
    round.wish = earlyWishes.get(queueId) ?? null;
    earlyWishes.delete(queueId);
    const groups = groupsOf(round);
    round.openJobs = groups.length;
    if (groups.length === 0) finish(round, Promise.resolve());
    // One content serves the only destination; with several each one reads it at its turn.
    const kept = groups.length === 1 && jobs.mayKeep(mail.heldBytes) ? mail : null;
    if (kept?.heldBytes === 0 || kept === null) mail.close();
    for (const { spec, indices } of groups) {
      const inMemory = kept && kept.heldBytes > 0 ? kept : null;
      destinations.at(spec).add(jobs.jobOf(round, indices, inMemory, spec.key));
    }
  }

  async function notOpened(queueId: string, error: NodeJS.ErrnoException): Promise<void> {
    underWay.delete(queueId);
    earlyWishes.delete(queueId);
    if (error.code === 'ENOENT') {
      if (journal.waiting.has(queueId)) await settlement.removed(queueId); // Someone removed the file by hand.
      return;
    }
    log.error({ queueId, error: error.message }, 'queued mail cannot be opened');
    if (error.syscall !== undefined) return; // Out of descriptors, a bad disk: found again by the next listing.
    const known = journal.waiting.get(queueId);
    const state = known ? stateOf(known) : unknownState(queueId, now(), ports.lifetimeMs);
    await journal.put({ ...state, held: true, lastAnswer: DAMAGED });
  }

  function groupsOf(round: Round): { spec: DestinationSpec; indices: number[] }[] {
    const groups = new Map<string, { spec: DestinationSpec; indices: number[] }>();
    for (const index of waitingOf(round)) {
      const spec = ports.routeOf(recipientAt(round, index).address, round.header.envelope.requireTls);
      const group = groups.get(spec.key) ?? { spec, indices: [] };
      group.indices.push(index);
      groups.set(spec.key, group);
    }
    return [...groups.values()];
  }

  function onReachable(key: string): void {
    if (!unreachable.delete(key)) return;
    for (const mail of journal.waiting.values()) if (mail.unreachable === key) mail.nextAtMs = now();
  }

  /** The link goes on with the next mail while this one is marked. */
  function finish(round: Round, answered: Promise<void>): void {
    const run = (async () => {
      await answered;
      round.openJobs -= 1;
      if (round.openJobs > 0) return;
      await settlement.ended(round);
      await honourLateWish(round);
      underWay.delete(round.queueId);
    })();
    settling.add(run);
    void run.finally(() => settling.delete(run));
  }

  /** The wish came while the end of the round was being written. */
  async function honourLateWish(round: Round): Promise<void> {
    const mail = journal.waiting.get(round.queueId);
    if (!mail || round.wish === null) return;
    if (round.wish === 'delete') await settlement.removed(round.queueId);
    else if (!mail.held) await journal.put({ ...stateOf(mail), held: true });
  }

  return {
    take,
    tick() {
      if (stopped || !journal.writable) return;
      const nowMs = now();
      for (const [queueId, mail] of journal.waiting) {
        if (mail.held || underWay.has(queueId)) continue;
        // A clock that was set back must not make mails wait for years.
        if (mail.nextAtMs <= nowMs || mail.nextAtMs - nowMs > 2 * longestWaitMs) {
          mail.nextAtMs = Math.min(mail.nextAtMs, nowMs);
          take(queueId, false);
        }
      }
      if (ports.fence.tick() && fenced.size > 0) {
        const again = [...fenced];
        fenced.clear();
        for (const queueId of again) take(queueId, false);
      }
      destinations.pump();
    },
    tryNow(select) {
      destinations.tryAgain();
      for (const [queueId, mail] of journal.waiting) {
        if (mail.held) continue;
        const mentions = (domain: string): boolean =>
          stateOf(mail).recipients.some((r) => r.state === 'waiting' && domainOf(r.address) === domain);
        if (!select(queueId, mentions)) continue;
        mail.nextAtMs = now();
        take(queueId, false);
      }
    },
    wish(queueId, wish) {
      const round = underWay.get(queueId);
      if (round) round.wish = wish;
      else if (round === null) earlyWishes.set(queueId, wish);
      return round !== undefined;
    },
    async stop(withinMs) {
      stopped = true;
      await destinations.stop(withinMs);
      await Promise.all(settling);
    },
  };
}
