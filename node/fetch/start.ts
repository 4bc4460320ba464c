/**
 * The `fetch` process: the only one that opens connections to addresses which strangers chose. It holds nothing.
 */
import { z } from 'zod';
import { ipcServer } from '#node/ipc/server.ts';
import type { StartProcess } from '#node/process.ts';
import { allowedRanges } from './address-guard.ts';
import { guardedGet } from './guarded-get.ts';

const getRequest = z.strictObject({
  url: z.string().max(2048), // Longer ones are not found in real certificates.
  timeoutMs: z.number().int().positive().max(60_000),
  bytesMax: z
    .number()
    .int()
    .positive()
    .max(64 * 1024 * 1024), // The largest public CRLs are below 50 MB.
});

export const start: StartProcess = async ({ settings, layout, log }) => {
  const also = allowedRanges(settings.fetch.allowPrivate);
  const server = await ipcServer(layout.fetchSocket, {
    calls: { get: (params: unknown) => guardedGet(getRequest.parse(params), also) },
    onFault: (error, method) => log.error({ method, error: (error as Error).message }, 'fetch fault'),
  });
  return { stop: () => server.close() };
};
