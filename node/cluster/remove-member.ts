/**
 * Takes a member out of the cluster for good: from the moment that the event stands no gateway talks to it, its
 * signature counts no more, and the steward takes its vote, its user and the cluster key that it knows.
 *
 * A gateway that is there leaves by itself (`sealgate cluster leave`), when the mails that it has accepted are through.
 */
import { CLUSTER_STREAM, clusterDecider } from '#domain/cluster/cluster.ts';
import type { ClusterPort } from '#node/ledger/cluster-port.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { RemoveRequest } from './cluster-administration.ts';
import { ClusterError, refusedBecause } from './cluster-error.ts';

export interface RemovePorts {
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly cluster: Pick<ClusterPort, 'view'>;
}

/** Rejects with ClusterError, or the log's own errors. */
export async function removeMember(
  { ledger, cluster }: RemovePorts,
  { member: asked, toPair, force }: RemoveRequest,
  meta: CommandMeta,
): Promise<void> {
  const { members, self } = await cluster.view();
  const member = members.find(({ node, name }) => node === asked || name === asked);
  if (!member) throw refusedBecause('unknown-member');
  if (member.alive && member.node !== self && !force) {
    throw new ClusterError(
      'refused',
      `${member.name} is there. Let it leave by itself, so that no mail of it waits: sealgate cluster leave, on ` +
        'that machine. Or remove it with --force: its mails are delivered by the others once it is silent.',
    );
  }
  const command = { type: 'RemoveMember', node: member.node, toPair, at: meta.atMs } as const;
  const done = await execute(ledger, clusterDecider, CLUSTER_STREAM, command, meta);
  if (done.kind === 'refused') throw refusedBecause(done.refusal);
}
