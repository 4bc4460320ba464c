/**
 * The `fetch` process: the only one that opens connections to addresses which strangers chose. It holds nothing.
 */
import { z } from 'zod';
import { ipcServer } from '#node/ipc/server.ts';
import type { StartProcess } from '#node/process.ts';
import { allowedRanges } from './address-guard.ts';
import { guardedGet, guardedPost } from './guarded-request.ts';

const getRequest = z.strictObject({
  url: z.string().max(2048), // Longer ones are not found in real certificates.
  timeoutMs: z.number().int().positive().max(60_000),
  bytesMax: z
    .number()
    .int()
    .positive()
    .max(64 * 1024 * 1024), // The largest public CRLs are below 50 MB.
});

const postRequest = getRequest.extend({
  body: z.instanceof(Uint8Array).refine((body) => body.length <= 65_536),
  headers: z.record(
    z.string().regex(/^[a-z][a-z0-9-]{0,60}$/),
    z
      .string()
      .max(1000)
      .regex(/^[\x20-\x7e]*$/),
  ),
});

export const start: StartProcess = async ({ settings, layout, log }) => {
  const also = allowedRanges(settings.fetch.allowPrivate);
  const server = await ipcServer(layout.fetchSocket, {
    calls: {
      get: (params: unknown) => guardedGet(getRequest.parse(params), also),
      post: (params: unknown) => guardedPost(postRequest.parse(params), also),
    },
    onFault: (error, method) => log.error({ method, error: (error as Error).message }, 'fetch fault'),
  });
  return { stop: () => server.close() };
};
