/** The signed-in operator, and what the server lets them call. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { api } from '../api/client.ts';
import type { SessionState } from '../api/types.ts';
import { SESSION_KEY } from '../app/query-client.ts';

export function useSessionQuery() {
  return useQuery({
    queryKey: SESSION_KEY,
    queryFn: (): Promise<SessionState | null> => api.session.current.query(),
  });
}

/** Given by the gate to what is inside the sign-in, so that an ending session never pulls it from under a page. */
export const SessionContext = createContext<SessionState | null>(null);

export function useSession(): SessionState {
  const session = useContext(SessionContext);
  if (!session) throw new Error('used outside the sign-in');
  return session;
}

/** Whether the server would take this call from this operator: what would fail is not offered. */
export function useMay(): (procedure: string) => boolean {
  const { allowed } = useSession();
  return (procedure) => allowed.includes(procedure);
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await api.session.signOut.mutate();
    client.clear();
    client.setQueryData(SESSION_KEY, null);
  };
}
