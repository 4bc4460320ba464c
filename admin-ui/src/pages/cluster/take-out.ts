/**
 * Takes a member out, after it has given away its mails where it can. When that fails it goes on as before, and the
 * promise rejects with the reason.
 */
import { api } from '../../api/client.ts';
import type { ClusterMember, DrainState } from '../../api/types.ts';
import { drained } from './drain-member.ts';

interface TakingOut {
  /** Three voters become one with a standby, when nobody can take the place. */
  readonly toPair: boolean;
  readonly withoutDrain: boolean;
  readonly reason: string;
  tell(state: DrainState): void;
  readonly stop: AbortSignal;
}

/** Whether it is there and has mails that it could give away. */
export function holdsMail({ role, alive, isSelf }: ClusterMember): boolean {
  return role !== 'witness' && (alive === true || isSelf);
}

export async function takeOut(
  member: ClusterMember,
  { toPair, withoutDrain, reason, tell, stop }: TakingOut,
): Promise<void> {
  const { node } = member;
  const isThere = holdsMail(member);
  const drains = isThere && !withoutDrain;
  if (drains) await drained(node, reason, { tell, stop });
  try {
    await api.cluster.remove.mutate({ member: node, toPair, force: isThere && withoutDrain, reason });
  } catch (error) {
    // It stays a member, so it goes on as one.
    if (drains) await api.cluster.drain.mutate({ member: node, on: false, reason });
    throw error;
  }
}
