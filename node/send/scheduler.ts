/**
 * Brings queued mails to their destinations: new ones at once, deferred ones when their time has come.
 *
 * A mail is a `Round` while it is under way, a line of the journal while it waits for another attempt, and a name in
 * a list while it waits for its turn; its content is in memory only within a budget. Each destination has its own
 * list and its own connections, so a slow one holds up nobody else (targets.md R5).
 */
import type { Log } from '#node/log.ts';
import type { DeliveryFence } from '#node/shadow/delivery-fence.ts';
import { SealedFileError } from '#node/spool/sealed-file.ts';
import { spoolIdIn } from '#node/spool/spool-id.ts';
import { ownAnswer } from './answer.ts';
import { carryMail } from './carry.ts';
import { type Destination, type DestinationPorts, destination, type Job } from './destination.ts';
import type { Link } from './link.ts';
import { type OpenMail, openMail } from './open-mail.ts';
import type { OpenBox } from './queue-key.ts';
import { type RetrySettings, waitAfter } from './retry-schedule.ts';
import { newRound, type Round, recipientAt, unknownState, type Wish, waitingOf } from './round.ts';
import { type DestinationSpec, domainOf, type RouteOf } from './routes.ts';
import type { SendTrace } from './send-trace.ts';
import type { Settlement } from './settlement.ts';
import { type StateJournal, stateOf } from './state-journal.ts';

const OPENED_AT_ONCE = 8; // Mails opened between two turns of the event loop: some milliseconds.
const HELD_BYTES_MAX = 32 * 1024 * 1024; // Contents of waiting mails; beyond it they are read again at their turn.
const CONNECTIONS_MAX = 500; // File descriptors are 1,024 by default; mails and sockets share them.
const CONNECTIONS_FAIR = 2; // For each destination once half of all connections are in use.
const SUSPEND_MS_MAX = 300_000; // A server that came back is noticed within five minutes.

/** A queue id that no mail line has made stands for itself. */
const spoolIdOf = (queueId: string): string => spoolIdIn(queueId) ?? queueId;

const DAMAGED = 'queued mail is damaged';

