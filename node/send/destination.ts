/**
 * One destination: its waiting jobs, its connections, and whether it can be reached.
 *
 * Connections are kept and carry mail after mail. A destination that cannot be reached is left alone for a while and
 * all its jobs are told at once, so they wait on disk, not in memory; other destinations notice nothing of it. When a
 * server takes no further connection beside those it has, fewer are used.
 */
import type { Log } from '#node/log.ts';
import type { Answer } from './answer.ts';
import { type Dial, DialError } from './dial.ts';
import { isTlsFailure, type Link, type LinkSettings, openLink } from './link.ts';
import type { DestinationSpec } from './routes.ts';

const IDLE_KEEP_MS = 5000; // A little longer than Postfix keeps its own (2 s): bursts come back within seconds.
const CARRIED_MAX = 1000; // Behind a load balancer a connection for ever would never be balanced again.
const LINK_AGE_MAX_MS = 300_000; // Postfix's limit for the reuse of a connection.
const RAISE_AFTER = 50; // Deliveries that went well before one more connection is dared again.
const IN_CLEAR_MS = 600_000; // After TLS failed at an opportunistic destination.
const AVOID_MAX = 10; // MX addresses that answered TCP but no SMTP in one round.

export interface Job {
  /** False: not now; it keeps its place and is asked again at the next `pump`. Cheap. */
  mayRun(): boolean;
  /** Uses the link for one mail. `again`: the kept connection was dead, nothing was said about the mail. */
  run(link: Link, fresh: boolean): Promise<'done' | 'again'>;
  /** The destination cannot be reached; it is left alone until then. */
  unreachable(answer: Answer, untilMs: number): void;
}

export interface DestinationPorts {
  readonly dial: Dial;
  readonly linkSettings: LinkSettings;
  readonly connectionsMax: number;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** How long to leave it alone after `failures` failed tries in a row. */
  readonly waitAfter: (failures: number) => number;
  /** May one more connection be opened, seen from all destinations together? `open`: this one's. */
  readonly mayOpen: (open: number) => boolean;
  /** False: nothing more may be sent for now, since it could not be marked. */
  readonly mayCarry: () => boolean;
  /** It answered; perhaps it could not be reached before. */
  readonly onReachable: (key: string) => void;
  readonly log: Log;
}

export interface Destination {
  readonly spec: DestinationSpec;
  add(job: Job): void;
  readonly waiting: number;
  /** Connections open or being opened. */
  readonly open: number;
  /** Nothing waits, nothing is open, and there is nothing to remember. */
  readonly forgettable: boolean;
  /** Starts what may start; after another destination has given up connections. */
  pump(): void;
  /** Operators want it tried now. */
  tryAgain(): void;
  /** Starts nothing more. Resolves when the deliveries under way have ended, or were cut off after `withinMs`. */
  stop(withinMs: number): Promise<void>;
}

