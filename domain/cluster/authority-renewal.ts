/**
 * How the cluster's own CAs are replaced after a gateway was removed: whoever has its disk may have read their keys.
 *
 *   removed ─▶ announced; trust: the next ones, too ─▶ issue: certificates of the next ─▶ retire: trust these alone ─▶ done
 *
 * A step ends when every member has taken it, so all wait for one that is away, until it is back or removed, too.
 */
import type { Base64Url } from '../canonical-json.ts';
import type { Instant } from '../decider.ts';
import type { GatewayRole } from './gateway-role.ts';

export interface NodeAuthority {
  /** Which key of the vault signs for it; begun anew with each renewal. */
  readonly series: number;
  /** DER. */
  readonly certificate: Base64Url;
}

/** The cluster's own CAs: of gateways, of the engine's members and of its clients. */
export interface NodeAuthorities {
  readonly gateway: NodeAuthority;
  readonly peer: NodeAuthority;
  readonly client: NodeAuthority;
}

export type SomeAuthorities = Partial<NodeAuthorities>;
export const RENEWAL_STEPS = ['trust', 'issue', 'retire'] as const;
export type RenewalStep = (typeof RENEWAL_STEPS)[number];

export interface AuthorityRenewal {
  readonly step: RenewalStep;
  /** In `trust` the next CAs, later the former ones; of an external engine only that of the gateways. */
  readonly other: SomeAuthorities;
  /** Node ids of the members that have taken this step. */
  readonly taken: readonly string[];
}

export type RenewalCommand =
  | {
      readonly type: 'AnnounceAuthorities';
      readonly authorities: SomeAuthorities;
      /** How many members had been removed when their keys were made: one that left since may know them. */
      readonly removals: number;
      readonly at: Instant;
    }
  | {
      readonly type: 'RecordAuthoritiesTaken';
      readonly node: string;
      readonly step: RenewalStep;
      readonly at: Instant;
    };

export type RenewalEvent =
  | { readonly type: 'NodeAuthoritiesAnnounced'; readonly authorities: SomeAuthorities; readonly at: Instant }
  | {
      readonly type: 'NodeAuthoritiesTaken';
      readonly node: string;
      readonly step: RenewalStep;
      readonly at: Instant;
    }
  | {
      readonly type: 'NodeAuthoritiesAdvanced';
      readonly step: Exclude<RenewalStep, 'trust'> | 'done';
      readonly at: Instant;
    };

/** What of the cluster a renewal concerns. */
export interface RenewalState {
  /** Whose certificates are issued. */
  readonly authorities: NodeAuthorities;
  readonly renewal: AuthorityRenewal | null;
  /** A gateway was removed, and no renewal has begun since. */
  readonly authoritiesAreKnown: boolean;
}

interface RenewingCluster extends RenewalState {
  readonly members: readonly { readonly node: string }[];
  readonly removed: readonly string[];
}

const NEXT: Readonly<Record<RenewalStep, Exclude<RenewalStep, 'trust'> | 'done'>> = {
  trust: 'issue',
  issue: 'retire',
  retire: 'done',
};

/** Null: no such member. An empty list: there is nothing to record. */
export function decideRenewal(command: RenewalCommand, cluster: RenewingCluster): RenewalEvent[] | null {
  const { renewal, members } = cluster;
  const { at } = command;
  if (command.type === 'AnnounceAuthorities') {
    const { authorities, removals } = command;
    const isWanted = renewal === null && cluster.authoritiesAreKnown && removals === cluster.removed.length;
    return isWanted ? [{ type: 'NodeAuthoritiesAnnounced', authorities, at }] : [];
  }
  const { node, step } = command;
  if (!members.some((member) => member.node === node)) return null;
  if (renewal?.step !== step || renewal.taken.includes(node)) return [];
  const taken: RenewalEvent = { type: 'NodeAuthoritiesTaken', node, step, at };
  return [taken, ...advance({ ...renewal, taken: [...renewal.taken, node] }, members, at)];
}

