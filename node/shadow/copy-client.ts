/**
 * `receive` (and the desk, for answers of partners) asks its gateway's `peer` process for a copy of a mail that is being accepted.
 *
 * Shape:  id and sealed octets (null: its `<spoolId>.tmp` is complete) → whether another gateway has it durably.
 * Errors: never rejects: a process that is not there has made no copy, nor has one that takes longer than a copy may.
 */
import type { Layout } from '#node/config/layout.ts';
import { ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import type { CopyAnswer, ShadowCalls } from './local-wire.ts';
import { COPY_BYTES_PER_MS, COPY_MS } from './timing.ts';

export interface CopyClient {
  copy(spoolId: string, sizeBytes: number, bytes: Uint8Array | null): Promise<CopyAnswer['outcome']>;
  close(): void;
}

export function copyClient(layout: Layout): CopyClient {
  const ipc = ipcClient(layout.shadowSocket, tokenFileOf(layout.shadowSocket));
  return {
    async copy(spoolId, sizeBytes, bytes) {
      const request: ShadowCalls['copy'] = { spoolId, sizeBytes, bytes };
      const limitMs = COPY_MS + sizeBytes / COPY_BYTES_PER_MS;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'none'>((resolve) => {
        timer = setTimeout(resolve, limitMs, 'none');
      });
      const asked = ipc.call<CopyAnswer>('copy', request).then(
        ({ outcome }) => outcome,
        () => 'none' as const,
      );
      try {
        return await Promise.race([asked, late]);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => ipc.close(),
  };
}
