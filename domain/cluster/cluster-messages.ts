/** What is asked of the cluster's decider, what it records, and what is known of a member (`cluster.ts`). */
import type { Base64Url } from '../canonical-json.ts';
import type { Instant } from '../decider.ts';
import type { NodeAuthorities, RenewalCommand, RenewalEvent } from './authority-renewal.ts';
import type { GatewayRole } from './gateway-role.ts';

/** Where a member is reached; the engine's addresses also while it does not vote. */
export interface MemberAddresses {
  readonly site: string;
  /** `host:port`; empty for a witness. */
  readonly peerAddress: string;
  /** `https://host:port` of its engine, for clients and for other members. */
  readonly etcdClient: string;
  readonly etcdPeer: string;
}

export interface MemberFacts extends MemberAddresses {
  readonly node: string;
  readonly name: string;
  /** Raw Ed25519 that its events are signed with, raw X25519 that the cluster key is sealed to; empty for a witness. */
  readonly publicKey: Base64Url;
  readonly nodeKey: Base64Url;
}

export type ClusterCommand =
  | {
      readonly type: 'FormCluster';
      readonly clusterId: string;
      readonly founder: MemberFacts;
      readonly authorities: NodeAuthorities;
      /** The order is kept by an etcd of the operator's own; no gateway votes. */
      readonly external: boolean;
      readonly at: Instant;
    }
  | {
      readonly type: 'AdmitMember';
      readonly member: MemberFacts;
      /** `auto`: what the cluster needs. */
      readonly role: GatewayRole | 'auto';
      readonly at: Instant;
    }
  | ({ readonly type: 'ChangeAddresses'; readonly node: string; readonly at: Instant } & MemberAddresses)
  | {
      readonly type: 'RemoveMember';
      readonly node: string;
      /** Three voters become one with a standby, when nobody can take the place. */
      readonly toPair: boolean;
      readonly at: Instant;
    }
  | {
      readonly type: 'StartGeneration';
      readonly generation: number;
      /** Decimal position of the last event that the new generation took over. */
      readonly from: string;
      readonly survivor: string;
      readonly dead: readonly string[];
      readonly authorities: NodeAuthorities;
      readonly at: Instant;
    }
  | {
      readonly type: 'RecordDivergence';
      readonly node: string;
      readonly generation: number;
      readonly from: string;
      readonly events: number;
      readonly at: Instant;
    }
  | { readonly type: 'RecordKeyRotation'; readonly rotation: string; readonly at: Instant }
  | RenewalCommand;

export type ClusterEvent =
  | {
      readonly type: 'ClusterFormed';
      readonly clusterId: string;
      readonly generation: number;
      readonly founder: string;
      readonly authorities: NodeAuthorities;
      readonly at: Instant;
    }
  | { readonly type: 'ExternalEngineChosen'; readonly at: Instant }
  | ({ readonly type: 'GatewayAdmitted'; readonly role: GatewayRole; readonly at: Instant } & MemberFacts)
  | ({ readonly type: 'WitnessAdmitted'; readonly at: Instant } & MemberFacts)
  | {
      readonly type: 'GatewayRoleChanged';
      readonly node: string;
      readonly role: GatewayRole;
      readonly at: Instant;
    }
  | ({
      readonly type: 'MemberAddressesChanged';
      readonly node: string;
      readonly at: Instant;
    } & MemberAddresses)
  | { readonly type: 'GatewayRemoved'; readonly node: string; readonly at: Instant }
  | { readonly type: 'WitnessRemoved'; readonly node: string; readonly at: Instant }
  | {
      readonly type: 'GenerationStarted';
      readonly generation: number;
      readonly from: string;
      readonly dead: readonly string[];
      readonly authorities: NodeAuthorities;
      readonly at: Instant;
    }
  | {
      readonly type: 'DivergenceFound';
      readonly node: string;
      readonly generation: number;
      readonly from: string;
      readonly events: number;
      readonly at: Instant;
    }
  | { readonly type: 'ClusterKeyRotated'; readonly rotation: string; readonly at: Instant }
  | RenewalEvent;
