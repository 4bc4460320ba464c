/**
 * Which gateways to ask for a copy, best first. Pure.
 *
 * Another site goes first. Among equals the order is that of a hash of both names, so that each gateway has one steady
 * buddy, and the many owners of a cluster have different ones. Who failed lately comes last, not never.
 */
import { createHash } from 'node:crypto';
import type { ClusterView } from '#node/ledger/cluster-port.ts';

export function buddiesOf(view: ClusterView, isResting: (node: string) => boolean): string[] {
  const own = view.members.find((member) => member.node === view.self);
  return view.members
    .filter(({ node, alive, role }) => node !== view.self && alive && role !== 'witness')
    .map(({ node, site }) => ({
      node,
      rank: [
        Number(isResting(node)),
        Number(site === (own?.site ?? '')),
        createHash('sha256').update(`${view.self} ${node}`).digest('hex'),
      ] as const,
    }))
    .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || (a.rank[2] < b.rank[2] ? -1 : 1))
    .map(({ node }) => node);
}

/** `auto`: with three gateways one may die and mail still is copied; in a pair that would stop all mail. */
export function shadowModeOf(
  setting: 'auto' | 'require' | 'prefer' | 'off',
  view: ClusterView,
): 'require' | 'prefer' | 'off' {
  if (setting !== 'auto') return setting;
  const gateways = view.members.filter(({ role }) => role !== 'witness').length;
  return gateways >= 3 ? 'require' : 'prefer';
}
