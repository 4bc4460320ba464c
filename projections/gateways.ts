/**
 * The members of the cluster, and from where to where in the log the signature of each one counts.
 */
import {
  CLUSTER_STREAM,
  type Cluster,
  type ClusterMemberState,
  clusterDecider,
} from '#domain/cluster/cluster.ts';
import type { ClusterEvent } from '#domain/cluster/cluster-messages.ts';
import { decodeEvent } from '#domain/decider.ts';
import type { Projection, RecordedEvent } from './recorded-event.ts';

/** A gateway's right to sign events. */
export interface SignerSpan {
  readonly node: string;
  /** Raw Ed25519, base64url. */
  readonly publicKey: string;
  /** Position of its admission; its own events come after it. 0 for the founder, who signed what was before. */
  readonly from: bigint;
  /** Position of its removal, which may be its own event; null while it is a member. */
  readonly to: bigint | null;
}

/** A history of another generation that a gateway has brought back. */
export interface Divergence {
  readonly node: string;
  readonly generation: number;
  readonly from: string;
  readonly events: number;
  readonly atMs: number;
}

interface SavedGateways {
  readonly cluster: Cluster;
  readonly spans: readonly SignerSpan[];
  readonly divergences: readonly Divergence[];
  readonly removedKeyIsKnown: boolean;
}

export class GatewaysProjection implements Projection<SavedGateways> {
  #cluster: Cluster = clusterDecider.zero;
  #spans: SignerSpan[] = [];
  #divergences: Divergence[] = [];
  /** A gateway was removed, and the cluster key that it knows has not been replaced since. */
  #removedKeyIsKnown = false;

  apply(event: RecordedEvent): void {
    if (event.stream !== CLUSTER_STREAM) return;
    const change = decodeEvent<ClusterEvent>(clusterDecider, event);
    if (change.type === 'GatewayAdmitted') {
      const isFounder = this.#spans.length === 0;
      const { node, publicKey } = change;
      this.#spans.push({ node, publicKey, from: isFounder ? 0n : event.position, to: null });
    } else if (change.type === 'GatewayRemoved') {
      this.#spans = this.#spans.map((span) =>
        span.node === change.node ? { ...span, to: event.position } : span,
      );
      this.#removedKeyIsKnown = true;
    } else if (change.type === 'ClusterKeyRotated') {
      this.#removedKeyIsKnown = false;
    } else if (change.type === 'DivergenceFound') {
      const { node, generation, from, events, at } = change;
      this.#divergences.push({ node, generation, from, events, atMs: at });
    }
    this.#cluster = clusterDecider.evolve(this.#cluster, change);
  }

  save(): SavedGateways {
    const cluster = this.#cluster;
    return {
      cluster,
      spans: this.#spans,
      divergences: this.#divergences,
      removedKeyIsKnown: this.#removedKeyIsKnown,
    };
  }

  restore({ cluster, spans, divergences, removedKeyIsKnown }: SavedGateways): void {
    this.#cluster = cluster;
    this.#spans = [...spans];
    this.#divergences = [...divergences];
    this.#removedKeyIsKnown = removedKeyIsKnown;
  }

  get cluster(): Cluster {
    return this.#cluster;
  }

  get members(): readonly ClusterMemberState[] {
    return this.#cluster.status === 'formed' ? this.#cluster.members : [];
  }

  member(node: string): ClusterMemberState | null {
    return this.members.find((member) => member.node === node) ?? null;
  }

  get divergences(): readonly Divergence[] {
    return this.#divergences;
  }

  get removedKeyIsKnown(): boolean {
    return this.#removedKeyIsKnown;
  }

  /** The raw key that an event of `node` at `position` must be signed with; null when none of its may stand there. */
  signerAt(node: string, position: bigint): string | null {
    const span = this.#spans.find(
      (s) => s.node === node && position > s.from && (s.to === null || position <= s.to),
    );
    return span?.publicKey ?? null;
  }

  /** Every key that was ever admitted: for what is signed but has no place in the log. */
  get signers(): readonly SignerSpan[] {
    return this.#spans;
  }
}
