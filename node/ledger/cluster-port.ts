/**
 * What the other processes of a gateway may ask about its cluster. Answered by `ledger`, which holds the leases.
 *
 * A gateway on its own answers too: mode `single`, itself the only member, leader of every job.
 * Errors: `disconnected`, and of what needs the quorum `no-quorum`, as IpcError codes.
 */
import type { Subscription } from '#consensus/event-log.ts';
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';

export interface ClusterMember {
  readonly node: string;
  readonly name: string;
  readonly role: GatewayRole;
  readonly site: string;
  /** `host:port` of its `peer` process; empty for a witness. */
  readonly peerAddress: string;
  /** Holds its lease, as far as it is known here. */
  readonly alive: boolean;
  readonly spoolEpoch: number;
  /** Itself, unless its spool was taken over. */
  readonly spoolOwner: string;
  /** What it has on disk, by its own word; null when it has told nothing yet. */
  readonly ackedPosition: bigint | null;
  readonly version: string;
  /** The newest format of the log that it reads (domain/log-format.ts). */
  readonly reads: number;
}

export interface ClusterView {
  readonly mode: 'single' | 'voter' | 'client';
  readonly clusterId: string;
  readonly generation: number;
  readonly self: string;
  /** Changes can be made. */
  readonly quorum: boolean;
  /** Why none can be made; empty when they can. */
  readonly reason: string;
  readonly members: readonly ClusterMember[];
  /** Gateways that were removed: mails that they had accepted may still have to be taken over. */
  readonly former: readonly Pick<ClusterMember, 'node' | 'alive' | 'spoolEpoch' | 'spoolOwner'>[];
  readonly spoolEpoch: number;
  /**
   * Until when the own lease surely lasts, process.hrtime.bigint() of this machine; null in mode `single`. Of a new lease
   * only once `spoolEpoch` and the owners were read under it: while it lasts, nobody can take over.
   */
  readonly leaseUntilNs: bigint | null;
}

export interface ClusterPort {
  view(): Promise<ClusterView>;
  /** Gives the view now and at each change; goes on by itself after a restart of the ledger. */
  follow(on: (view: ClusterView) => void): Subscription;
  /** Takes over the spool of a gateway whose lease is gone, when its epoch still is `epoch`. What stands afterwards. */
  claimSpool(node: string, epoch: number): Promise<{ claimed: boolean; epoch: number; owner: string }>;
  /** Raises the own epoch after a return whose epoch had moved. */
  renewSpool(): Promise<{ epoch: number }>;
  /** One gateway at a time does a chore: true for the one that holds its leased lock, renewed by asking. */
  leads(job: string): Promise<boolean>;
}
