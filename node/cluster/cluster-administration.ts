/**
 * What operators may do with the cluster, and what joiners ask: served by the `ledger` process, which alone has the
 * engine's administrator on voters. Rejects with ClusterError; its words travel as IpcError codes.
 */
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';
import type { CommandMeta } from '#node/ledger/execute.ts';
import type { Admission } from './admission.ts';
import type { Readmission, ReadmitRequest } from './adopt-generation.ts';
import type { JoinRequest } from './join-protocol.ts';
import type { NewToken } from './join-token.ts';

/** A member of the engine as the engine sees it. */
export interface EngineMember {
  readonly node: string;
  readonly state: 'voter' | 'learner' | 'starting';
  /** Empty when it does not answer. */
  readonly version: string;
  readonly leader: boolean;
  readonly answers: boolean;
}

/** How much of the log the engine holds. */
export interface EngineRoom {
  /** Decimal positions: the last event that it does not hold any more, and the newest one. */
  readonly floor: string;
  readonly head: string;
  /** What keeps it from holding less; empty when nothing does. */
  readonly heldBy: string;
  /** Of the largest member that answers, octets. */
  readonly bytes: number;
  readonly quotaBytes: number;
  /** More than operators expect it to be: a quarter of the quota. */
  readonly isLarge: boolean;
}

export interface ClusterDetails {
  readonly engine: readonly EngineMember[];
  /** Null on a gateway that does not vote, and while the engine does not answer. */
  readonly room: EngineRoom | null;
  /** Where an external engine is; empty when it runs inside the gateways. */
  readonly external: string;
  /** What operators should look at: versions, a key that a removed gateway knows, certificates that end. */
  readonly warnings: readonly string[];
  /** Long steps under way, one sentence each. */
  readonly progress: readonly string[];
  /** The one after which all vote that shall; empty when none is under way. */
  readonly settling: string;
  /** A new generation was asked for here, and can still be called off. */
  readonly mayCallOff: boolean;
}

export interface RemoveRequest {
  /** Node id, or the name of a member. */
  readonly member: string;
  /** Three voters become one with a standby, when nobody can take the place. */
  readonly toPair: boolean;
  readonly force: boolean;
}

export interface RecoverRequest {
  /** Node ids or names: off for good, as the operator has made sure. */
  readonly dead: readonly string[];
  /** Calls off what was asked for, as long as nothing has been done that cannot be taken back. */
  readonly cancel: boolean;
}

export interface ClusterAdministration {
  /** Makes a cluster of one out of a gateway on its own; the ledger is opened anew afterwards. */
  form(meta: CommandMeta): Promise<void>;
  token(role: GatewayRole | 'auto', meta: CommandMeta): Promise<NewToken>;
  /** The token says who it is for and who asked for it. */
  admit(request: JoinRequest): Promise<Admission>;
  /** Takes a member out for good. A gateway that is there is not removed by others unless `force`. */
  remove(request: RemoveRequest, meta: CommandMeta): Promise<void>;
  /** A gateway of an older generation goes on in this one; `node` as its certificate says. */
  readmit(node: string, request: ReadmitRequest): Promise<Readmission>;
  /** Begins a new generation on this gateway, without the members that are named dead. */
  recover(request: RecoverRequest, meta: CommandMeta): Promise<void>;
  details(): Promise<ClusterDetails>;
  close(): Promise<void>;
}
