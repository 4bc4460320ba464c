/**
 * Brings each spooled mail to its end: together with others at first, alone after a crash, held after the second one.
 *
 * A crash of a worker proves nothing against the mails that were in it, so each is tried once more alone. To know what
 * brought down the whole process, every mail that was in a worker at an unclean end is tried alone with a mark on disk
 * (`<id>.attempt`) that counts its attempts. Nothing is ever removed from the spool but a settled or held mail.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '#node/log.ts';
import type { JobEnd, WorkerPool } from './worker-pool.ts';

const ATTEMPTS_MAX = 2; // Twice is a pattern; once may be a neighbour's fault (features.md P24).

const DOUBTS_MAX = 8; // With the waits between them almost a minute: a process that restarts is back by then.
const LATER_MIN_MS = 200;
const LATER_MAX_MS = 30_000; // When what was missing is back, mail flows again within half a minute.

export interface SpooledJob {
  readonly spoolId: string;
  readonly path: string;
  /** It was under way before, in this run or an earlier one, and may have left something behind. */
  readonly again?: boolean;
}

export interface DispatchPorts<R> {
  readonly pool: WorkerPool<SpooledJob, R>;
  /** Records what was done and drops the mail from the spool. */
  settle(job: SpooledJob, report: R): Promise<void>;
  /** Puts the whole mail aside for a person. */
  hold(job: SpooledJob, reason: string): Promise<void>;
  /** False: another gateway has taken the mail over, nothing of it is here any more. */
  isHere(job: SpooledJob): boolean;
  /** A mail waits for something that is not its fault; null: not any more. */
  onWait(spoolId: string, reason: string | null): void;
  readonly log: Log;
}

export interface Dispatcher {
  /** Takes a mail; the same id again is ignored while it is under way. */
  take(job: SpooledJob): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Takes no more, ends waits; mails under way may still be settled. */
  stop(): void;
  readonly underWay: number;
}

/** `marks` is the folder for attempt marks; `suspects` were under way when the last run ended uncleanly. */
export function dispatcher<R>(
  ports: DispatchPorts<R>,
  marks: string,
  suspects: ReadonlySet<string>,
): Dispatcher {
  const underWay = new Map<string, Promise<void>>();
  let aloneChain: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const waits = new Set<() => void>();
  const markOf = (job: SpooledJob): string => join(marks, `${job.spoolId}.attempt`);

  async function bring(job: SpooledJob): Promise<void> {
    let crashes = attemptsOf(markOf(job));
    let marked = crashes > 0;
    let waitMs = LATER_MIN_MS;
    let doubts = 0;
    let again = job.again ?? false;
    while (crashes < ATTEMPTS_MAX) {
      const together = crashes === 0 && !suspects.has(job.spoolId);
      marked ||= !together;
      const tried = again ? { ...job, again } : job;
      const end = await (together ? ports.pool.run(tried, 'together') : alone(tried, crashes + 1));
      again = true;
      // Also while stopping: its copies are queued, and would be queued again at the next start.
      if (end.kind === 'done') {
        await ports.settle(job, end.report);
        if (marked) rmSync(markOf(job), { force: true });
        return;
      }
      if (end.kind === 'later') forget(job, crashes);
      if (stopped) return;
      if (end.kind === 'later' && !ports.isHere(job)) {
        ports.log.info({ spoolId: job.spoolId }, 'mail is not here any more');
        rmSync(markOf(job), { force: true });
        return;
      }
      if (end.kind === 'later' && !(end.doubtful && ++doubts >= DOUBTS_MAX)) {
        ports.log.warn({ spoolId: job.spoolId, reason: end.reason, againInMs: waitMs }, 'mail waits');
        ports.onWait(job.spoolId, end.reason);
        await wait(waitMs);
        waitMs = Math.min(waitMs * 2, LATER_MAX_MS);
        if (stopped) return;
      } else {
        ports.log.warn({ spoolId: job.spoolId, reason: end.reason }, 'mail did not survive its worker');
        crashes += 1;
      }
    }
    await ports.hold(job, 'processing failed twice');
    rmSync(markOf(job), { force: true });
  }

  /** The attempt was none. */
  function forget(job: SpooledJob, crashes: number): void {
    if (crashes === 0) rmSync(markOf(job), { force: true });
    else writeFileSync(markOf(job), String(crashes));
  }

  /** One after the other: whoever is alone in a worker that dies is the culprit. */
  function alone(job: SpooledJob, attempt: number): Promise<JobEnd<R>> {
    const turn = aloneChain.then(async (): Promise<JobEnd<R>> => {
      if (stopped) return { kind: 'later', reason: 'stopping', doubtful: false };
      writeFileSync(markOf(job), String(attempt));
      return ports.pool.run(job, 'alone');
    });
    aloneChain = turn.catch(() => {});
    return turn;
  }

  /** Ends early when the process stops; the mail stays spooled. */
  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      waits.add(end);
    });
  }

  return {
    take(job) {
      if (stopped || underWay.has(job.spoolId)) return;
      const run = bring(job)
        .catch((error: Error) =>
          ports.log.error({ spoolId: job.spoolId, error: error.message }, 'mail stays spooled'),
        )
        .finally(() => {
          underWay.delete(job.spoolId);
          ports.onWait(job.spoolId, null);
        });
      underWay.set(job.spoolId, run);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
    stop() {
      stopped = true;
      ports.pool.drain();
      for (const end of [...waits]) end();
    },
    get underWay() {
      return underWay.size;
    },
  };
}

function attemptsOf(mark: string): number {
  return existsSync(mark) ? Number(readFileSync(mark, 'utf8')) || ATTEMPTS_MAX : 0;
}