export interface SchedulerPorts {
  readonly journal: StateJournal;
  readonly settlement: Settlement;
  readonly fence: DeliveryFence;
  readonly trace: SendTrace;
  readonly routeOf: RouteOf;
  readonly openBox: OpenBox;
  readonly pathOf: (queueId: string) => string;
  /** What all destinations share; the scheduler adds what ties them together. */
  readonly destination: Pick<DestinationPorts, 'dial' | 'linkSettings' | 'connectionsMax' | 'now' | 'log'>;
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
  const destinations = new Map<string, Destination>();
  const fresh: string[] = [];
  const settling = new Set<Promise<void>>();
  const unreachable = new Set<string>();
  /** Seen, and not to be begun yet. */
  const fenced = new Set<string>();
  const longestWaitMs = Math.max(...ports.retry.retryAfterMs, SUSPEND_MS_MAX);
  let opening = false;
  let heldBytes = 0;
  let openConnections = 0;
  let stopped = false;
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
    const kept = groups.length === 1 && heldBytes + mail.heldBytes <= HELD_BYTES_MAX ? mail : null;
    if (kept?.heldBytes === 0 || kept === null) mail.close();
    for (const { spec, indices } of groups) {
      destinationFor(spec).add(jobOf(round, indices, kept && kept.heldBytes > 0 ? kept : null, spec.key));
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

  function destinationFor(spec: DestinationSpec): Destination {
    const known = destinations.get(spec.key);
    if (known) return known;
    const made = destination(spec, {
      ...ports.destination,
      waitAfter: (failures) => Math.min(waitAfter(failures, ports.retry), SUSPEND_MS_MAX),
      mayOpen,
      mayCarry: () => journal.writable,
      onReachable,
    });
    destinations.set(spec.key, made);
    return made;
  }

  /** Fair when connections are scarce: those who have many get no more. */
  function mayOpen(open: number): boolean {
    openConnections = 0;
    for (const one of destinations.values()) openConnections += one.open;
    if (openConnections < CONNECTIONS_MAX / 2) return true;
    return openConnections < CONNECTIONS_MAX && open < CONNECTIONS_FAIR;
  }

  function onReachable(key: string): void {
    if (!unreachable.delete(key)) return;
    for (const mail of journal.waiting.values()) if (mail.unreachable === key) mail.nextAtMs = now();
  }

  function jobOf(round: Round, indices: readonly number[], kept: OpenMail | null, key: string): Job {
    heldBytes += kept?.heldBytes ?? 0;
    const release = (): void => {
      heldBytes -= kept?.heldBytes ?? 0;
    };
    const spoolId = spoolIdOf(round.queueId);
    return {
      mayRun: () => ports.fence.verdict(spoolId) !== 'wait',
      async run(link, isFresh) {
        const verdict = ports.fence.verdict(spoolId);
        if (verdict === 'doubtful') ports.fence.countDoubtful();
        if (verdict === 'drop') dropAdopted(round);
        if (round.wish === null) {
          const mail = kept ?? (await reopen(round));
          const end =
            mail === 'later'
              ? notRead(round, indices)
              : mail === null
                ? 'unreadable'
                : await carry(round, indices, link, isFresh, mail);
          if (end === 'again') return 'again';
          if (end === 'unreadable') {
            round.unreadable = true;
            round.lastAnswer = DAMAGED;
            log.error({ queueId: round.queueId }, 'queued mail is damaged, held');
            finish(round, Promise.resolve());
          }
        } else finish(round, Promise.resolve());
        release();
        return 'done';
      },
      unreachable(answer, untilMs) {
        release();
        if (answer.outcome === 'later') {
          round.unreachable = { key, untilMs };
          unreachable.add(key);
        }
        const answers = indices.map(() => answer);
        finish(round, settlement.answered(round, indices, answers, null));
      },
    };
  }

  /** Another gateway has taken the mail over. */
  function dropAdopted(round: Round): void {
    round.wish = 'delete';
    ports.trace({
      atMs: now(),
      event: 'removed',
      spoolId: round.header.spoolId,
      queueId: round.queueId,
      traceId: round.header.traceId,
      recipients: waitingOf(round).map((index) => recipientAt(round, index).address),
      nextHop: '',
      reply: '',
      tls: null,
      attempts: round.attempts,
      by: 'cluster',
    });
  }

  /** null: damaged; `later`: out of descriptors, a bad disk. */
  async function reopen({ queueId }: Round): Promise<OpenMail | 'later' | null> {
    try {
      return await openMail(ports.pathOf(queueId), ports.openBox);
    } catch (error) {
      if (error instanceof SealedFileError) return null;
      log.error({ queueId, error: (error as Error).message }, 'queued mail cannot be opened');
      return 'later';
    }
  }

  function notRead(round: Round, indices: readonly number[]): 'done' {
    const answers = indices.map(() => ownAnswer('later', '4.3.0', 'queued mail cannot be read now'));
    finish(round, settlement.answered(round, indices, answers, null));
    return 'done';
  }

  async function carry(
    round: Round,
    indices: readonly number[],
    link: Link,
    isFresh: boolean,
    mail: OpenMail,
  ): Promise<'done' | 'again' | 'unreadable'> {
    const recipients = indices.map((index) => recipientAt(round, index));
    const { answers, end } = await carryMail(link, isFresh, mail, recipients);
    mail.close();
    if (end !== 'done') return end;
    finish(round, settlement.answered(round, indices, answers, link));
    return 'done';
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
      for (const [key, one] of destinations) {
        one.pump();
        if (one.forgettable) destinations.delete(key);
      }
    },
    tryNow(select) {
      for (const one of destinations.values()) one.tryAgain();
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
      await Promise.all([...destinations.values()].map((one) => one.stop(withinMs)));
      await Promise.all(settling);
    },
  };
}
