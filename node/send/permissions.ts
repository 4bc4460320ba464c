/**
 * What the sending process may read and write: its queue, its own key, its trace. No mail of the spool, no key of a
 * person, no socket of another process (architecture.md, processes).
 */
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { permissionArguments } from '#node/config/permission-arguments.ts';
import type { Settings } from '#node/config/settings.ts';

export function sendPermissions(settings: Settings, layout: Layout): string[] {
  return permissionArguments(settings, {
    read: [...settings.send.routes.map((route) => route.passwordFile), settings.send.tlsCaFile],
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
