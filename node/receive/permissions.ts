/**
 * What the receiving process may touch: its code, the public spool key, its certificate, its spool folders, its trace.
 *
 * It may list and read back the sealed spool files it wrote (fsync of a folder needs it); it holds no key for them.
 */
import { dirname, join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { permissionArguments } from '#node/config/permission-arguments.ts';
import type { Settings } from '#node/config/settings.ts';

export function receivePermissions(settings: Settings, layout: Layout): string[] {
  return permissionArguments(settings, {
    read: [
      layout.spoolPublicKey,
      layout.receivePolicy,
      settings.receive.tlsCertificate,
      settings.receive.tlsKey,
    ],
    write: [join(layout.trace, 'receive.*')],
    folders: [layout.spoolIncoming, layout.spoolReady, layout.spoolSpare],
    present: [layout.trace, dirname(layout.spoolPublicKey)],
  });
}
