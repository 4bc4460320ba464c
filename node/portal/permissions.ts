/**
 * What the portal may touch: its code, the public spool key, its certificate, the token of the desk's socket, its own
 * folders. No key, no mail, no other socket; what it writes it cannot read back (architecture.md, processes).
 */
import { dirname } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { permissionArguments } from '#node/config/permission-arguments.ts';
import type { Settings } from '#node/config/settings.ts';
import { tokenFileOf } from '#node/ipc/server.ts';

export function portalPermissions(settings: Settings, layout: Layout): string[] {
  return permissionArguments(settings, {
    read: [
      layout.spoolPublicKey,
      tokenFileOf(layout.portalSocket),
      settings.portal?.tlsCertificate,
      settings.portal?.tlsKey,
    ],
    write: [],
    folders: [layout.portalIncoming, layout.portalReady, layout.portalSpare],
    present: [dirname(layout.spoolPublicKey), dirname(layout.portalSocket)],
  });
}