/** The next step, when all have taken this one: the last may have taken it, or been removed. */
export function advance(
  renewal: AuthorityRenewal | null,
  members: RenewingCluster['members'],
  at: Instant,
): RenewalEvent[] {
  if (renewal === null || !members.every(({ node }) => renewal.taken.includes(node))) return [];
  return [{ type: 'NodeAuthoritiesAdvanced', step: NEXT[renewal.step], at }];
}

export function evolveRenewal<State extends RenewalState>(state: State, event: RenewalEvent): State {
  if (event.type === 'NodeAuthoritiesAnnounced') {
    const renewal = { step: 'trust', other: event.authorities, taken: [] } as const;
    return { ...state, renewal, authoritiesAreKnown: false };
  }
  const { renewal, authorities } = state;
  if (renewal === null) return state;
  switch (event.type) {
    case 'NodeAuthoritiesTaken':
      return { ...state, renewal: { ...renewal, taken: [...renewal.taken, event.node] } };
    case 'NodeAuthoritiesAdvanced': {
      const { step } = event;
      if (step === 'done') return { ...state, renewal: null };
      if (step === 'retire') return { ...state, renewal: { ...renewal, step, taken: [] } };
      const names = Object.keys(renewal.other) as (keyof NodeAuthorities)[];
      const former = Object.fromEntries(names.map((name) => [name, authorities[name]]));
      const next = { ...authorities, ...renewal.other };
      return { ...state, authorities: next, renewal: { step, other: former, taken: [] } };
    }
  }
}

/** A generation has CAs of its own for its engine; gateways go on to know each other, each step is taken anew. */
export function inNewGeneration<State extends RenewalState>(state: State, begun: NodeAuthorities): State {
  const { renewal, authorities } = state;
  const { gateway } = renewal?.other ?? {};
  return {
    ...state,
    authorities: { ...begun, gateway: authorities.gateway },
    renewal: renewal && gateway ? { step: renewal.step, other: { gateway }, taken: [] } : null,
  };
}

/** What is trusted beside the CAs whose certificates are issued. */
export function alsoTrusted({ renewal }: Pick<RenewalState, 'renewal'>): SomeAuthorities {
  return renewal === null || renewal.step === 'retire' ? {} : renewal.other;
}

/** CAs of one kind that are trusted, the older first. */
export function trustedOf(
  name: keyof NodeAuthorities,
  authorities: NodeAuthorities,
  also: SomeAuthorities,
): readonly NodeAuthority[] {
  const other = also[name];
  const trusted = other ? [authorities[name], other] : [authorities[name]];
  return trusted.sort((a, b) => a.series - b.series);
}

/**
 * The series of the next CAs' keys: another one after each removal, so that no key is used that was made while a gateway
 * was a member that has left since.
 */
export function nextSeries({ gateway, peer, client }: NodeAuthorities, removals: number): number {
  return Math.max(gateway.series, peer.series, client.series) + Math.max(1, removals);
}

interface RenewedMember {
  readonly node: string;
  readonly role: GatewayRole;
}

/** Members that have not taken the present step yet, gateways first: a witness is looked after by hand, when they are done. */
export function waitedFor<Member extends RenewedMember>({
  renewal,
  members,
}: {
  readonly renewal: AuthorityRenewal | null;
  readonly members: readonly Member[];
}): { readonly gateways: readonly Member[]; readonly witnesses: readonly Member[] } {
  const left = renewal === null ? [] : members.filter(({ node }) => !renewal.taken.includes(node));
  return {
    gateways: left.filter(({ role }) => role !== 'witness'),
    witnesses: left.filter(({ role }) => role === 'witness'),
  };
}

/**
 * What a witness is given, which comes for its certificates by hand: those of the next CAs as soon as all gateways trust
 * them, so that it has to come once less. Null while the gateways are at it: it is not to restart beside them.
 */
export function renewalForWitness<
  State extends RenewalState & { readonly members: readonly RenewedMember[] },
>(state: State): State | null {
  const { renewal } = state;
  if (renewal === null || renewal.step === 'issue') return state;
  if (waitedFor(state).gateways.length > 0) return null;
  return renewal.step === 'retire'
    ? state
    : evolveRenewal(state, { type: 'NodeAuthoritiesAdvanced', step: 'issue', at: 0 });
}
