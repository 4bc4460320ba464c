/**
 * What the sending process may read and write: its queue, its own key, its trace. No mail of the spool, no key of a
 * person, one socket of another process, on which it tells what it has done (architecture.md, processes).
 */
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { permissionArguments } from '#node/config/permission-arguments.ts';
import type { Settings } from '#node/config/settings.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import { BOOT_ID_FILE } from '#node/shadow/fence-file.ts';

export function sendPermissions(settings: Settings, layout: Layout): string[] {
  return permissionArguments(settings, {
    read: [
      ...settings.send.routes.map((route) => route.passwordFile),
      settings.send.tlsCaFile,
      layout.spoolPolicy,
      layout.sendFence,
      BOOT_ID_FILE,
      tokenFileOf(layout.progressSocket), // The one socket it may call: what became of mails, and whether one may leave.
    ],
    write: [layout.queuePublicKey, `${layout.queuePublicKey}.tmp`, join(layout.trace, 'send.*')],
    folders: [
      layout.send,
      layout.queueIncoming,
      layout.queueReady,
      layout.queueSpare,
      layout.queueState,
      layout.queueCommands,
    ],
    present: [layout.trace],
  });
}
