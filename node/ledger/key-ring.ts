/**
 * Whose signatures this gateway's log may hold: its own on a gateway of its own, in a cluster the fold of the cluster's
 * events (projections/gateways.ts). The log starts with the founder's signature, which the cluster file names.
 */
import type { KeyObject } from 'node:crypto';
import type { Position, StoredEvent } from '#consensus/event-log.ts';
import { ed25519PublicKey, type KeyRing } from '#consensus/signing.ts';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { CLUSTER_STREAM } from '#domain/cluster/cluster.ts';
import { GatewaysProjection } from '#projections/gateways.ts';
import type { LedgerIdentity } from './identity.ts';

export interface Founder {
  readonly node: string;
  /** Raw Ed25519, base64url. */
  readonly publicKey: string;
}

export class ClusterKeyRing {
  readonly gateways = new GatewaysProjection();
  readonly #founder: Founder;
  readonly #keys = new Map<string, KeyObject>();

  constructor(founder: Founder) {
    this.#founder = founder;
  }

  /** The same ring, to be folded further apart from this one. */
  copy(): ClusterKeyRing {
    const copied = new ClusterKeyRing(this.#founder);
    copied.gateways.restore(this.gateways.save());
    return copied;
  }

  /** Events of the log in order; those of other streams are ignored. */
  note(events: readonly StoredEvent[]): boolean {
    const ours = events.filter(({ stream }) => stream === CLUSTER_STREAM);
    for (const event of ours) this.gateways.apply(event);
    return ours.length > 0;
  }

  readonly ring: KeyRing = (node, position) => {
    const { signers } = this.gateways;
    if (signers.length === 0) return node === this.#founder.node ? this.#key(this.#founder.publicKey) : null;
    const raw =
      position === undefined
        ? signers.findLast((span) => span.node === node)?.publicKey
        : this.gateways.signerAt(node, position);
    return raw ? this.#key(raw) : null;
  };

  /** Of every gateway that ever was a member, raw. */
  publicKeys(): Record<string, Uint8Array> {
    const { signers } = this.gateways;
    return Object.fromEntries(signers.map(({ node, publicKey }) => [node, fromBase64Url(publicKey)]));
  }

  /**
   * Whether what this gateway signs is believed by the others, as far as the log is known here. What is not believed
   * would stand in the engine and stop the log of all.
   */
  believes({ node, publicKey }: Pick<LedgerIdentity, 'node' | 'publicKey'>): boolean {
    const last = this.gateways.signers.findLast((span) => span.node === node);
    return !last || last.publicKey === publicKey.toString('base64url');
  }

  /** May what it says change whose signatures count? */
  static changesKeys({ stream }: { readonly stream: string; readonly position: Position }): boolean {
    return stream === CLUSTER_STREAM;
  }

  #key(raw: string): KeyObject {
    let key = this.#keys.get(raw);
    if (!key) {
      key = ed25519PublicKey(fromBase64Url(raw));
      this.#keys.set(raw, key);
    }
    return key;
  }
}
