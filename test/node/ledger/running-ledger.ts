/** A ledger process inside the test's own, on a scratch data folder, and clients of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import { settingsSchema } from '#node/config/settings.ts';
import { type LedgerClient, ledgerClient } from '#node/ledger/client.ts';
import { start } from '#node/ledger/start.ts';
import type { RunningProcess } from '#node/process.ts';

export interface RunningLedger {
  readonly layout: Layout;
  /** Starts the ledger again after `stop`. */
  start(): Promise<void>;
  stop(): Promise<void>;
  client(waitMs?: number): LedgerClient;
  dispose(): Promise<void>;
}

export async function runningLedger(): Promise<RunningLedger> {
  const root = await mkdtemp(join(tmpdir(), 'sealgate-ledger-'));
  const layout = layoutOf(root);
  const settings = settingsSchema.parse({ data: root });
  const log = pino({ level: 'silent' });
  const clients: LedgerClient[] = [];
  let running: RunningProcess | null = null;
  const ledger: RunningLedger = {
    layout,
    async start() {
      running = await start({ settings, layout, log });
    },
    async stop() {
      await running?.stop();
      running = null;
    },
    client(waitMs) {
      const client = ledgerClient(layout.ledgerSocket, waitMs);
      clients.push(client);
      return client;
    },
    async dispose() {
      for (const client of clients) client.close();
      await ledger.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
  await ledger.start();
  return ledger;
}
