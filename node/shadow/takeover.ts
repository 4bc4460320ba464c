/**
 * Takes over the mails of gateways that are gone (replication.md §5.2, 5): claims their spool in the engine, then has the
 * copies adopted that are held here.
 *
 * A claim is a compare-and-set of the spool's epoch while the owner's lease is absent, never while a promise to the owner
 * stands (promises.ts). Whoever has the claim is the one authority on the owner's mails until the owner is back: it
 * adopts its own copies and grants other holders theirs, so that the owner has to ask nobody else. A claimant that dies
 * in its turn is followed by another claim.
 * An owner that is back decides about copies that nobody adopted: they are void.
 */
import type { ClusterPort, ClusterView } from '#node/ledger/cluster-port.ts';
import type { Log } from '#node/log.ts';
import type { CopyStore } from './copy-store.ts';
import type { Promises } from './promises.ts';

export interface SpoolStand {
  readonly epoch: number;
  readonly owner: string;
}

export interface TakeoverPorts {
  readonly cluster: Pick<ClusterPort, 'claimSpool'>;
  readonly store: Pick<CopyStore, 'owners' | 'epochsOf'>;
  readonly promises: Promises;
  /**
   * Brings copies below the stand's epoch into the own line, as far as they are this gateway's. Rejects when it could
   * not; asked again then.
   */
  readonly adopt: (owner: string, epoch: number, stand: SpoolStand) => Promise<void>;
  /** The own claim follows that of a gateway that died in its turn; durable when it resolves. */
  readonly onFollowed: (owner: string, epoch: number, before: string) => Promise<void>;
  readonly log: Log;
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
    const member = this.#gateway(owner);
    const told = member ? { epoch: member.spoolEpoch, owner: member.spoolOwner } : null;
    const claimed = this.#claimed.get(owner) ?? null;
    if (told === null || claimed === null) return told ?? claimed;
    return told.epoch >= claimed.epoch ? told : claimed;
  }

  /** What refuses a request of a spool's owner under `epoch`: another stand; null when it is the owner's. */
  refusalOf(owner: string, epoch: number): SpoolStand | null {
    const stand = this.standOf(owner);
    if (stand === null) return null;
    return stand.epoch > epoch || (stand.epoch === epoch && stand.owner !== owner) ? stand : null;
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
      await this.#claim(owner);
      const stand = this.standOf(owner);
      // Who has promised leaves also to others what they have claimed: the owner may be delivering it.
      if (stand === null || (stand.owner !== owner && !this.#ports.promises.mayClaim(owner))) return;
      this.#busy.set(owner, 'adopting');
      for (const { epoch } of epochs) {
        if (epoch < stand.epoch) await this.#ports.adopt(owner, epoch, stand);
      }
    } catch (error) {
      this.#ports.log.warn({ owner, error: (error as Error).message }, 'takeover did not succeed yet');
    } finally {
      this.#busy.delete(owner);
    }
  }

  /** For an owner that waits for the word of this gateway, which is gone: true when its spool is with another one. */
  async takeOver(node: string): Promise<boolean> {
    if (!this.#busy.has(node)) {
      try {
        await this.#claim(node);
      } finally {
        this.#busy.delete(node);
      }
    }
    const stand = this.standOf(node);
    return stand !== null && stand.owner !== node;
  }

  /** Also one that was removed: what it had accepted is still to be delivered. */
  #gateway(node: string): ClusterView['former'][number] | undefined {
    const { members = [], former = [] } = this.#view ?? {};
    return [...members, ...former].find((one) => one.node === node);
  }

  #isGone(node: string): boolean {
    const member = this.#gateway(node);
    return this.#view?.quorum === true && member !== undefined && !member.alive;
  }

  async #claim(owner: string): Promise<void> {
    const stand = this.standOf(owner);
    if (stand === null || stand.owner === this.#view?.self) return;
    const mayBeClaimed = this.#isGone(owner) && this.#isGone(stand.owner);
    if (!mayBeClaimed || !this.#ports.promises.mayClaim(owner)) return;
    this.#busy.set(owner, 'claiming');
    const stands = await this.#ports.cluster.claimSpool(owner, stand.epoch);
    if (stands.epoch <= stand.epoch) return;
    if (stands.claimed && stand.owner !== owner) {
      await this.#ports.onFollowed(owner, stands.epoch, stand.owner);
    }
    this.#claimed.set(owner, { epoch: stands.epoch, owner: stands.owner });
    this.#ports.log.warn({ owner, epoch: stands.epoch, by: stands.owner }, 'spool was taken over');
  }
}
