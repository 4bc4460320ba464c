/**
 * Who belongs to the cluster, what each member does, and which generation it is in. One stream, `cluster`.
 *
 * How many vote: one, three or five, never two or four (either death would stop changes; the second of a pair is a
 * standby). The first gateways vote; with the third member the first three do. Roles that follow from a command are
 * decided with it, in one batch.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import {
  advance,
  decideRenewal,
  evolveRenewal,
  inNewGeneration,
  type RenewalState,
} from './authority-renewal.ts';
import type { ClusterCommand, ClusterEvent, MemberAddresses, MemberFacts } from './cluster-messages.ts';
import type { GatewayRole } from './gateway-role.ts';
import { type RoleChange, rolesAfterAdmission, rolesAfterRemoval, type VoterRefusal } from './voters.ts';

export const CLUSTER_STREAM = 'cluster';

export type ClusterRefusal =
  | 'already-formed'
  | 'not-formed'
  | 'name-taken'
  | 'unknown-member'
  | 'removed-member'
  | 'not-the-next-generation'
  | 'external-engine'
  | VoterRefusal;

export type ClusterMemberState = MemberFacts & { readonly role: GatewayRole };

export type Cluster =
  | { readonly status: 'single' }
  | ({
      readonly status: 'formed';
      readonly clusterId: string;
      readonly generation: number;
      /** True: every gateway follows, and none ever votes. */
      readonly external: boolean;
      /** In the order of their admission. */
      readonly members: readonly ClusterMemberState[];
      /** Node ids; one never comes back. */
      readonly removed: readonly string[];
    } & RenewalState);

type Formed = Extract<Cluster, { status: 'formed' }>;

export const clusterDecider: Decider<ClusterCommand, ClusterEvent, Cluster, ClusterRefusal> = {
  zero: { status: 'single' },
  decide,
  evolve,
  schemas: {
    ClusterFormed: 1,
    ExternalEngineChosen: 1,
    GatewayAdmitted: 1,
    WitnessAdmitted: 1,
    GatewayRoleChanged: 1,
    MemberAddressesChanged: 1,
    GatewayRemoved: 1,
    WitnessRemoved: 1,
    GenerationStarted: 1,
    DivergenceFound: 1,
    ClusterKeyRotated: 1,
    NodeAuthoritiesAnnounced: 1,
    NodeAuthoritiesTaken: 1,
    NodeAuthoritiesAdvanced: 1,
  },
};

function decide(command: ClusterCommand, cluster: Cluster): Decision<ClusterEvent, ClusterRefusal> {
  if (command.type === 'FormCluster') {
    if (cluster.status !== 'single') return refuse('already-formed');
    const { clusterId, founder, authorities, external, at } = command;
    const chosen: ClusterEvent[] = external ? [{ type: 'ExternalEngineChosen', at }] : [];
    return accept(
      { type: 'ClusterFormed', clusterId, generation: 1, founder: founder.node, authorities, at },
      ...chosen,
      { type: 'GatewayAdmitted', ...factsOf(founder), role: external ? 'gateway' : 'voter', at },
    );
  }
  if (cluster.status === 'single') return refuse('not-formed');
  switch (command.type) {
    case 'AdmitMember':
      return admit(command, cluster);
    case 'ChangeAddresses': {
      const known = cluster.members.find(({ node }) => node === command.node);
      if (!known) return refuse('unknown-member');
      const addresses = addressesOf(command);
      if (sameAddresses(known, addresses)) return accept();
      return accept({ type: 'MemberAddressesChanged', node: known.node, ...addresses, at: command.at });
    }
    case 'RemoveMember':
      return remove(command, cluster);
    case 'StartGeneration':
      return startGeneration(command, cluster);
    case 'RecordDivergence': {
      const { node, generation, from, events, at } = command;
      return accept({ type: 'DivergenceFound', node, generation, from, events, at });
    }
    case 'RecordKeyRotation':
      return accept({ type: 'ClusterKeyRotated', rotation: command.rotation, at: command.at });
    case 'AnnounceAuthorities':
    case 'RecordAuthoritiesTaken': {
      const events = decideRenewal(command, cluster);
      return events ? accept(...events) : refuse('unknown-member');
    }
  }
}

function admit(
  { member, role, at }: Extract<ClusterCommand, { type: 'AdmitMember' }>,
  { members, removed, external }: Formed,
): Decision<ClusterEvent, ClusterRefusal> {
  if (removed.includes(member.node)) return refuse('removed-member');
  const known = members.find(({ node }) => node === member.node);
  if (known) return known.publicKey === member.publicKey ? accept() : refuse('name-taken');
  if (members.some(({ name }) => name === member.name)) return refuse('name-taken');
  if (external && role !== 'auto' && role !== 'gateway') return refuse('external-engine');
  const decided = rolesAfterAdmission(members, external ? 'gateway' : role);
  if (typeof decided === 'string') return refuse(decided);
  const facts = factsOf(member);
  const admitted: ClusterEvent =
    decided.role === 'witness'
      ? { type: 'WitnessAdmitted', ...facts, at }
      : { type: 'GatewayAdmitted', ...facts, role: decided.role, at };
  return accept(admitted, ...roleEvents(decided.changes, at));
}

