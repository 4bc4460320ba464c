/** A pair with a witness, and what can become of it, as the management sees it from the first gateway. */
import type { Replacement } from '#domain/cluster/replacement.ts';
import { rolesAfterRemoval } from '#domain/cluster/voters.ts';
import type { ClusterMemberRow, ClusterStatus } from '#node/web/cluster-admin-port.ts';
import type { ClusterCondition } from '#node/web/cluster-condition.ts';
import { votersOf } from '#node/web/replacement-steps.ts';
import type { ClusterGlance } from '#node/web/status-admin-port.ts';

const member = (name: string, over: Partial<ClusterMemberRow> = {}): ClusterMemberRow => ({
  node: `${name}-0000000a`,
  name,
  role: 'voter',
  site: 'Berlin',
  peerAddress: `${name}.example.org:2528`,
  isSelf: false,
  alive: true,
  version: '0.1.0',
  position: '1284',
  behind: 0,
  spoolEpoch: 1,
  spoolOwner: `${name}-0000000a`,
  engine: { state: 'voter', version: '3.5.33', leader: false, answers: true },
  ...over,
});

const first = member('gw-1', {
  isSelf: true,
  engine: { state: 'voter', version: '3.5.33', leader: true, answers: true },
});
const second = member('gw-2', { site: 'Hamburg', position: '1281', behind: 3 });
const witness = member('witness-1', {
  role: 'witness',
  site: 'Kiel',
  peerAddress: '',
  position: null,
  behind: null,
});

export const pairWithWitness: ClusterStatus = {
  mode: 'voter',
  clusterId: '5f0c6f3a-9d1c-4d7f-8c1e-0a6f3b8b6d11',
  generation: 1,
  self: first.node,
  condition: 'well',
  writable: true,
  reason: '',
  external: '',
  members: [first, second, witness],
  room: {
    floor: '0',
    head: '1284',
    heldBy: '',
    bytes: 3_400_000,
    quotaBytes: 2_147_483_648,
    isLarge: false,
  },
  warnings: [],
  progress: [],
  settling: '',
  divergences: [],
  replacement: null,
  mayCallOff: false,
};

export const single: ClusterStatus = {
  ...pairWithWitness,
  mode: 'single',
  condition: null,
  members: [{ ...first, engine: null }],
};

const gone: Partial<ClusterMemberRow> = {
  alive: false,
  engine: { state: 'voter', version: '', leader: false, answers: false },
};
const unknown: Partial<ClusterMemberRow> = { alive: null, engine: null };

/** The cluster in each condition that is not well. */
export const degraded: Readonly<Record<Exclude<ClusterCondition, 'well' | 'alone'>, ClusterStatus>> = {
  'gateway-gone': {
    ...pairWithWitness,
    condition: 'gateway-gone',
    members: [
      first,
      { ...second, ...gone, spoolOwner: first.node, spoolEpoch: 2 },
      member('gw-3', { role: 'gateway', engine: null, position: null, behind: null }),
    ],
    warnings: ['a removed gateway still knows the cluster key: it is being replaced'],
    progress: ['a new voter copies the state of the engine'],
    divergences: [{ node: second.node, generation: 1, from: '1201', events: 7, atMs: 0 }],
  },
  'witness-gone': {
    ...pairWithWitness,
    condition: 'witness-gone',
    members: [first, second, { ...witness, ...gone }],
  },
  'one-copy': {
    ...pairWithWitness,
    condition: 'one-copy',
    members: [first, { ...second, ...gone }, witness],
  },
  'no-second-copy': {
    ...pairWithWitness,
    condition: 'no-second-copy',
    members: [first, { ...second, ...gone }, member('gw-3', gone)],
  },
  'pair-apart': {
    ...pairWithWitness,
    mode: 'client',
    condition: 'pair-apart',
    writable: false,
    reason: 'no quorum: no member of the engine answers',
    members: [
      { ...first, role: 'standby', engine: null },
      { ...second, ...unknown },
    ],
  },
  'no-majority': {
    ...pairWithWitness,
    condition: 'no-majority',
    writable: false,
    reason: 'no quorum: no member of the engine answers',
    members: [first, { ...second, ...unknown }, { ...witness, ...unknown }],
  },
  'cut-off': {
    ...pairWithWitness,
    condition: 'cut-off',
    writable: false,
    reason: 'no quorum: no member of the engine answers',
    members: [first, { ...second, ...unknown }, member('gw-3', unknown)],
  },
  superseded: {
    ...pairWithWitness,
    condition: 'superseded',
    writable: false,
    reason: 'generation 2 has begun while this gateway was in 1',
    members: [first, { ...second, ...unknown }],
  },
  'changes-stopped': {
    ...pairWithWitness,
    condition: 'changes-stopped',
    writable: false,
    reason: 'the disk failed a sync',
  },
};

/** What is recorded when `lost` is to be replaced. */
export function replacementOf(cluster: ClusterStatus, lost: ClusterMemberRow, atMs: number): Replacement {
  const { node, name, role } = lost;
  return { node, name, role, voters: votersOf(cluster), known: cluster.members.map((m) => m.node), at: atMs };
}

/** After the removal, with the roles that follow from it. */
export function withoutMember(cluster: ClusterStatus, node: string): ClusterStatus {
  const leaving = cluster.members.find((one) => one.node === node);
  if (!leaving) return cluster;
  const changes = rolesAfterRemoval(cluster.members, leaving, leaving.role === 'witness');
  if (typeof changes === 'string') throw new Error(changes);
  const members = cluster.members
    .filter((one) => one !== leaving)
    .map((one) => ({ ...one, role: changes.find((change) => change.node === one.node)?.role ?? one.role }));
  return { ...cluster, condition: 'well', members };
}

/** Comes with a token; has all and votes as soon as it may. */
export const newcomer = member('gw-4', { role: 'gateway', site: 'Bremen', version: '0.2.0' });

/** The same as health tells it. */
export function glanceOf({ condition, generation, members, room }: ClusterStatus): ClusterGlance | null {
  return condition && { condition, generation, members, room };
}
