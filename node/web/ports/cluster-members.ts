/** The members of the cluster as the management shows them, out of the ledger's view, the log and the engine. Pure. */
import type { LogStatus } from '#consensus/event-log.ts';
import type { EngineMember } from '#node/cluster/cluster-administration.ts';
import type { Settings } from '#node/config/settings.ts';
import type { ClusterMember, ClusterView } from '#node/ledger/cluster-port.ts';
import { shadowModeOf } from '#node/shadow/buddy-choice.ts';
import type { ShadowCounts } from '#node/shadow/counts-file.ts';
import type { ClusterMemberRow } from '#node/web/cluster-admin-port.ts';
import { type ClusterCondition, clusterCondition } from '#node/web/cluster-condition.ts';

export interface ClusterFacts {
  readonly view: ClusterView;
  readonly log: LogStatus;
  /** Empty on a gateway that does not vote. */
  readonly engine: readonly EngineMember[];
}

export function memberRows({ view, log, engine }: ClusterFacts): ClusterMemberRow[] {
  const isCutOff = log.obstacle === 'no-quorum' || log.obstacle === 'fenced';
  const positionOf = ({ node, ackedPosition }: ClusterMember): bigint | null =>
    node === view.self ? log.localHead : ackedPosition;
  const head = view.members.map(positionOf).reduce<bigint>((a, b) => (b !== null && b > a ? b : a), 0n);
  return view.members.map((member) => {
    const { node, name, role, site, peerAddress, version, spoolEpoch, spoolOwner } = member;
    const found = engine.find((one) => one.node === node);
    const position = positionOf(member);
    const isSelf = node === view.self;
    const there = role === 'witness' ? (found?.answers ?? null) : isCutOff ? null : member.alive;
    return {
      ...{ node, name, role, site, peerAddress, version, spoolEpoch, spoolOwner, isSelf },
      alive: isSelf || there,
      position: position === null ? null : String(position),
      behind: position === null ? null : Number(head - position),
      engine: found
        ? { state: found.state, version: found.version, leader: found.leader, answers: found.answers }
        : null,
    };
  });
}

/** null on a gateway on its own. */
export function conditionOf(
  { view, log }: ClusterFacts,
  members: readonly ClusterMemberRow[],
  { spool }: Settings,
  copies: Pick<ShadowCounts, 'refusing'> | null,
): ClusterCondition | null {
  if (view.mode === 'single') return null;
  const shadow = shadowModeOf(spool.shadow, view);
  const { self } = view;
  const refusing = copies?.refusing ?? false;
  return clusterCondition({ self, members, obstacle: log.obstacle, shadow, refusing });
}
