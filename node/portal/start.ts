/**
 * The `portal` process: pages for partners who got a PDF. It holds no key; it seals what partners write to the public
 * spool key, so it cannot even read back an answer, and asks the desk in `protect` for every decision.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { StartProcess } from '#node/process.ts';
import { SpoolWriter } from '#node/spool/spool-writer.ts';
import { deskClient } from './desk-client.ts';
import { startPortalServer } from './server.ts';

const KEY_BYTES = 32;
const KEY_WAIT_MS = 60_000; // `keys` writes it at its first start; afterwards the supervisor tries again.
const KEY_RETRY_MS = 100;

export const start: StartProcess = async ({ settings, layout, log }) => {
  if (!settings.portal) throw new Error('there is no `portal` in the settings');
  if (!process.permission) {
    for (const folder of [layout.portalIncoming, layout.portalReady, layout.portalSpare]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
  }
  const desk = deskClient(layout.portalSocket);
  const spool = await SpoolWriter.open({
    incoming: layout.portalIncoming,
    ready: layout.portalReady,
    spare: layout.portalSpare,
    publicKey: await spoolPublicKey(layout.spoolPublicKey),
    freeBytesMin: settings.receive.freeBytesMin,
    onBroken: (error) => log.fatal({ error: error.message }, 'a sync failed: no answer is taken any more'),
  });
  const parts = { settings: settings.portal, hostname: settings.hostname, desk, spool, log };
  const server = await startPortalServer(parts);
  log.info({ url: server.url }, 'portal');
  return {
    async stop() {
      await server.stop();
      desk.close();
      await spool.close();
    },
  };
};

async function spoolPublicKey(path: string): Promise<Buffer> {
  const untilMs = performance.now() + KEY_WAIT_MS;
  for (;;) {
    try {
      const key = readFileSync(path);
      if (key.length === KEY_BYTES) return key;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    if (performance.now() > untilMs) throw new Error(`no spool key in ${path}`);
    await wait(KEY_RETRY_MS);
  }
}
