/**
 * The `protect` process: takes sealed mails from the spool, runs them through the line in killable workers, queues what
 * leaves. The only process in which mails are open.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keepAliveMark } from '#node/alive-mark.ts';
import { caSettingsOf } from '#node/ca/ca-settings.ts';
import { certificateAuthority } from '#node/ca/certificate-authority.ts';
import { keepServerCertificates } from '#node/ca/server-certificates.ts';
import { fetchClient } from '#node/fetch/client.ts';
import { importDemoPartner } from '#node/first-start/demo-partner.ts';
import { ensureFoundations } from '#node/first-start/foundations.ts';
import { keysClient } from '#node/keys/client.ts';
import { pdfKeysClient } from '#node/keys/pdf-client.ts';
import { ledgerClient } from '#node/ledger/client.ts';
import { clusterClient } from '#node/ledger/cluster-client.ts';
import { feedModels } from '#node/ledger/models-feed.ts';
import type { StartProcess } from '#node/process.ts';
import { keepSpares } from '#node/spool/spare-files.ts';
import { spoolReader } from '#node/spool/spool-reader.ts';
import { openJournal } from '#node/trace/journal.ts';
import { ReadModels } from '#projections/read-models.ts';
import { answersTo } from './answer.ts';
import { certificateJudge } from './certificate-judge.ts';
import { dispatcher, type SpooledJob } from './dispatch.ts';
import { endMail } from './end-mail.ts';
import { equipper } from './equip.ts';
import type { FactsAnswer, FactsQuestion } from './facts.ts';
import { watchHeld } from './held-watch.ts';
import { holdWhole } from './hold-whole.ts';
import { learner } from './learn.ts';
import type { LineSettings } from './line-ports.ts';
import { lineStateTeller } from './line-state.ts';
import { openOutbox } from './outbox.ts';
import { pdfPasswords } from './pdf-passwords.ts';
import { watchPdfWaits } from './pdf-waiting.ts';
import { startDesk } from './portal/start-desk.ts';
import { publishReceivePolicy } from './receive-policy.ts';
import type { MailReport } from './report.ts';
import { openUnderWay } from './under-way.ts';
import { workerPool } from './worker-pool.ts';

const CRL_CHECK_MS = 3_600_000; // A CRL is renewed days before its end; an hour more or less does not matter.
const MAILS_PER_WORKER = 8; // Enough to keep both cores busy while others wait for fsync and signatures.

export const start: StartProcess = async (context) => {
  const { settings, layout, log } = context;
  mkdirSync(layout.spoolHold, { recursive: true, mode: 0o700 });
  const ledger = ledgerClient(layout.ledgerSocket);
  const keys = keysClient(layout);
  const fetch = fetchClient(layout);
  const nowMs = (): number => Date.now();
  const authority = certificateAuthority({ ledger, keys }, caSettingsOf(settings));
  await ensureFoundations(ledger, authority, settings, nowMs());
  if (settings.tryOut && !(await importDemoPartner(ledger, layout, nowMs()))) {
    log.warn({}, 'the mailbox has made no demonstration partner yet');
  }
  const models = new ReadModels();
  const feed = await feedModels(ledger, models, { saves: true });
  feed.done.catch((error: Error) => {
    log.fatal({ error: error.message }, 'the log cannot be followed');
    process.exit(1); // The supervisor starts it again; mails stay in the spool.
  });
  const pdfKeys = pdfKeysClient(layout);
  const { node, hostname } = settings;
  const state = lineStateTeller(layout);
  const outbox = openOutbox({ layout, ledger, onCount: state.facts, log });
  const pdfPorts = { models, feed, ledger, keys, pdfKeys, fetch, outbox, node, nowMs, log, layout, hostname };
  const answer = answersTo({
    models,
    judge: certificateJudge(models, fetch, nowMs),
    equip: equipper({ models, feed, ledger, keys, authority, node, nowMs }),
    learn: learner({ models, feed, ledger, outbox, node, log, nowMs }),
    pdfPassword: pdfPasswords(pdfPorts),
    nowMs,
  });
  const stopPublishing = publishReceivePolicy(layout, models, log);
  const cluster = clusterClient(layout.ledgerSocket);
  const renewCrl = async (): Promise<void> => {
    if (!(await cluster.leads('crl'))) return; // Another gateway does it.
    const meta = {
      requestId: randomUUID(),
      actor: `node/${settings.node}`,
      reason: 'renewal',
      atMs: nowMs(),
    };
    await authority.ensureCrl(meta);
  };
  const crlTimer = setInterval(() => {
    renewCrl().catch((error: Error) => log.error({ error: error.message }, 'CRL not renewed'));
  }, CRL_CHECK_MS);
  const stopServers = keepServerCertificates({
    ports: { ledger, keys },
    models,
    hostname: settings.hostname,
    node: settings.node,
    folders: [layout.receiveTls, layout.webTls],
    log,
    nowMs,
  });
  const underWay = openUnderWay(join(layout.spoolHold, 'running'));
  const pool = workerPool<SpooledJob, MailReport>({
    entry: new URL('./worker.ts', import.meta.url),
    workers: settings.protect.workers,
    perWorkerMax: MAILS_PER_WORKER,
    memoryMb: settings.protect.workerMemoryMb,
    timeoutMs: settings.protect.mailTimeoutMs,
    workerData: { layout, node, hostname, render: settings.render !== undefined } satisfies LineSettings,
    onEnter: (job) => underWay.begin((job as SpooledJob).spoolId),
    answer,
  });
  const journal = openJournal(layout.trace, 'protect', {
    onError: (error) => log.error({ error: error.message }, 'trace not written'),
  });
  const spares = keepSpares(layout.spoolSpare);
  const ending = endMail(layout, spares, log);
  const dispatch = dispatcher<MailReport>(
    {
      pool,
      log,
      async settle(job, report) {
        journal.write({ atMs: nowMs(), event: 'decided', ...report });
        await ending.end(job, report);
      },
      isHere: ({ path }) => existsSync(path),
      onWait: state.mail,
      hold: (job, reason) => holdWhole(job, reason, { layout, keys, journal, ending, nowMs }),
    },
    layout.spoolHold,
    underWay.suspects,
  );
  const stopWatching = watchHeld({
    layout,
    position: () => models.position,
    possible: async (address) => {
      const base = { sender: null, zone: 'inside', receivedAtMs: nowMs() } as const;
      const question: FactsQuestion = { ...base, recipients: [address], ruleBookPosition: null };
      const [keys] = ((await answer('facts', question)) as FactsAnswer).recipients;
      return [
        ...(keys?.certificate ? ['smime' as const] : []),
        ...(keys?.openPgpKey ? ['openpgp' as const] : []),
      ];
    },
    nowMs,
    log,
  });
  const desk = settings.portal ? await startDesk(context, { models, ledger, keys, outbox, nowMs }) : null;
  const removeMark = keepAliveMark(layout.protectAlive);
  const stopPdfWaits = watchPdfWaits(pdfPorts);
  const reader = spoolReader(layout, (mail) => dispatch.take(mail));
  return {
    async stop() {
      await stopWatching();
      await desk?.stop();
      reader.stop();
      dispatch.stop();
      await stopPdfWaits();
      await dispatch.idle();
      await pool.stop();
      spares.stop();
      await ending.close();
      removeMark();
      stopPublishing();
      stopServers();
      clearInterval(crlTimer);
      await outbox.stop();
      await feed.stop();
      underWay.close();
      journal.close();
      ledger.close();
      cluster.close();
      keys.close();
      pdfKeys.close();
      fetch.close();
    },
  };
};
