/** FetchPort over the socket of the `fetch` process; when that is away, the answer is `failed`, never an exception. */
import type { Layout } from '#node/config/layout.ts';
import { ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import type { FetchEnd, FetchPort } from './port.ts';

export function fetchClient(layout: Layout): FetchPort & { close(): void } {
  const ipc = ipcClient(layout.fetchSocket, tokenFileOf(layout.fetchSocket));
  const call = (method: keyof FetchPort, request: unknown): Promise<FetchEnd> =>
    ipc
      .call<FetchEnd>(method, request)
      .catch((error: Error) => ({ kind: 'failed', detail: error.message }) as const);
  return {
    get: (request) => call('get', request),
    post: (request) => call('post', request),
    close: () => ipc.close(),
  };
}
