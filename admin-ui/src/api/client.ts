/**
 * Calls to the gateway: typed by the server's router, the only thing of the server that the page imports.
 */
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import type { AdminRouter } from '../../../node/web/admin-router.ts';

const IDLE_AFTER_MS = 60_000; // Nobody touched the page: its own refreshing does not keep the session alive.
const BATCH_CALLS_MAX = 20; // The server takes no more.
const URL_CHARS_MAX = 3_500; // The server reads 4,000 characters of a path parameter.

let lastInputMs = Date.now();
function noteInput(): void {
  lastInputMs = Date.now();
}
for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const) {
  addEventListener(event, noteInput, { passive: true, capture: true });
}

export const api = createTRPCClient<AdminRouter>({
  links: [
    httpBatchLink({
      url: '/trpc',
      maxItems: BATCH_CALLS_MAX,
      maxURLLength: URL_CHARS_MAX,
      headers: () => ({
        'x-sealgate-request': 'page',
        ...(Date.now() - lastInputMs > IDLE_AFTER_MS ? { 'x-sealgate-idle': '1' } : {}),
      }),
    }),
  ],
});

export type ApiError = TRPCClientError<AdminRouter>;

export function isApiError(error: unknown): error is ApiError {
  return error instanceof TRPCClientError;
}

export const isSignedOut = (error: unknown): boolean =>
  isApiError(error) && error.data?.code === 'UNAUTHORIZED';
