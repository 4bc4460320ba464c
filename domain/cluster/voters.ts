/**
 * Which members vote (replication.md §4.1): one, three or five. Pure arithmetic over roles.
 *
 * A second gateway is a standby until a third member comes; then the first three vote. Whoever is asked to vote beyond
 * that follows the voters, unless the operator asks for five.
 */
import type { GatewayRole } from './gateway-role.ts';

export interface RoleChange {
  readonly node: string;
  readonly role: GatewayRole;
}

export type VoterRefusal =
  | 'two-voters'
  | 'even-voters'
  | 'too-many-voters'
  | 'no-standby-needed'
  | 'three-to-two'
  | 'last-gateway';

interface Member {
  readonly node: string;
  readonly role: GatewayRole;
}

const VOTERS_MAX = 5;
const VOTERS_USUAL = 3;

const votes = ({ role }: { readonly role: GatewayRole }): boolean => role === 'voter' || role === 'witness';

/** The role of who is admitted, and what changes for the others. */
export function rolesAfterAdmission(
  members: readonly Member[],
  asked: GatewayRole | 'auto',
): { readonly role: GatewayRole; readonly changes: readonly RoleChange[] } | VoterRefusal {
  const voters = members.filter(votes).length;
  const others = members.filter((member) => !votes(member));
  const first = others[0];
  if (asked === 'gateway') return { role: 'gateway', changes: [] };
  if (asked === 'standby') {
    const needed = voters === 1 && !others.some(({ role }) => role === 'standby');
    return needed ? { role: 'standby', changes: [] } : 'no-standby-needed';
  }
  if (asked === 'auto') {
    if (voters >= VOTERS_USUAL) return { role: 'gateway', changes: [] };
    if (!first) return { role: 'standby', changes: [] };
  }
  const role = asked === 'witness' ? 'witness' : 'voter';
  if (voters >= VOTERS_MAX) return 'too-many-voters';
  // Two more at once: the newcomer, and the first of those who do not vote yet.
  if (!first) return voters === 1 ? 'two-voters' : 'even-voters';
  return { role, changes: promotion(others, first) };
}

/** One votes more; a standby is needed no more, and follows as the others do. */
function promotion(others: readonly Member[], promoted: Member): RoleChange[] {
  const relieved = others.filter(({ node, role }) => role === 'standby' && node !== promoted.node);
  return [
    { node: promoted.node, role: 'voter' },
    ...relieved.map(({ node }): RoleChange => ({ node, role: 'gateway' })),
  ];
}

/** What changes for those who stay. */
export function rolesAfterRemoval(
  members: readonly Member[],
  leaving: Member,
  toPair: boolean,
): readonly RoleChange[] | VoterRefusal {
  const staying = members.filter(({ node }) => node !== leaving.node);
  if (!staying.some(({ role }) => role !== 'witness')) return 'last-gateway';
  if (!votes(leaving)) return leaving.role === 'standby' ? nextStandby(staying) : [];
  const voters = staying.filter(votes);
  const replacement = staying.find((member) => !votes(member));
  if (replacement) return [{ node: replacement.node, role: 'voter' }];
  if (voters.length === 0) return 'last-gateway';
  if (voters.length === VOTERS_MAX - 1) return fewer(voters, VOTERS_USUAL);
  if (!toPair) return 'three-to-two';
  if (voters.some(({ role }) => role === 'witness')) return 'three-to-two'; // A pair has no witness: remove that one.
  return fewer(voters, 1);
}

/** While one votes, somebody has every change before it counts. */
function nextStandby(staying: readonly Member[]): RoleChange[] {
  const next = staying.filter(votes).length === 1 ? staying.find((member) => !votes(member)) : undefined;
  return next ? [{ node: next.node, role: 'standby' }] : [];
}

/** The longest members go on voting; one of the others is a standby when only one votes. */
function fewer(voters: readonly Member[], count: number): RoleChange[] {
  const gateways = voters.filter(({ role }) => role === 'voter');
  const kept = count - (voters.length - gateways.length);
  return gateways
    .slice(kept)
    .map(({ node }): RoleChange => ({ node, role: count === 1 ? 'standby' : 'gateway' }));
}
