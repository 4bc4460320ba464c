/**
 * Worker threads that mails run in: killable, with a budget of memory and time (features.md P24, threat 5).
 *
 * Several mails share a worker while all goes well. When a worker dies or a mail exceeds its time, every mail that was
 * in it ends as `crashed`, and the caller decides; a mail that may be the culprit is run `alone`, in a worker of its own.
 * Errors: `run` never rejects.
 */
import { Worker } from 'node:worker_threads';

export interface PoolOptions {
  readonly entry: URL;
  readonly workers: number;
  /** Mails at once in one worker: they wait for fsync and signatures most of the time. */
  readonly perWorkerMax: number;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly workerData: unknown;
  /** Told when a job enters a worker; the result is called when it has left it. */
  readonly onEnter?: (job: unknown) => () => void;
  /** Answers what a mail asks of the main thread (facts at a log position). */
  readonly answer: (question: string, params: unknown) => Promise<unknown>;
}

export type JobEnd<R> =
  | { readonly kind: 'done'; readonly report: R }
  /** What it needs is not there now (keys, ledger, disk): nobody's fault, to be tried again. */
  | {
      readonly kind: 'later';
      readonly reason: string;
      /** It may be the mail after all: not for ever. */
      readonly doubtful: boolean;
    }
  | { readonly kind: 'crashed'; readonly reason: string };

export interface WorkerPool<J, R> {
  run(job: J, mode: 'together' | 'alone'): Promise<JobEnd<R>>;
  /** Mails under way. */
  readonly busy: number;
  /** Begins no more: what waits for a place ends as `later`, what is in a worker goes on. */
  drain(): void;
  stop(): Promise<void>;
}

/** Thread → main. */
export type FromWorker =
  | { done: number; report: unknown }
  | { ask: number; question: string; params: unknown }
  | { later: number; reason: string; doubtful: boolean }
  | { failed: number; reason: string };
/** Main → thread. */
export type ToWorker = { job: number; input: unknown } | { answer: number; value?: unknown; error?: string };

interface Slot {
  readonly worker: Worker;
  readonly jobs: Map<number, (end: JobEnd<never>) => void>;
  readonly alone: boolean;
  /** Places given away; counted at once, since a job is entered a moment after it got its place. */
  taken: number;
}

export function workerPool<J, R>(options: PoolOptions): WorkerPool<J, R> {
  let nextJob = 1;
  let busy = 0;
  let stopped = false;
  let draining = false;
  const shared: (Slot | null)[] = new Array(options.workers).fill(null);
  const all = new Set<Slot>();
  const waiting: (() => void)[] = [];

  function open(alone: boolean): Slot {
    const worker = new Worker(options.entry, {
      workerData: options.workerData,
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb },
    });
    const slot: Slot = { worker, jobs: new Map(), alone, taken: 0 };
    all.add(slot);
    let reason = 'worker ended';
    worker.on('message', (message: FromWorker) => receive(slot, message));
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      all.delete(slot);
      const at = shared.indexOf(slot);
      if (at >= 0) shared[at] = null;
      for (const end of [...slot.jobs.values()]) end({ kind: 'crashed', reason });
    });
    return slot;
  }

  function receive(slot: Slot, message: FromWorker): void {
    if ('ask' in message) {
      const post = (reply: ToWorker): void => slot.worker.postMessage(reply);
      options.answer(message.question, message.params).then(
        (value) => post({ answer: message.ask, value }),
        (error: Error & { code?: string }) =>
          post({ answer: message.ask, error: error.code ?? error.message }),
      );
    } else if ('later' in message) {
      slot.jobs.get(message.later)?.({
        kind: 'later',
        reason: message.reason,
        doubtful: message.doubtful,
      });
    } else if ('failed' in message) {
      slot.jobs.get(message.failed)?.({ kind: 'crashed', reason: message.reason });
    } else {
      slot.jobs.get(message.done)?.({ kind: 'done', report: message.report as never });
    }
  }

  function freeSlot(): Slot | null {
    let best: Slot | null = null;
    for (let i = 0; i < shared.length; i++) {
      const slot = shared[i] ?? null;
      if (slot === null) {
        if (best === null || best.taken > 0) {
          const opened = open(false);
          shared[i] = opened;
          best = opened;
        }
      } else if (slot.taken < options.perWorkerMax && (best === null || slot.taken < best.taken)) best = slot;
    }
    return best;
  }

  /** Null: none any more. */
  async function place(mode: 'together' | 'alone'): Promise<Slot | null> {
    for (;;) {
      if (draining) return null;
      if (mode === 'alone') return open(true);
      const slot = freeSlot();
      if (slot) {
        slot.taken += 1;
        return slot;
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  async function run(job: J, mode: 'together' | 'alone'): Promise<JobEnd<R>> {
    const slot = await place(mode);
    if (!slot) return { kind: 'later', reason: 'stopping', doubtful: false };
    if (stopped) return { kind: 'later', reason: 'stopping', doubtful: false };
    const id = nextJob++;
    busy += 1;
    const leave = options.onEnter?.(job);
    const end = await new Promise<JobEnd<R>>((resolve) => {
      const timer = setTimeout(() => {
        resolve({ kind: 'crashed', reason: `took longer than ${options.timeoutMs} ms` });
        slot.jobs.delete(id);
        void slot.worker.terminate();
      }, options.timeoutMs);
      slot.jobs.set(id, (e) => {
        clearTimeout(timer);
        slot.jobs.delete(id);
        resolve(e as JobEnd<R>);
      });
      slot.worker.postMessage({ job: id, input: job } satisfies ToWorker);
    });
    busy -= 1;
    slot.taken -= 1;
    leave?.();
    if (slot.alone) void slot.worker.terminate();
    waiting.shift()?.();
    return end;
  }

  return {
    run,
    get busy() {
      return busy;
    },
    drain() {
      draining = true;
      for (const wake of waiting.splice(0)) wake();
    },
    async stop() {
      stopped = true;
      await Promise.all([...all].map((slot) => slot.worker.terminate()));
    },
  };
}
