/** Answers of the gateway, kept for as long as they are shown. An ended session leads back to the sign-in. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isApiError, isSignedOut } from '../api/client.ts';

export const SESSION_KEY = ['session'];
const FRESH_MS = 5_000;
const RETRIES = 2;
const AGAIN_MS = 5_000; // The gateway starts anew, or the way to it is cut.

const isLost = (error: unknown): boolean => isApiError(error) && !error.data;

function onError(error: unknown): void {
  if (isSignedOut(error)) queryClient.setQueryData(SESSION_KEY, null);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // What the gateway answered is an answer; only a lost connection is tried again, at last until it is there.
      retry: (count, error) => count < RETRIES && isLost(error),
      refetchInterval: ({ state }) => (isLost(state.error) ? AGAIN_MS : false),
    },
  },
});
