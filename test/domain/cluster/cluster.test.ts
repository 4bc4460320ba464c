/** Membership of a cluster, as a specification. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clusterDecider } from '#domain/cluster/cluster.ts';
import type { ClusterCommand, ClusterEvent, MemberFacts } from '#domain/cluster/cluster-messages.ts';
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';
import { specification } from '../specification.ts';

const { given } = specification(clusterDecider);
const ca = { series: 1, certificate: 'Z3c' };
const authorities = { gateway: ca, peer: ca, client: ca };
const clusterId = '5f0c6f3a-9d1c-4d7f-8c1e-0a6f3b8b6d11';

function facts(name: string, key = name): MemberFacts {
  const node = `${name}-00000001`;
  const addresses = { site: '', peerAddress: `${name}:2528`, etcdClient: `https://${name}:2379` };
  return { node, name, publicKey: key, nodeKey: name, ...addresses, etcdPeer: `https://${name}:2380` };
}
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => facts(name)) as [
  MemberFacts,
  MemberFacts,
  MemberFacts,
  MemberFacts,
  MemberFacts,
];

const formed: ClusterEvent = {
  type: 'ClusterFormed',
  clusterId,
  generation: 1,
  founder: a.node,
  authorities,
  at: 1,
};
const admitted = (member: MemberFacts, role: GatewayRole): ClusterEvent =>
  role === 'witness'
    ? { type: 'WitnessAdmitted', ...member, at: 1 }
    : { type: 'GatewayAdmitted', ...member, role, at: 1 };
const role = ({ node }: MemberFacts, to: GatewayRole): ClusterEvent => {
  return { type: 'GatewayRoleChanged', node, role: to, at: 1 };
};
const removed = ({ node }: MemberFacts): ClusterEvent => ({ type: 'GatewayRemoved', node, at: 1 });
const admit = (member: MemberFacts, as: GatewayRole | 'auto' = 'auto'): ClusterCommand => {
  return { type: 'AdmitMember', member, role: as, at: 1 };
};
const remove = ({ node }: MemberFacts, toPair = false): ClusterCommand => {
  return { type: 'RemoveMember', node, toPair, at: 1 };
};

const one = [formed, admitted(a, 'voter')];
const pair = [...one, admitted(b, 'standby')];
const three = [...pair, admitted(c, 'voter'), role(b, 'voter')];
const witnessed = [...pair, admitted(c, 'witness'), role(b, 'voter')];

const forming = (external: boolean): ClusterCommand => {
  return { type: 'FormCluster', clusterId, founder: a, authorities, external, at: 1 };
};

describe('a cluster', () => {
  it('is formed once, by one gateway that votes', () => {
    const form = forming(false);
    given()
      .when(form)
      .records(...one);
    given(...one)
      .when(form)
      .refuses('already-formed');
    given().when(admit(a)).refuses('not-formed');
  });

  it('has another standby when it loses one and somebody is there', () => {
    given(...pair, admitted(c, 'gateway'))
      .when(remove(b))
      .records(role(c, 'standby'), removed(b));
    given(...three, admitted(d, 'gateway'))
      .when(remove(d))
      .records(removed(d));
  });

  it('over an external database has no voters, whoever comes, goes or recovers it', () => {
    const chosen: ClusterEvent = { type: 'ExternalEngineChosen', at: 1 };
    const outside = [formed, chosen, admitted(a, 'gateway')];
    given()
      .when(forming(true))
      .records(...outside);
    given(...outside)
      .when(admit(b))
      .records(admitted(b, 'gateway'));
    for (const asked of ['voter', 'standby', 'witness'] as const) {
      given(...outside)
        .when(admit(b, asked))
        .refuses('external-engine');
    }
    given(...outside, admitted(b, 'gateway'))
      .when(remove(a))
      .records(removed(a));
    given(...outside)
      .when(remove(a))
      .refuses('last-gateway');
    const survivor = { survivor: a.node, dead: [], authorities, at: 1 };
    given(...outside)
      .when({ type: 'StartGeneration', generation: 2, from: '3', ...survivor })
      .records({ type: 'GenerationStarted', generation: 2, from: '3', dead: [], authorities, at: 1 });
  });

  it('takes a second gateway as standby, and with the third the first three vote', () => {
    given(...one)
      .when(admit(b))
      .records(admitted(b, 'standby'));
    given(...pair)
      .when(admit(c))
      .records(admitted(c, 'voter'), role(b, 'voter'));
    given(...three)
      .when(admit(d))
      .records(admitted(d, 'gateway'));
  });

  it('takes a witness as the third', () => {
    given(...pair)
      .when(admit(c, 'witness'))
      .records(admitted(c, 'witness'), role(b, 'voter'));
    given(...one)
      .when(admit(c, 'witness'))
      .refuses('two-voters');
  });

  it('refuses two voters, and four (replication.md §8, 20)', () => {
    given(...one)
      .when(admit(b, 'voter'))
      .refuses('two-voters');
    given(...three)
      .when(admit(d, 'voter'))
      .refuses('even-voters');
  });

  it('has five voters when two more are asked for, and never more', () => {
    const five = [...three, admitted(d, 'gateway'), admitted(e, 'voter'), role(d, 'voter')];
    given(...three, admitted(d, 'gateway'))
      .when(admit(e, 'voter'))
      .records(admitted(e, 'voter'), role(d, 'voter'));
    given(...five, admitted(facts('f'), 'gateway'))
      .when(admit(facts('g'), 'voter'))
      .refuses('too-many-voters');
  });

  it('needs one standby, and only while one gateway votes', () => {
    given(...pair)
      .when(admit(c, 'standby'))
      .refuses('no-standby-needed');
    given(...three)
      .when(admit(d, 'standby'))
      .refuses('no-standby-needed');
    given(...one, admitted(d, 'gateway'), admitted(b, 'standby'))
      .when(admit(c))
      .records(admitted(c, 'voter'), role(d, 'voter'), role(b, 'gateway'));
  });

  it('admits a gateway once; its name belongs to it while it is a member', () => {
    given(...pair)
      .when(admit(b))
      .recordsNothing();
    given(...pair)
      .when(admit(facts('b', 'another key')))
      .refuses('name-taken');
    given(...pair)
      .when(admit({ ...c, name: 'b' }))
      .refuses('name-taken');
    given(...pair, removed(b))
      .when(admit(b))
      .refuses('removed-member');
    given(...pair, removed(b))
      .when(admit({ ...b, node: 'b-00000002' }))
      .records(admitted({ ...b, node: 'b-00000002' }, 'standby'));
  });
});

describe('who leaves a cluster', () => {
  it('goes without more ado when it does not vote; asked twice, recorded once', () => {
    given(...pair)
      .when(remove(b))
      .records(removed(b));
    given(...pair, removed(b))
      .when(remove(b))
      .recordsNothing();
    given(...pair)
      .when(remove(c))
      .refuses('unknown-member');
  });

  it('is replaced by a gateway that follows', () => {
    given(...three, admitted(d, 'gateway'))
      .when(remove(c))
      .records(role(d, 'voter'), removed(c));
    given(...pair)
      .when(remove(a))
      .records(role(b, 'voter'), removed(a));
  });

  it('does not leave two voters behind, but a pair when that is asked for (replication.md §8, 19)', () => {
    given(...three)
      .when(remove(c))
      .refuses('three-to-two');
    given(...three)
      .when(remove(c, true))
      .records(role(b, 'standby'), removed(c));
    given(...witnessed)
      .when(remove(b, true))
      .refuses('three-to-two');
    given(...witnessed)
      .when(remove(c, true))
      .records(role(b, 'standby'), { type: 'WitnessRemoved', node: c.node, at: 1 });
  });

  it('is never the last gateway', () => {
    given(...one)
      .when(remove(a))
      .refuses('last-gateway');
  });
});

describe('a new generation', () => {
  const start = (generation: number, dead: MemberFacts[]): ClusterCommand => {
    const names = dead.map(({ node }) => node);
    const common = {
      type: 'StartGeneration',
      generation,
      from: '70',
      survivor: b.node,
      authorities,
    } as const;
    return { ...common, dead: names, at: 1 };
  };
  it('begins with one voter; the dead are gone, the others follow', () => {
    const generation: ClusterEvent = {
      type: 'GenerationStarted',
      generation: 2,
      from: '70',
      dead: [a.node],
      authorities,
      at: 1,
    };
    given(...three)
      .when(start(2, [a]))
      .records(generation, role(c, 'gateway'), removed(a));
    given(...witnessed)
      .when(start(2, [a]))
      .records(generation, removed(a), { type: 'WitnessRemoved', node: c.node, at: 1 });
    const state = given(...three, generation, role(c, 'gateway'), removed(a)).state();
    assert.equal(state.status === 'formed' && state.generation, 2);
  });
  it('follows the one before, and does not begin with a dead gateway', () => {
    given(...three)
      .when(start(3, [a]))
      .refuses('not-the-next-generation');
    given(...three)
      .when(start(2, [b]))
      .refuses('last-gateway');
  });
});

describe('addresses of a member', () => {
  it('are recorded when they have changed', () => {
    const { site, peerAddress, etcdClient, etcdPeer } = b;
    const same = { node: b.node, site, peerAddress, etcdClient, etcdPeer, at: 1 };
    given(...pair)
      .when({ type: 'ChangeAddresses', ...same })
      .recordsNothing();
    const moved = { ...same, site: 'Berlin' };
    given(...pair)
      .when({ type: 'ChangeAddresses', ...moved })
      .records({ type: 'MemberAddressesChanged', ...moved });
    given(...one)
      .when({ type: 'ChangeAddresses', ...moved })
      .refuses('unknown-member');
  });
});
