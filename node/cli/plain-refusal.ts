/** ClusterError is a refusal that says what to do; here it ends a command as any other refusal. */
import { ClusterError } from '#node/cluster/cluster-error.ts';
import { CommandFailed } from './admin-client.ts';

export async function refusedPlainly<T>(doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof ClusterError) throw new CommandFailed(error.message);
    throw error;
  }
}
