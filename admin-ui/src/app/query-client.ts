/** Answers of the gateway, kept for as long as they are shown. An ended session leads back to the sign-in. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isApiError, isSignedOut } from '../api/client.ts';

export const SESSION_KEY = ['session'];
const FRESH_MS = 5_000;
const RETRIES = 2;

function onError(error: unknown): void {
  if (isSignedOut(error)) queryClient.setQueryData(SESSION_KEY, null);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // What the gateway answered is an answer; only a lost connection is tried again.
      retry: (count, error) => count < RETRIES && isApiError(error) && !error.data,
    },
  },
});
