/**
 * How the cluster is, in one word, as this gateway sees it (docs/operating.md, Alarms): what follows for mail and for
 * changes stands there and in the sentences of the page. Pure.
 */
import type { LogObstacle } from '#consensus/event-log.ts';
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';

export const CLUSTER_CONDITIONS = [
  'well',
  /** Nobody else has joined yet. */
  'alone',
  /** A majority is left, and mail still gets a second copy. */
  'gateway-gone',
  'witness-gone',
  /** Changes can be made; no other gateway is there for a second copy, so mail is accepted on one. */
  'one-copy',
  /** The same where one copy is not enough: no mail is accepted. */
  'no-second-copy',
  /** The standby does not reach its voter: mail goes on, changes wait for an operator. */
  'pair-apart',
  'no-majority',
  /** The same, and nobody takes a second copy where one is demanded: no mail is accepted either. */
  'cut-off',
  /** The others went on without this gateway, in a newer generation. */
  'superseded',
  /** What else stops changes; the log says why. */
  'changes-stopped',
] as const;

export type ClusterCondition = (typeof CLUSTER_CONDITIONS)[number];

export interface ConditionFacts {
  readonly self: string;
  readonly members: readonly {
    readonly node: string;
    readonly role: GatewayRole;
    /** null: nobody has told, as of a witness on a gateway that does not vote. */
    readonly alive: boolean | null;
  }[];
  /** null: nothing stands in the way of changes. */
  readonly obstacle: LogObstacle | null;
  readonly shadow: 'require' | 'prefer' | 'off';
  /** A second copy is demanded, and nobody answers who could take one. */
  readonly refusing: boolean;
}

export function clusterCondition({
  self,
  members,
  obstacle,
  shadow,
  refusing,
}: ConditionFacts): ClusterCondition {
  const own = members.find(({ node }) => node === self);
  switch (obstacle) {
    case 'no-quorum':
      if (refusing) return 'cut-off';
      return own?.role === 'standby' ? 'pair-apart' : 'no-majority';
    case 'fenced':
      return 'superseded';
    case 'disk':
    case 'quorum-altered':
      return 'changes-stopped';
    case null:
      break;
  }
  if (members.length === 1) return 'alone';
  const others = members.filter(({ node, role }) => node !== self && role !== 'witness');
  if (shadow !== 'off' && others.length > 0 && !others.some(({ alive }) => alive)) {
    return shadow === 'require' ? 'no-second-copy' : 'one-copy';
  }
  if (others.some(({ alive }) => alive === false)) return 'gateway-gone';
  return members.some(({ alive }) => alive === false) ? 'witness-gone' : 'well';
}
