/** The signed-in operator, and what the server lets them call. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import type { SessionState } from '../api/types.ts';
import { SESSION_KEY } from '../app/query-client.ts';

export function useSessionQuery() {
  return useQuery({
    queryKey: SESSION_KEY,
    queryFn: (): Promise<SessionState | null> => api.session.current.query(),
  });
}

/** For what is inside the sign-in: there is always an operator. */
export function useSession(): SessionState {
  const { data } = useSessionQuery();
  if (!data) throw new Error('used outside the sign-in');
  return data;
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
