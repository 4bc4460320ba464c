/** The portal's server on a folder of its own, with a stand-in desk: for tests of its pages and forms. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { settingsSchema } from '#node/config/settings.ts';
import type { PortalDesk, SessionView } from '#node/portal/desk-port.ts';
import { startPortalServer } from '#node/portal/server.ts';
import { rawPublicKey } from '#node/spool/sealed-box.ts';
import { SpoolWriter } from '#node/spool/spool-writer.ts';

export const look = { organisation: 'Klinik <Süd>', colour: '#ffcc00', logo: null, footer: 'Impressum' };
export const valid: Extract<SessionView, { kind: 'valid' }> = {
  kind: 'valid',
  session: 'renewed',
  formToken: 'form-token',
  sender: 'doctor@clinic.example',
  recipient: 'patient@mail.example',
  subject: '<script>alert(1)</script>',
  messageId: '<1@clinic.example>',
  sentAtMs: 1_770_000_000_000,
  language: 'de',
  look,
  charactersMin: 12,
};

export interface DemoPortal {
  readonly url: string;
  readonly folder: string;
  /** Opens what the portal sealed. */
  readonly privateKey: KeyObject;
  dispose(): Promise<void>;
}

export async function demoPortal(desk: PortalDesk): Promise<DemoPortal> {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-portal-'));
  for (const name of ['incoming', 'ready', 'spare']) mkdirSync(join(folder, name));
  const { privateKey } = generateKeyPairSync('x25519');
  const spool = await SpoolWriter.open({
    incoming: join(folder, 'incoming'),
    ready: join(folder, 'ready'),
    spare: join(folder, 'spare'),
    publicKey: () => rawPublicKey(privateKey),
    freeBytesMin: 0,
    onBroken: (error) => assert.fail(error),
  });
  const settings = settingsSchema.parse({ portal: { port: 0, filesMax: 2, attachmentsBytesMax: 100_000 } });
  const server = await startPortalServer({
    settings: settings.portal!,
    hostname: 'gateway.example',
    desk,
    spool,
    log: pino({ level: 'silent' }),
  });
  return {
    url: server.url,
    folder,
    privateKey,
    async dispose() {
      await server.stop();
      await spool.close();
      rmSync(folder, { recursive: true });
    },
  };
}