export function destination(spec: DestinationSpec, ports: DestinationPorts): Destination {
  const { now } = ports;
  const waiting: Job[] = [];
  const idle: { link: Link; timer: NodeJS.Timeout }[] = [];
  const live = new Set<Link>();
  const runs = new Set<Promise<void>>();
  let dialling = 0;
  let limit = ports.connectionsMax;
  let well = 0;
  let failures = 0;
  let suspended: { untilMs: number; answer: Answer } | null = null;
  let inClearUntilMs = 0;
  let stopped = false;

  function pump(): void {
    while (mayStart()) {
      const kept = idle.pop();
      if (kept) {
        clearTimeout(kept.timer);
        track(carry(kept.link, false));
      } else if (dialling < waiting.length && open() < limit && ports.mayOpen(open())) void dialAndCarry();
      else return;
    }
  }

  function mayStart(): boolean {
    return !stopped && waiting.length > 0 && ports.mayCarry() && waiting.some((job) => job.mayRun());
  }

  /** Usually the first. */
  function nextJob(): Job | undefined {
    const at = waiting.findIndex((job) => job.mayRun());
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  }

  function open(): number {
    return live.size + dialling;
  }

  function track(run: Promise<void>): void {
    runs.add(run);
    void run.finally(() => runs.delete(run));
  }

  async function dialAndCarry(): Promise<void> {
    dialling += 1;
    let link: Link;
    try {
      link = await reach();
    } catch (error) {
      dialling -= 1;
      if (!(error instanceof DialError)) throw error;
      if (!stopped) notReached(error.answer);
      return;
    }
    dialling -= 1;
    if (stopped) {
      link.drop();
      return;
    }
    live.add(link);
    link.onEnd(() => {
      live.delete(link);
      const at = idle.findIndex((kept) => kept.link === link);
      if (at >= 0) clearTimeout(idle.splice(at, 1)[0]?.timer);
    });
    reached();
    track(carry(link, true));
  }

  /** A connection that gets as far as mails. MX hosts that answer TCP but no SMTP are passed over. */
  async function reach(): Promise<Link> {
    const avoid: string[] = [];
    let last: DialError | null = null;
    for (;;) {
      const dialled = await ports
        .dial(spec, { connectTimeoutMs: ports.linkSettings.connectTimeoutMs, avoid })
        .catch((error: Error) => {
          throw last ?? error; // What a host with a connection said is worth more than `no host left`.
        });
      const inClear = now() < inClearUntilMs;
      try {
        return await openLink(dialled, spec, ports.linkSettings, inClear);
      } catch (error) {
        if (!(error instanceof DialError)) throw error;
        if (spec.tls === 'opportunistic' && !inClear && isTlsFailure(error)) {
          inClearUntilMs = now() + IN_CLEAR_MS;
          ports.log.warn({ destination: spec.key }, 'TLS fails at this destination, going on without');
          continue;
        }
        last = error;
        avoid.push(dialled.address);
        if (spec.way.kind === 'host' || avoid.length >= AVOID_MAX) throw error;
      }
    }
  }

  function reached(): void {
    failures = 0;
    suspended = null;
    ports.onReachable(spec.key);
  }

  function notReached(answer: Answer): void {
    if (live.size > 0 && answer.outcome === 'later') {
      limit = Math.max(1, live.size); // It serves us, but not on more connections than these.
      well = 0;
      return;
    }
    failures += 1;
    suspended = { untilMs: now() + ports.waitAfter(failures), answer };
    for (const job of waiting.splice(0)) job.unreachable(answer, suspended.untilMs);
  }

  async function carry(link: Link, fresh: boolean): Promise<void> {
    let first = fresh;
    for (;;) {
      const job = mayStart() ? nextJob() : undefined;
      if (job === undefined) break;
      if ((await job.run(link, first)) === 'again') {
        waiting.unshift(job);
        break;
      }
      first = false;
      if (!link.usable) break;
      if (link.carried >= CARRIED_MAX || performance.now() - link.openedAtMs > LINK_AGE_MAX_MS) {
        link.quit();
        live.delete(link);
        break;
      }
      if (++well >= RAISE_AFTER) {
        well = 0;
        limit = Math.min(ports.connectionsMax, limit + 1);
      }
    }
    if (!link.usable) live.delete(link);
    if (live.has(link)) keep(link);
    pump();
  }

  function keep(link: Link): void {
    if (stopped) {
      link.quit();
      return;
    }
    const timer = setTimeout(() => {
      const at = idle.findIndex((kept) => kept.link === link);
      if (at >= 0) idle.splice(at, 1);
      live.delete(link);
      link.quit();
    }, IDLE_KEEP_MS);
    idle.push({ link, timer });
  }

  return {
    spec,
    add(job) {
      if (suspended !== null && now() < suspended.untilMs) {
        job.unreachable(suspended.answer, suspended.untilMs);
        return;
      }
      waiting.push(job);
      pump();
    },
    get waiting() {
      return waiting.length;
    },
    get open() {
      return open();
    },
    get forgettable() {
      return waiting.length === 0 && open() === 0 && (suspended === null || now() >= suspended.untilMs);
    },
    pump,
    tryAgain() {
      suspended = null;
    },
    async stop(withinMs) {
      stopped = true;
      waiting.length = 0; // Their mails lie in the queue and are found again at the next start.
      for (const kept of idle.splice(0)) {
        clearTimeout(kept.timer);
        kept.link.quit();
      }
      const cut = setTimeout(() => {
        for (const link of live) link.drop();
      }, withinMs);
      await Promise.all(runs);
      clearTimeout(cut);
      for (const link of live) link.drop();
    },
  };
}
