/**
 * An operator asks for a new generation on this gateway. Software cannot know that a machine which does not answer is
 * off: the operator names the dead and confirms it; whoever answers is not dead.
 */

import type { ClusterPort } from '#node/ledger/cluster-port.ts';
import type { CommandMeta } from '#node/ledger/execute.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import type { RecoverRequest } from './cluster-administration.ts';
import { ClusterError, refusedBecause } from './cluster-error.ts';
import type { ClusterFile } from './cluster-file.ts';
import { generationOf } from './newer-generation.ts';

export interface RequestPorts {
  readonly cluster: Pick<ClusterPort, 'view'>;
  readonly client: Pick<PeerClient, 'request'>;
  file(): ClusterFile;
  save(file: ClusterFile): void;
  reopen(): void;
}

/** Rejects with ClusterError. The ledger is opened anew afterwards and does the rest. */
export async function requestGeneration(
  { cluster, client, file: current, save, reopen }: RequestPorts,
  { dead: named, cancel }: RecoverRequest,
  { actor, reason }: CommandMeta,
): Promise<void> {
  if (cancel) throw new ClusterError('refused', 'No new generation is being made here.');
  const { quorum, members, self } = await cluster.view();
  if (quorum) {
    throw new ClusterError(
      'refused',
      'The cluster can make changes: nothing has to be recovered. Remove a dead member with sealgate cluster remove.',
    );
  }
  if (named.length === 0 && current().engine === 'own') {
    throw new ClusterError(
      'refused',
      'Name the members that are off: without a death there is a majority to wait for.',
    );
  }
  const dead = named.map((asked) => {
    const member = members.find(({ node, name }) => node === asked || name === asked);
    if (!member) throw refusedBecause('unknown-member');
    if (member.node === self) throw new ClusterError('refused', 'This gateway cannot be dead.');
    return member;
  });
  const gateways = dead.filter(({ role }) => role !== 'witness');
  const answers = await Promise.all(gateways.map(({ node }) => generationOf(client, node)));
  const alive = gateways.find((_, i) => answers[i] !== null);
  if (alive) {
    throw new ClusterError(
      'refused',
      `${alive.name} answers: it is not off. Two histories would begin. Switch it off first.`,
    );
  }
  const file = current();
  const generation = file.generation + 1;
  save({ ...file, recovering: { generation, dead: dead.map(({ node }) => node), actor, reason } });
  reopen();
}
