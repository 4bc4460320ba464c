/** The cluster's own CAs after a removal, as a specification. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  alsoTrusted,
  type NodeAuthorities,
  nextSeries,
  type RenewalStep,
  renewalForWitness,
  trustedOf,
} from '#domain/cluster/authority-renewal.ts';
import { type Cluster, clusterDecider } from '#domain/cluster/cluster.ts';
import type { ClusterCommand, ClusterEvent, MemberFacts } from '#domain/cluster/cluster-messages.ts';
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';
import { specification } from '../specification.ts';

const { given } = specification(clusterDecider);

function authoritiesOf(series: number): NodeAuthorities {
  const of = (name: string) => ({ series, certificate: `${name}${series}` });
  return { gateway: of('gateway'), peer: of('peer'), client: of('client') };
}
const old = authoritiesOf(1);
const next = authoritiesOf(2);

function facts(name: string): MemberFacts {
  const node = `${name}-00000001`;
  const addresses = { site: '', peerAddress: `${name}:2528`, etcdClient: `https://${name}:2379` };
  return { node, name, publicKey: name, nodeKey: name, ...addresses, etcdPeer: `https://${name}:2380` };
}
const [a, b, c, d, w] = ['a', 'b', 'c', 'd', 'w'].map(facts) as [
  MemberFacts,
  MemberFacts,
  MemberFacts,
  MemberFacts,
  MemberFacts,
];
const admitted = (member: MemberFacts, role: GatewayRole): ClusterEvent =>
  role === 'witness'
    ? { type: 'WitnessAdmitted', ...member, at: 1 }
    : { type: 'GatewayAdmitted', ...member, role, at: 1 };
const removed = ({ node }: MemberFacts): ClusterEvent => ({ type: 'GatewayRemoved', node, at: 1 });
const formed: ClusterEvent = {
  ...{ type: 'ClusterFormed', clusterId: 'c', generation: 1, founder: a.node, authorities: old, at: 1 },
};
const announced: ClusterEvent = { type: 'NodeAuthoritiesAnnounced', authorities: next, at: 1 };
const taken = ({ node }: MemberFacts, step: RenewalStep): ClusterEvent => {
  return { type: 'NodeAuthoritiesTaken', node, step, at: 1 };
};
const advanced = (step: 'issue' | 'retire' | 'done'): ClusterEvent => {
  return { type: 'NodeAuthoritiesAdvanced', step, at: 1 };
};
const announce = (removals: number): ClusterCommand => {
  return { type: 'AnnounceAuthorities', authorities: next, removals, at: 1 };
};
const take = ({ node }: MemberFacts, step: RenewalStep): ClusterCommand => {
  return { type: 'RecordAuthoritiesTaken', node, step, at: 1 };
};
const remove = ({ node }: MemberFacts): ClusterCommand => {
  return { type: 'RemoveMember', node, toPair: false, at: 1 };
};

const four = [
  formed,
  admitted(a, 'voter'),
  admitted(b, 'voter'),
  admitted(c, 'voter'),
  admitted(d, 'gateway'),
];
const left = [...four, removed(d)];
const trusting = [...left, announced];
const issuing = [...trusting, taken(a, 'trust'), taken(b, 'trust'), taken(c, 'trust'), advanced('issue')];
const retiring = [...issuing, taken(a, 'issue'), taken(b, 'issue'), taken(c, 'issue'), advanced('retire')];
const done = [...retiring, taken(a, 'retire'), taken(b, 'retire'), taken(c, 'retire'), advanced('done')];

function state(...events: readonly ClusterEvent[]): Extract<Cluster, { status: 'formed' }> {
  const cluster = events.reduce(clusterDecider.evolve, clusterDecider.zero);
  assert.ok(cluster.status === 'formed');
  return cluster;
}

/** Series of the CA of gateways: whose certificates are issued, and which are trusted. */
function series(...events: readonly ClusterEvent[]): { issues: number; trusts: number[] } {
  const cluster = state(...events);
  const trusted = trustedOf('gateway', cluster.authorities, alsoTrusted(cluster));
  return { issues: cluster.authorities.gateway.series, trusts: trusted.map((one) => one.series) };
}

