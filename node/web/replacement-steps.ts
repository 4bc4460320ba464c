/**
 * The steps by which another member takes the place of one, and how far they are. First the new gateway is in and has the
 * whole log, then the old one is taken out, so that never fewer vote than before. A witness goes first, since its place can
 * only be taken when it is free; one gateway votes meanwhile, the other one is its standby. A gateway that follows and has
 * all takes the place of either without a newcomer. Pure.
 */
import type { Replacement } from '#domain/cluster/replacement.ts';
import type {
  ClusterMemberRow,
  ClusterStatus,
  ReplacementPlan,
  ReplacementProgress,
  ReplacementRow,
  ReplacementStage,
  ReplacementStep,
} from './cluster-admin-port.ts';

/** What is seen of the cluster, as the management shows it. */
export type SeenCluster = Pick<ClusterStatus, 'mode' | 'members' | 'writable' | 'reason' | 'settling'>;

const votes = ({ role }: Pick<ClusterMemberRow, 'role'>): boolean => role === 'voter' || role === 'witness';

export const votersOf = ({ members }: Pick<ClusterStatus, 'members'>): number => members.filter(votes).length;

const NEW_GATEWAY: readonly ReplacementStep[] = ['token', 'out', 'votes'];
const SPARE_GATEWAY: readonly ReplacementStep[] = ['spare', 'out', 'votes'];
const NEW_WITNESS: readonly ReplacementStep[] = ['free', 'witness-token', 'votes'];

export function replacementPlan(
  { members }: Pick<ClusterStatus, 'members'>,
  lost: Pick<ClusterMemberRow, 'node' | 'role'>,
): ReplacementPlan {
  const spare = votes(lost) ? members.find((member) => isSpare(member, lost.node)) : undefined;
  if (spare) return { steps: SPARE_GATEWAY, spare: spare.name };
  return { steps: lost.role === 'witness' ? NEW_WITNESS : NEW_GATEWAY, spare: '' };
}

/** A gateway that does not vote yet and has the whole log. */
function isSpare(member: ClusterMemberRow, lost: string): boolean {
  return member.node !== lost && !votes(member) && member.alive === true && member.behind === 0;
}

/** How far a replacement is that began as `begun`. */
export function replacementProgress(cluster: SeenCluster, begun: Replacement): ReplacementProgress {
  const isThere = cluster.members.some(({ node }) => node === begun.node);
  const newcomer = cluster.members.find((member) => !begun.known.includes(member.node) && !isWitness(member));
  if (!isThere) return afterRemoval(cluster, begun, newcomer !== undefined);
  const planned = replacementPlan(cluster, begun);
  if (isWitness(begun)) return { ...planned, at: outOf(planned), now: { stage: 'remove' } };
  const plan = newcomer ? { steps: NEW_GATEWAY, spare: '' } : planned;
  const missing = plan.spare === '' ? missingOf(newcomer) : null;
  if (missing) return { ...plan, at: 0, now: missing };
  return { ...plan, at: outOf(plan), now: { stage: 'remove' } };
}

/** The same as the management shows it. */
export function replacementRow(
  cluster: SeenCluster,
  begun: Replacement & { readonly reason: string },
): ReplacementRow {
  const { node, name, role, reason, at: sinceMs } = begun;
  return { node, name, role, reason, sinceMs, ...replacementProgress(cluster, begun) };
}

const isWitness = ({ role }: Pick<ClusterMemberRow, 'role'>): boolean => role === 'witness';
const outOf = ({ steps }: ReplacementPlan): number => Math.max(0, steps.indexOf('out'));

function afterRemoval(cluster: SeenCluster, begun: Replacement, hasJoined: boolean): ReplacementProgress {
  const hasWitness = cluster.members.some(isWitness);
  const isFree = isWitness(begun) && !hasWitness && votersOf(cluster) < begun.voters;
  if (isFree) {
    const left = voting(cluster, votersOf(cluster));
    const now = left ?? { stage: 'token', joins: 'witness' };
    return { steps: NEW_WITNESS, spare: '', at: left ? 0 : 1, now };
  }
  const isNewWitness = isWitness(begun) && hasWitness;
  const steps = isNewWitness ? NEW_WITNESS : hasJoined ? NEW_GATEWAY : SPARE_GATEWAY;
  const left = voting(cluster, begun.voters);
  return { steps, spare: '', at: left ? steps.length - 1 : steps.length, now: left ?? { stage: 'done' } };
}

/** Null: the newcomer has all. */
function missingOf(comer: ClusterMemberRow | undefined): ReplacementStage | null {
  if (!comer) return { stage: 'token', joins: 'gateway' };
  const { name, alive, behind } = comer;
  if (!alive) return { stage: 'starts', name };
  return behind === 0 ? null : { stage: 'catches-up', name, behind };
}

/** Null: as many vote as `count`, and the cluster waits for nothing. */
function voting(cluster: SeenCluster, count: number): ReplacementStage | null {
  const { mode, members, writable, reason, settling } = cluster;
  // A gateway that does not vote sees no members of the engine; then the roles must do.
  const isThere = (member: ClusterMemberRow): boolean =>
    votes(member) && (mode === 'client' || (member.engine?.state === 'voter' && member.engine.answers));
  const there = members.filter(isThere).length;
  const waitsFor = settling !== '' || writable ? settling : reason;
  if (waitsFor === '' && there >= count && votersOf(cluster) >= count) return null;
  return { stage: 'votes', there, count, waitsFor };
}
