/** After a change of the cluster: a word about it, and another look at how it is now. */
import { useQueryClient } from '@tanstack/react-query';
import { useToast } from '../../parts/toast.tsx';

export function useChanged(): (text?: string) => Promise<void> {
  const client = useQueryClient();
  const toast = useToast();
  return async (text) => {
    if (text !== undefined) toast(text);
    await client.invalidateQueries({ queryKey: ['cluster'] });
  };
}
