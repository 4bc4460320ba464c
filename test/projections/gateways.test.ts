/** Whose signature counts where: the key ring of the log. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLUSTER_STREAM, clusterDecider } from '#domain/cluster/cluster.ts';
import type { ClusterEvent } from '#domain/cluster/cluster-messages.ts';
import { encodeEvent } from '#domain/decider.ts';
import { GatewaysProjection } from '#projections/gateways.ts';

const ca = { series: 1, certificate: 'Z3c' };
const authorities = { gateway: ca, peer: ca, client: ca };
const admitted = (node: string, role: 'voter' | 'standby'): ClusterEvent => {
  const addresses = { site: '', peerAddress: `${node}:2528`, etcdClient: '', etcdPeer: '' };
  return {
    type: 'GatewayAdmitted',
    node,
    name: node,
    publicKey: `key of ${node}`,
    nodeKey: 'x',
    ...addresses,
    role,
    at: 1,
  };
};

function fold(...events: readonly [position: bigint, event: ClusterEvent][]): GatewaysProjection {
  const gateways = new GatewaysProjection();
  for (const [i, [position, event]] of events.entries()) {
    const common = { stream: CLUSTER_STREAM, version: i + 1, atMs: 1, actor: 'system', reason: '' };
    gateways.apply({ position, ...common, ...encodeEvent(clusterDecider, event) });
  }
  return gateways;
}

const formed: ClusterEvent = {
  type: 'ClusterFormed',
  clusterId: 'c',
  generation: 1,
  founder: 'a',
  authorities,
  at: 1,
};
const history: [bigint, ClusterEvent][] = [
  [70n, formed],
  [71n, admitted('a', 'voter')],
  [80n, admitted('b', 'standby')],
  [90n, { type: 'GatewayRemoved', node: 'b', at: 2 }],
];

describe('the key ring of the log', () => {
  it('knows the founder from the first event on, others from their admission on', () => {
    const gateways = fold(...history.slice(0, 3));
    assert.equal(gateways.signerAt('a', 1n), 'key of a');
    assert.equal(gateways.signerAt('b', 80n), null);
    assert.equal(gateways.signerAt('b', 81n), 'key of b');
    assert.equal(gateways.signerAt('c', 81n), null);
  });

  it('keeps what a removed gateway has signed, and takes nothing new from it', () => {
    const gateways = fold(...history);
    assert.equal(gateways.signerAt('b', 85n), 'key of b');
    assert.equal(gateways.signerAt('b', 91n), null);
    assert.deepEqual(
      gateways.members.map(({ node }) => node),
      ['a'],
    );
  });

  it('tells that the key a removed gateway knows is still in use, until it was replaced', () => {
    const gateways = fold(...history);
    assert.equal(gateways.removedKeyIsKnown, true);
    const after = fold(...history, [95n, { type: 'ClusterKeyRotated', rotation: 'r', at: 3 }]);
    assert.equal(after.removedKeyIsKnown, false);
  });

  it('is the same after a restore', () => {
    const restored = new GatewaysProjection();
    restored.restore(structuredClone(fold(...history).save()));
    assert.deepEqual(restored.save(), fold(...history).save());
  });
});