function remove(
  { node, toPair, at }: Extract<ClusterCommand, { type: 'RemoveMember' }>,
  { members, removed, renewal }: Formed,
): Decision<ClusterEvent, ClusterRefusal> {
  if (removed.includes(node)) return accept();
  const leaving = members.find((member) => member.node === node);
  if (!leaving) return refuse('unknown-member');
  const decided = rolesAfterRemoval(members, leaving, toPair);
  if (typeof decided === 'string') return refuse(decided);
  const type = leaving.role === 'witness' ? 'WitnessRemoved' : 'GatewayRemoved';
  // The new voters first: whoever reads the log so far sees never fewer than are needed.
  const left = members.filter((member) => member !== leaving);
  return accept(...roleEvents(decided, at), { type, node, at }, ...advance(renewal, left, at));
}

/** The survivor votes alone; the others follow it until members are admitted again. The dead are removed for good. */
function startGeneration(
  command: Extract<ClusterCommand, { type: 'StartGeneration' }>,
  { generation, members, external }: Formed,
): Decision<ClusterEvent, ClusterRefusal> {
  const { from, survivor, dead, authorities, at } = command;
  if (command.generation !== generation + 1) return refuse('not-the-next-generation');
  if (dead.includes(survivor)) return refuse('last-gateway');
  const gone = members.filter(({ node, role }) => dead.includes(node) || role === 'witness');
  const left = members.filter((member) => !gone.includes(member));
  if (!left.some(({ node }) => node === survivor)) return refuse('unknown-member');
  const roles = left.flatMap(({ node, role }): RoleChange[] => {
    const next = node === survivor && !external ? 'voter' : 'gateway';
    return next === role ? [] : [{ node, role: next }];
  });
  return accept(
    { type: 'GenerationStarted', generation: command.generation, from, dead, authorities, at },
    ...roleEvents(roles, at),
    ...gone.map(({ node, role }): ClusterEvent => {
      return { type: role === 'witness' ? 'WitnessRemoved' : 'GatewayRemoved', node, at };
    }),
  );
}

function roleEvents(changes: readonly RoleChange[], at: Instant): ClusterEvent[] {
  return changes.map(({ node, role }) => ({ type: 'GatewayRoleChanged', node, role, at }));
}

function evolve(cluster: Cluster, event: ClusterEvent): Cluster {
  if (event.type === 'ClusterFormed') {
    const { clusterId, generation, authorities } = event;
    return {
      ...{ status: 'formed', clusterId, generation, authorities, external: false },
      ...{ members: [], removed: [], renewal: null, authoritiesAreKnown: false },
    };
  }
  if (cluster.status === 'single') return cluster;
  switch (event.type) {
    case 'ExternalEngineChosen':
      return { ...cluster, external: true };
    case 'GatewayAdmitted':
      return { ...cluster, members: [...cluster.members, { ...factsOf(event), role: event.role }] };
    case 'WitnessAdmitted':
      return { ...cluster, members: [...cluster.members, { ...factsOf(event), role: 'witness' }] };
    case 'GatewayRoleChanged':
      return changed(cluster, event.node, { role: event.role });
    case 'MemberAddressesChanged':
      return changed(cluster, event.node, addressesOf(event));
    case 'GatewayRemoved':
    case 'WitnessRemoved': {
      const { node } = event;
      const members = cluster.members.filter((member) => member.node !== node);
      const authoritiesAreKnown = cluster.authoritiesAreKnown || event.type === 'GatewayRemoved';
      return { ...cluster, members, removed: [...cluster.removed, node], authoritiesAreKnown };
    }
    case 'GenerationStarted':
      return inNewGeneration({ ...cluster, generation: event.generation }, event.authorities);
    case 'DivergenceFound':
    case 'ClusterKeyRotated':
      return cluster;
    case 'NodeAuthoritiesAnnounced':
    case 'NodeAuthoritiesTaken':
    case 'NodeAuthoritiesAdvanced':
      return evolveRenewal(cluster, event);
  }
}

function changed(cluster: Formed, node: string, change: Partial<ClusterMemberState>): Cluster {
  const members = cluster.members.map((m) => (m.node === node ? { ...m, ...change } : m));
  return { ...cluster, members };
}

function factsOf(source: MemberFacts): MemberFacts {
  const { node, name, publicKey, nodeKey } = source;
  return { node, name, publicKey, nodeKey, ...addressesOf(source) };
}

function addressesOf({ site, peerAddress, etcdClient, etcdPeer }: MemberAddresses): MemberAddresses {
  return { site, peerAddress, etcdClient, etcdPeer };
}

function sameAddresses(a: MemberAddresses, b: MemberAddresses): boolean {
  return (
    a.site === b.site &&
    a.peerAddress === b.peerAddress &&
    a.etcdClient === b.etcdClient &&
    a.etcdPeer === b.etcdPeer
  );
}