describe('the CAs of a cluster', () => {
  it('are announced anew once a gateway was removed, and only then', () => {
    given(...four)
      .when(announce(0))
      .records();
    given(...left)
      .when(announce(1))
      .records(announced);
    given(...trusting)
      .when(announce(1))
      .records();
    given(...done)
      .when(announce(1))
      .records();
  });

  it('are not those whose keys were made before another one was removed', () => {
    given(...left, removed(c))
      .when(announce(1))
      .records();
    assert.notEqual(nextSeries(old, 1), nextSeries(old, 2));
  });

  it('go from step to step when every member has taken the one before', () => {
    given(...trusting, taken(a, 'trust'))
      .when(take(b, 'trust'))
      .records(taken(b, 'trust'));
    given(...trusting, taken(a, 'trust'), taken(b, 'trust'))
      .when(take(c, 'trust'))
      .records(taken(c, 'trust'), advanced('issue'));
    given(...retiring, taken(a, 'retire'), taken(c, 'retire'))
      .when(take(b, 'retire'))
      .records(taken(b, 'retire'), advanced('done'));
  });

  it('take each step of each member once, and nothing of who is none', () => {
    given(...trusting, taken(a, 'trust'))
      .when(take(a, 'trust'))
      .records();
    given(...issuing)
      .when(take(a, 'trust'))
      .records();
    given(...done)
      .when(take(a, 'retire'))
      .records();
    given(...trusting)
      .when(take(d, 'trust'))
      .refuses('unknown-member');
  });

  it('are trusted before their certificates are shown, and the old ones until nobody shows theirs', () => {
    assert.deepEqual(series(...left), { issues: 1, trusts: [1] });
    assert.deepEqual(series(...trusting), { issues: 1, trusts: [1, 2] });
    assert.deepEqual(series(...issuing), { issues: 2, trusts: [1, 2] });
    assert.deepEqual(series(...retiring), { issues: 2, trusts: [2] });
    assert.deepEqual(series(...done), { issues: 2, trusts: [2] });
  });

  it('wait for who comes meanwhile, and no more for who is removed', () => {
    const joined = [...trusting, admitted(w, 'gateway'), taken(a, 'trust'), taken(b, 'trust')];
    given(...joined)
      .when(take(c, 'trust'))
      .records(taken(c, 'trust'));
    given(...joined, taken(c, 'trust'))
      .when(remove(w))
      .records(removed(w), advanced('issue'));
  });

  it('are renewed once more when another gateway was removed meanwhile', () => {
    const twice = [...left, admitted(w, 'gateway'), announced, removed(w)];
    assert.equal(state(...twice).authoritiesAreKnown, true);
    given(...twice)
      .when(announce(2))
      .records(); // One after the other.
    const ended = [...twice, ...done.slice(trusting.length)];
    given(...ended)
      .when(announce(2))
      .records(announced);
  });

  it('of gateways go on with their renewal in a new generation, whose engine has others of its own', () => {
    const begun = { ...authoritiesOf(7), gateway: old.gateway };
    const generation = { generation: 2, from: '9', dead: [], authorities: begun, at: 1 };
    const { authorities, renewal } = state(...issuing, taken(a, 'issue'), {
      ...{ type: 'GenerationStarted', ...generation },
    });
    assert.deepEqual(authorities, { ...begun, gateway: next.gateway });
    assert.deepEqual(renewal, { step: 'issue', other: { gateway: old.gateway }, taken: [] });
  });
});

describe('a witness, which comes for its certificates by hand', () => {
  const voting = [
    formed,
    admitted(a, 'voter'),
    admitted(b, 'voter'),
    admitted(w, 'witness'),
    admitted(d, 'gateway'),
  ];
  const begun = [...voting, removed(d), announced];

  it('gets those of the next CAs as soon as all gateways trust them, and trusts both', () => {
    assert.equal(renewalForWitness(state(...begun, taken(a, 'trust'))), null);
    const given = renewalForWitness(state(...begun, taken(a, 'trust'), taken(b, 'trust')));
    assert.deepEqual(given?.authorities, next);
    assert.deepEqual(given && alsoTrusted(given), old);
  });

  it('is given what all have when nothing is renewed', () => {
    assert.deepEqual(renewalForWitness(state(...voting))?.authorities, old);
  });

  it('trusts the next ones alone at last', () => {
    const all = [a, b, w];
    const last = [
      ...begun,
      ...all.map((member) => taken(member, 'trust')),
      advanced('issue'),
      ...all.map((member) => taken(member, 'issue')),
      advanced('retire'),
    ];
    assert.equal(renewalForWitness(state(...last)), null);
    const given = renewalForWitness(state(...last, taken(a, 'retire'), taken(b, 'retire')));
    assert.deepEqual(given?.authorities, next);
    assert.deepEqual(given && alsoTrusted(given), {});
  });
});
