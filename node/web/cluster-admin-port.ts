/** The cluster for the management: members, condition, and the changes of membership. */
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';
import type { EngineRoom } from '#node/cluster/cluster-administration.ts';
import type { DrainState } from '#node/shadow/drain-protocol.ts';
import type { Actor } from './admin-request.ts';
import type { ClusterCondition } from './cluster-condition.ts';
import type { MemberGlance } from './status-admin-port.ts';

export interface ClusterMemberRow extends MemberGlance {
  readonly node: string;
  readonly site: string;
  readonly peerAddress: string;
  readonly version: string;
  /** Decimal position that it has on disk by its own word; null when it has told none. */
  readonly position: string | null;
  /** Grows each time its spool is taken over or taken back. */
  readonly spoolEpoch: number;
  /** Another one when its spool was taken over. */
  readonly spoolOwner: string;
  /** Its member of the engine, as a voter sees it; null for one without, and on a gateway that does not vote. */
  readonly engine: {
    readonly state: 'voter' | 'learner' | 'starting';
    readonly version: string;
    readonly leader: boolean;
    readonly answers: boolean;
  } | null;
}

/** `spare`: who follows takes the place. `token`: a new gateway joins. `free`: the place of a witness becomes free. */
export type ReplacementStep = 'spare' | 'token' | 'out' | 'votes' | 'free' | 'witness-token';

export interface ReplacementPlan {
  readonly steps: readonly ReplacementStep[];
  /** Name of the gateway that follows already and takes the place; empty when a new one has to join. */
  readonly spare: string;
}

/** What it waits for, or what is to be done now. */
export type ReplacementStage =
  /** A token is needed, until its machine has joined. */
  | { readonly stage: 'token'; readonly joins: 'gateway' | 'witness' }
  | { readonly stage: 'starts'; readonly name: string }
  /** `behind` null: it has not told how far it is. */
  | { readonly stage: 'catches-up'; readonly name: string; readonly behind: number | null }
  /** The member is to be removed now; a witness may leave a pair. */
  | { readonly stage: 'remove' }
  /** `waitsFor`: a sentence of the cluster; empty when only votes are missing. */
  | { readonly stage: 'votes'; readonly there: number; readonly count: number; readonly waitsFor: string }
  | { readonly stage: 'done' };

export interface ReplacementProgress extends ReplacementPlan {
  /** Index of the step that is under way; the number of steps when all are done. */
  readonly at: number;
  readonly now: ReplacementStage;
}

/** Of the member with this node id and name. */
export interface PlannedReplacement extends ReplacementPlan {
  readonly node: string;
  readonly name: string;
}

/** A member is being replaced, and how far that is. */
export interface ReplacementRow extends ReplacementProgress {
  /** The member that goes: node id and name. */
  readonly node: string;
  readonly name: string;
  /** Its role when this began. */
  readonly role: GatewayRole;
  /** Why, as the operator said who began it. */
  readonly reason: string;
  readonly sinceMs: number;
}

export interface ClusterStatus {
  readonly mode: 'single' | 'voter' | 'client';
  readonly clusterId: string;
  readonly generation: number;
  readonly self: string;
  /** null on a gateway on its own. */
  readonly condition: ClusterCondition | null;
  /** Changes can be made; `reason` says why not. */
  readonly writable: boolean;
  readonly reason: string;
  /** Where the database of the cluster is when it is an etcd of the operator's own; else empty. */
  readonly external: string;
  readonly members: readonly ClusterMemberRow[];
  /** How much of the log the engine holds; null on a gateway that does not vote, and while it does not answer. */
  readonly room: EngineRoom | null;
  /** Sentences for operators. */
  readonly warnings: readonly string[];
  /** Long steps under way, one sentence each. */
  readonly progress: readonly string[];
  /** The one after which all vote that shall; empty when none is under way. */
  readonly settling: string;
  /** Histories of older generations that were brought back: kept on that gateway, not part of the log. */
  readonly divergences: readonly {
    readonly node: string;
    readonly generation: number;
    readonly from: string;
    readonly events: number;
    readonly atMs: number;
  }[];
  /** null: nobody is being replaced. One that is complete is shown until it is ended. */
  readonly replacement: ReplacementRow | null;
  /** A new generation was asked for here, and can still be called off. */
  readonly mayCallOff: boolean;
}

export interface ClusterAdminPort {
  status(): Promise<ClusterStatus>;
  /** What `init` would do, one sentence a step. Rejects as `init` would. */
  plan(): Promise<readonly string[]>;
  /** A gateway on its own becomes a cluster of one voter. */
  init(by: Actor): Promise<void>;
  /** For one member, once, within an hour. */
  token(
    request: { role: GatewayRole | 'auto' },
    by: Actor,
  ): Promise<{ token: string; expiresAtMs: number; address: string }>;
  /**
   * `on`: the gateway accepts no mail any more and gives away what it has, so that it can be removed; false: it goes on as
   * before. Rejects `unavailable` when it does not answer.
   */
  drain(request: { member: string; on: boolean }, by: Actor): Promise<DrainState>;
  /** How far it is. */
  draining(request: { member: string }): Promise<DrainState>;
  /** `member`: node id or name. A gateway that is there is removed when it has given away its mails, else with `force` only. */
  remove(request: { member: string; toPair: boolean; force: boolean }, by: Actor): Promise<void>;
  /** What a replacement of `member` (node id or name) would do. Rejects when it cannot be replaced now, and from here. */
  replacePlan(request: { member: string }): Promise<PlannedReplacement>;
  /** Records that it is wanted; the steps are done by whoever follows it. The same member again: nothing is recorded. */
  replace(request: { member: string }, by: Actor): Promise<void>;
  /** It is complete, or called off; what has been done stays. */
  endReplacement(by: Actor): Promise<void>;
  /** Begins a new generation here; `dead` are off for good, and stay out. */
  recover(request: { dead: readonly string[]; cancel: boolean }, by: Actor): Promise<void>;
}
