/**
 * The `portal` process: pages for partners who got a PDF. It holds no key; it seals what partners write to the public
 * spool key, so it cannot even read back an answer, and asks the desk in `protect` for every decision.
 */
import { mkdirSync } from 'node:fs';
import type { StartProcess } from '#node/process.ts';
import { spoolPublicKey } from '#node/spool/spool-public-key.ts';
import { SpoolWriter } from '#node/spool/spool-writer.ts';
import { deskClient } from './desk-client.ts';
import { startPortalServer } from './server.ts';

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
