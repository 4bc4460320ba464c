/**
 * The `ledger` process: holds the event log and the vault, signs what it records, and serves the other processes.
 *
 * A damaged log is served as far as it is whole and takes no appends; a disk that failed a sync takes none until the
 * process is started again. Both are in `status`, told here once in the log, and never mended silently.
 * Two processes on one data folder: the second fails, LevelDB is locked.
 */
import type { LocalLog } from '#consensus/local-log.ts';
import { brokenJoin } from '#node/cluster/begun-join.ts';
import { isWitness } from '#node/cluster/join-witness.ts';
import { ipcServer } from '#node/ipc/server.ts';
import type { Log } from '#node/log.ts';
import type { RunningProcess, StartProcess } from '#node/process.ts';
import { loadIdentity } from './identity.ts';
import { openLedger } from './open-ledger.ts';
import { ledgerService } from './serve-ledger.ts';

const SCRUB_EVERY_MS = 6 * 3_600_000; // Damage is named within a shift, while the newest backup is still whole.
const SCRUB_FIRST_MS = 10_000; // The start of the other processes goes first.
const STATUS_EVERY_MS = 1000;
const REOPEN_AFTER_MS = 500; // What asked for it is answered first; several reasons come together.

export const start: StartProcess = async (context) => {
  const { log, layout, settings } = context;
  if (brokenJoin(layout)) {
    throw new Error('a join to a cluster broke off: run sealgate cluster join again, with the same token');
  }
  if (isWitness(layout)) {
    throw new Error('this data folder belongs to a witness, which processes no mail: sealgate witness start');
  }
  const identity = loadIdentity(layout.ledger, settings.node);
  let running = run();
  let stopping = false;
  let reopening: NodeJS.Timeout | null = null;

  /** What the gateway is in its cluster has changed: everything anew, as after a restart; callers wait and ask again. */
  function reopen(): void {
    if (stopping || reopening) return;
    reopening = setTimeout(reopenNow, REOPEN_AFTER_MS);
  }

  function reopenNow(): void {
    reopening = null;
    running = running
      .then((before) => before.stop())
      .then(() => (stopping ? { stop: async () => {} } : run()));
    running.catch((error: Error) => {
      log.fatal({ error: error.message }, 'the event log cannot be opened again');
      process.exit(1); // The supervisor starts it again.
    });
  }

  async function run(): Promise<RunningProcess> {
    const opened = await openLedger(context, identity, reopen);
    const { log: events } = opened;
    for (const notice of events.notices) log.warn({ notice }, 'event log: found and mended at start');
    const onFault = (error: unknown, method: string): void => {
      log.error({ method, error: (error as Error).stack }, 'fault in the ledger');
    };
    const server = await ipcServer(layout.ledgerSocket, ledgerService(opened, identity, onFault));
    const watching = watchStatus(events, log);
    const scrubbing = scrubRegularly(events, log);
    const { localHead, mode } = events.status();
    log.info(
      { node: identity.node, clusterId: identity.clusterId, mode, head: String(localHead) },
      'event log open',
    );
    return {
      async stop() {
        clearInterval(watching);
        scrubbing.stop();
        await server.close();
        await opened.close();
      },
    };
  }

  await running;
  return {
    async stop() {
      stopping = true;
      if (reopening) clearTimeout(reopening);
      await (await running).stop();
    },
  };
};

/** Says once, and again when it changes, why the log takes no appends. */
function watchStatus(events: LocalLog, log: Log): NodeJS.Timeout {
  let told = '';
  const look = (): void => {
    const { reason, damagedAt } = events.status();
    if (reason === told) return;
    told = reason;
    if (reason === '') log.info('event log takes appends again');
    else
      log.error(
        { reason, damagedAt: damagedAt === null ? null : String(damagedAt) },
        'event log takes no appends',
      );
  };
  look();
  return setInterval(look, STATUS_EVERY_MS).unref();
}

function scrubRegularly(events: LocalLog, log: Log): { stop(): void } {
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  const plan = (delayMs: number): void => {
    timer = setTimeout(() => void run(), delayMs).unref();
  };
  const run = async (): Promise<void> => {
    try {
      const { checkedTo, damage, mended } = await events.scrub({ unhurried: true });
      if (mended) log.warn({ notice: mended }, 'event log: found and mended by the scrub');
      if (!damage) log.info({ checkedTo: String(checkedTo) }, 'event log scrubbed, all is whole');
    } catch (error) {
      if (!stopped) log.warn({ error: (error as Error).message }, 'scrub of the event log was interrupted');
    }
    if (!stopped) plan(SCRUB_EVERY_MS);
  };
  plan(SCRUB_FIRST_MS);
  return {
    stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}
