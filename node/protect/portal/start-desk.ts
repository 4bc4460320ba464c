/** Brings the desk up in the `protect` process of a gateway that has a portal. */
import { mkdirSync } from 'node:fs';
import type { KeysPort } from '#node/keys/port.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { ProcessContext, RunningProcess } from '#node/process.ts';
import { secondCopy } from '#node/shadow/second-copy.ts';
import { spoolPublicKey } from '#node/spool/spool-public-key.ts';
import { SpoolWriter } from '#node/spool/spool-writer.ts';
import type { ReadModels } from '#projections/read-models.ts';
import type { Outbox } from '../outbox.ts';
import { ownMails } from '../own-mails.ts';
import { portalDesk } from './desk.ts';
import { serveDesk } from './serve-desk.ts';
import { submitAnswer } from './submit-answer.ts';

export interface DeskNeeds {
  readonly models: ReadModels;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: KeysPort;
  readonly outbox: Outbox;
  readonly nowMs: () => number;
}

export async function startDesk(
  { settings, layout, log }: ProcessContext,
  { models, ledger, keys, outbox, nowMs }: DeskNeeds,
): Promise<RunningProcess> {
  for (const folder of [layout.deskIncoming, layout.spoolReady, layout.portalSpare]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const spool = await SpoolWriter.open({
    incoming: layout.deskIncoming,
    ready: layout.spoolReady,
    spare: layout.portalSpare,
    publicKey: await spoolPublicKey(layout.spoolPublicKey),
    freeBytesMin: settings.receive.freeBytesMin,
    onBroken: (error) =>
      log.fatal({ error: error.message }, 'spool sync failed: no answer is taken any more'),
  });
  const { node, hostname } = settings;
  const folder = layout.portalReady;
  const copies = secondCopy(layout, node, log);
  const submit = submitAnswer({
    ...{ ledger, keys, outbox, spool, folder, node, hostname, nowMs },
    secondCopy: copies,
  });
  const write = ownMails({ layout, hostname, nowMs });
  const desk = portalDesk({ models, ledger, keys, submit, write, node, nowMs });
  const server = await serveDesk(layout.portalSocket, desk, log);
  return {
    async stop() {
      await server.close();
      await spool.close();
      copies.close();
    },
  };
}
