/**
 * Takes over the mails of gateways that are gone: claims their spool in the engine, then adopts the copies held here.
 *
 * A spool is claimed by a compare-and-set of its epoch while the owner's lease is absent (replication.md §5.2, 5). Every
 * copy below an epoch that is over is adopted by whoever holds it, whichever gateway made the claim.
 * Never while a promise to the owner stands (promises.ts).
 */
import type { ClusterPort, ClusterView } from '#node/ledger/cluster-port.ts';
import type { Log } from '#node/log.ts';
import type { CopyStore } from './copy-store.ts';
import type { Promises } from './promises.ts';

export interface TakeoverPorts {
  readonly cluster: Pick<ClusterPort, 'claimSpool'>;
  readonly store: Pick<CopyStore, 'owners' | 'epochsOf'>;
  readonly promises: Promises;
  /** Brings all copies of an epoch that is over into the own line. Rejects when it could not; asked again then. */
  readonly adopt: (owner: string, epoch: number) => Promise<void>;
  readonly log: Log;
}

export interface SpoolStand {
  readonly epoch: number;
  readonly owner: string;
}

export class Takeover {
  readonly #ports: TakeoverPorts;
  readonly #busy = new Map<string, 'claiming' | 'adopting'>();
  /** What stands after own claims, until the view says it too. */
  readonly #claimed = new Map<string, SpoolStand>();
  #view: ClusterView | null = null;

  constructor(ports: TakeoverPorts) {
    this.#ports = ports;
  }

  /** The newest that is known of a gateway's spool; null when nothing is. */
  standOf(owner: string): SpoolStand | null {
    const member = this.#view?.members.find(({ node }) => node === owner);
    const told = member ? { epoch: member.spoolEpoch, owner: member.spoolOwner } : null;
    const claimed = this.#claimed.get(owner) ?? null;
    if (told === null || claimed === null) return told ?? claimed;
    return told.epoch >= claimed.epoch ? told : claimed;
  }

  /** May not be promised to leave it alone: it is being taken over now. */
  isClaiming(owner: string): boolean {
    return this.#busy.get(owner) === 'claiming';
  }

  /** Looks at every owner whose copies are here. */
  async look(view: ClusterView | null): Promise<void> {
    this.#view = view ?? this.#view;
    await Promise.all(this.#ports.store.owners().map((owner) => this.#lookAt(owner)));
  }

  async #lookAt(owner: string): Promise<void> {
    if (this.#busy.has(owner)) return;
    const epochs = this.#ports.store.epochsOf(owner).filter(({ ids }) => ids.size > 0);
    if (epochs.length === 0) return;
    try {
      const stand = this.standOf(owner);
      if (stand !== null && epochs.some(({ epoch }) => epoch >= stand.epoch)) await this.#claim(owner, stand);
      const now = this.standOf(owner);
      for (const { epoch } of epochs) {
        if (now === null || epoch >= now.epoch) continue;
        this.#busy.set(owner, 'adopting');
        await this.#ports.adopt(owner, epoch);
      }
    } catch (error) {
      this.#ports.log.warn({ owner, error: (error as Error).message }, 'takeover did not succeed yet');
    } finally {
      this.#busy.delete(owner);
    }
  }

  async #claim(owner: string, { epoch }: SpoolStand): Promise<void> {
    const member = this.#view?.members.find(({ node }) => node === owner);
    if (!this.#view?.quorum || member === undefined || member.alive) return;
    if (!this.#ports.promises.mayClaim(owner)) return;
    this.#busy.set(owner, 'claiming');
    const stands = await this.#ports.cluster.claimSpool(owner, epoch);
    if (stands.epoch <= epoch) return;
    this.#claimed.set(owner, { epoch: stands.epoch, owner: stands.owner });
    this.#ports.log.warn({ owner, epoch: stands.epoch, by: stands.owner }, 'spool was taken over');
  }
}
