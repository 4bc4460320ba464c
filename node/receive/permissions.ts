/**
 * What the receiving process may touch: its code, the public spool key, its TLS key and certificate, its spool folders, its
 * trace.
 *
 * It may list and read back the sealed spool files it wrote (fsync of a folder needs it); it holds no key for them.
 */
import { dirname, join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { permissionArguments } from '#node/config/permission-arguments.ts';
import type { Settings } from '#node/config/settings.ts';
import { tokenFileOf } from '#node/ipc/server.ts';

export function receivePermissions(settings: Settings, layout: Layout): string[] {
  return permissionArguments(settings, {
    read: [
      layout.spoolPublicKey,
      layout.receivePolicy,
      layout.spoolPolicy,
      tokenFileOf(layout.shadowSocket), // The one socket it may call: copies of what it writes.
      settings.receive.tlsCertificate,
      settings.receive.tlsKey,
    ],
    write: [join(layout.trace, 'receive.*')],
    folders: [
      layout.spoolIncoming,
      layout.spoolReady,
      layout.spoolSpare,
      ...(makesOwnKey(settings) ? [layout.receiveTls] : []),
    ],
    present: [layout.trace, dirname(layout.spoolPublicKey)],
  });
}

/** It makes the key for STARTTLS itself when no other one is given. */
export function makesOwnKey({ receive }: Settings): boolean {
  return receive.tls === 'own-ca' && !(receive.tlsCertificate && receive.tlsKey);
}
