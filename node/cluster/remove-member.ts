/**
 * Takes a member out of the cluster for good: from the moment that the event stands no gateway talks to it, its
 * signature counts no more, and the steward takes its vote, its user and the cluster key that it knows.
 *
 * A gateway that is there has given away its mails before (node/shadow/drain.ts), unless `force`: then they are delivered
 * by the others once it is silent.
 */
import { CLUSTER_STREAM, clusterDecider } from '#domain/cluster/cluster.ts';
import type { ClusterPort } from '#node/ledger/cluster-port.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { askDrain } from '#node/peer/ask-drain.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import { type DrainState, isDrained } from '#node/shadow/drain-protocol.ts';
import type { RemoveRequest } from './cluster-administration.ts';
import { ClusterError, refusedBecause } from './cluster-error.ts';

export interface RemovePorts {
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly cluster: Pick<ClusterPort, 'view'>;
  readonly client: Pick<PeerClient, 'request'>;
}

/** Rejects with ClusterError, or the log's own errors. */
export async function removeMember(
  { ledger, cluster, client }: RemovePorts,
  { member: asked, toPair, force }: RemoveRequest,
  meta: CommandMeta,
): Promise<void> {
  const { members, self } = await cluster.view();
  const member = members.find(({ node, name }) => node === asked || name === asked);
  if (!member) throw refusedBecause('unknown-member');
  if ((member.alive || member.node === self) && member.role !== 'witness' && !force) {
    const state = await askDrain(client, member.node, null);
    if (state === null || !isDrained(state))
      throw new ClusterError('mail-under-way', underWay(member.name, state));
  }
  const command = { type: 'RemoveMember', node: member.node, toPair, at: meta.atMs } as const;
  const done = await execute(ledger, clusterDecider, CLUSTER_STREAM, command, meta);
  if (done.kind === 'refused') throw refusedBecause(done.refusal);
}

function underWay(name: string, state: DrainState | null): string {
  const far =
    state === null
      ? 'does not say whether mails of it are left'
      : !state.draining
        ? `has not given away its mails (${state.left} are left, and it accepts more)`
        : `has ${state.left} mails left`;
  const why = state?.waitsFor ? `: ${state.waitsFor}` : '';
  return (
    `${name} is there and ${far}${why}. sealgate cluster remove, and leave on that machine, let it give them away first; ` +
    'with --without-drain its mails are delivered by the others once it is silent.'
  );
}
