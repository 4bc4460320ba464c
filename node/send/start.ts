/**
 * The sending process: takes sealed mails from the queue on disk and hands them over by SMTP (features.md M1–M7).
 *
 * It holds the queue's key and nothing else; nobody can connect to it. It is told of new mails by the folder itself,
 * and takes commands as files. In a cluster it tells `peer` what became of mails, and begins deliveries only as long as
 * the fence is open (node/shadow/delivery-fence.ts).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keepAliveMark } from '#node/alive-mark.ts';
import type { ProcessContext, RunningProcess, StartProcess } from '#node/process.ts';
import { queueFileOf, queueIdOfFile } from '#node/queue/queue-header.ts';
import { type QueueWriter, queueWriter } from '#node/queue/queue-writer.ts';
import { deliveryFence } from '#node/shadow/delivery-fence.ts';
import { type NewsClient, newsClient } from '#node/shadow/news-client.ts';
import { spoolPolicyFrom } from '#node/shadow/spool-policy.ts';
import { keepSpares, type SpareKeeper } from '#node/spool/spare-files.ts';
import { openJournal } from '#node/trace/journal.ts';
import { dialBy } from './dial.ts';
import { removeLeftDrafts } from './left-drafts.ts';
import { commandsObeyed } from './obey-commands.ts';
import { openMail } from './open-mail.ts';
import { openQueueKey } from './queue-key.ts';
import { reportMailBy } from './report-mail.ts';
import { reportsInto } from './reports.ts';
import { routesBy } from './routes.ts';
import { type Scheduler, scheduler } from './scheduler.ts';
import type { SendTrace } from './send-trace.ts';
import { settlement } from './settlement.ts';
import { openStateJournal, type StateJournal } from './state-journal.ts';
import { tlsLevels } from './tls-levels.ts';
import { watchedFolder } from './watched-folder.ts';

const TICK_MS = 250; // How late a retry may be; a pass over 100,000 waiting mails takes some milliseconds.
const STOP_WITHIN_MS = 10_000; // Half of what the supervisor waits; a mail cut off is sent again after the next start.

export const start: StartProcess = (context) => startSending(context, Date.now);

/** `now`: wall clock, milliseconds since 1970. */
export async function startSending(context: ProcessContext, now: () => number): Promise<RunningProcess> {
  const { layout, log } = context;
  const openBox = openQueueKey(layout);
  mkdirSync(layout.queueCommands, { recursive: true, mode: 0o700 });
  removeLeftDrafts(layout.queueIncoming, now());
  const journal = await openStateJournal(layout, log, (error) => {
    log.fatal({ error: error.message }, 'the queue journal cannot be written, nothing more is sent');
    // Ends the process: only what is on disk counts now, and the next start reads it from there.
    setImmediate(() => {
      throw error;
    });
  });
  const traceJournal = openJournal(layout.trace, 'send', {
    onError: (error) => log.error({ error: error.message }, 'trace cannot be written'),
  });
  const writer = queueWriter(layout);
  const trace: SendTrace = (record) => traceJournal.write(record);
  const spares = keepSpares(layout.queueSpare);
  const policy = spoolPolicyFrom(layout.spoolPolicy, (error) =>
    log.error({ error: error.message }, 'policy of the cluster not read'),
  );
  const news = newsClient(layout, () => policy.current() !== null);
  const { running, obey } = assemble(context, now, { openBox, journal, writer, spares, news, trace });
  const ready = await watchedFolder(
    layout.queueReady,
    (name, listed) => {
      const queueId = queueIdOfFile(name);
      if (queueId !== null) running.take(queueId, listed);
    },
    log,
  );
  const commands = await watchedFolder(layout.queueCommands, obey, log);
  const tick = setInterval(() => running.tick(), TICK_MS);
  const removeMark = keepAliveMark(layout.sendAlive);
  log.info({ deferred: journal.waiting.size }, 'sending');
  return {
    async stop() {
      ready.stop();
      commands.stop();
      clearInterval(tick);
      removeMark();
      await running.stop(STOP_WITHIN_MS);
      spares.stop();
      await news.close();
      await journal.close();
      await writer.close();
      traceJournal.close();
    },
  };
}

interface Parts {
  readonly openBox: ReturnType<typeof openQueueKey>;
  readonly journal: StateJournal;
  readonly writer: QueueWriter;
  readonly spares: SpareKeeper;
  readonly news: NewsClient;
  readonly trace: SendTrace;
}

/** Composition of what sends, without the folders that feed it. */
function assemble(
  context: ProcessContext,
  now: () => number,
  { openBox, journal, writer, spares, news, trace }: Parts,
): { running: Scheduler; obey: (name: string) => void } {
  const { settings, layout, log } = context;
  const { send, hostname } = settings;
  const pathOf = (queueId: string): string => join(layout.queueReady, queueFileOf(queueId));
  const headerOf = async (queueId: string): Promise<Uint8Array | null> => {
    try {
      const mail = await openMail(pathOf(queueId), openBox);
      const bytes = mail.headerBytes();
      mail.close();
      return bytes;
    } catch (error) {
      log.warn({ queueId, error: (error as Error).message }, 'header of a reported mail cannot be read');
      return null; // The report is made without it.
    }
  };
  const reports = reportsInto(writer, reportMailBy(hostname), headerOf);
  const settle = settlement({ journal, reports, trace, retry: send, now, pathOf, spares, news, log });
  const linkSettings = {
    hostname,
    connectTimeoutMs: send.connectTimeoutMs,
    idleTimeoutMs: send.idleTimeoutMs,
    tlsOptionsOf: tlsLevels(send.tlsCaFile ?? null),
  };
  const nowNs = (): bigint => process.hrtime.bigint();
  const running = scheduler({
    journal,
    settlement: settle,
    fence: deliveryFence({ path: layout.sendFence, news, nowNs, log }),
    trace,
    routeOf: routesBy(send.routes),
    openBox,
    pathOf,
    destination: { dial: dialBy(), linkSettings, connectionsMax: send.perDestinationMax, now, log },
    retry: send,
    lifetimeMs: send.lifetimeMs,
    log,
  });
  const folder = layout.queueCommands;
  const obey = commandsObeyed({ folder, journal, scheduler: running, settlement: settle, trace, now, log });
  return { running, obey };
}
