/** A receiving process for tests, inside this one, on free ports and in a folder of its own. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import { type Settings, settingsSchema } from '#node/config/settings.ts';
import { start } from '#node/receive/start.ts';
import { boxPrivateKey, newBoxKey, openWithPrivateKey } from '#node/spool/sealed-box.ts';
import { openSealedFile } from '#node/spool/sealed-file.ts';
import { freePort } from '../../free-port.ts';

export interface SpooledMail {
  readonly header: SpoolHeader;
  readonly octets: Buffer;
}

export interface SpoolFolder {
  readonly root: string;
  readonly layout: Layout;
  /** All mails in `ready`, opened, oldest first. */
  mails(): Promise<SpooledMail[]>;
  mail(fileName: string): Promise<SpooledMail>;
  remove(): void;
}

/** A data folder with a spool key, as `keys` would have made it. */
export function spoolFolder(parent: string = tmpdir()): SpoolFolder {
  const root = mkdtempSync(join(parent, 'sealgate-receive-'));
  const layout = layoutOf(root);
  for (const folder of [layout.spoolIncoming, layout.spoolReady, layout.spoolSpare, layout.trace]) {
    mkdirSync(folder, { recursive: true });
  }
  const key = newBoxKey();
  const privateKey = boxPrivateKey(key.privateKey);
  writeFileSync(layout.spoolPublicKey, key.publicKey);
  writeFileSync(layout.receivePolicy, JSON.stringify({ v: 1, domains: ['ours.example'] }));
  const open = async (name: string): Promise<SpooledMail> => {
    const path = join(layout.spoolReady, name);
    const file = await openSealedFile<SpoolHeader>(path, async (box) => openWithPrivateKey(privateKey, box));
    const octets = Buffer.concat([...file.octets.chunks()]);
    file.close();
    return { header: file.header, octets };
  };
  return {
    root,
    layout,
    mail: open,
    mails: () => Promise.all(readdirSync(layout.spoolReady).sort().map(open)),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export type ReceiveSettings = Partial<Omit<Settings['receive'], 'listeners'>> & {
  readonly peers?: string[];
};

export interface RunningReceive extends SpoolFolder {
  readonly inside: number;
  readonly outside: number;
  stop(): Promise<void>;
}

export async function runningReceive(receive: ReceiveSettings = {}): Promise<RunningReceive> {
  const folder = spoolFolder();
  const [inside, outside] = [await freePort(), await freePort()];
  const { peers = [], ...others } = receive;
  const settings = settingsSchema.parse({
    hostname: 'gateway.test.example',
    receive: {
      ...others,
      listeners: [
        { name: 'inside', port: inside, zone: 'inside', peers },
        { name: 'outside', port: outside, zone: 'outside' },
      ],
    },
  });
  const running = await start({ settings, layout: folder.layout, log: pino({ level: 'silent' }) });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) await running.stop();
    stopped = true;
  };
  return {
    ...folder,
    inside,
    outside,
    stop,
    remove() {
      void stop();
      folder.remove();
    },
  };
}
