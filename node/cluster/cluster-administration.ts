/**
 * What operators may do with the cluster, and what joiners ask: served by the `ledger` process, which alone has the
 * engine's administrator on voters. Rejects with ClusterError; its words travel as IpcError codes.
 */
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';
import type { CommandMeta } from '#node/ledger/execute.ts';
import type { Admission } from './admission.ts';
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

export interface ClusterDetails {
  readonly engine: readonly EngineMember[];
  /** What operators should look at: versions, a key that a removed gateway knows, certificates that end. */
  readonly warnings: readonly string[];
  /** Long steps under way, one sentence each. */
  readonly progress: readonly string[];
}

export interface ClusterAdministration {
  /** Makes a cluster of one out of a gateway on its own; the ledger is opened anew afterwards. */
  form(meta: CommandMeta): Promise<void>;
  token(role: GatewayRole | 'auto', meta: CommandMeta): Promise<NewToken>;
  /** The token says who it is for and who asked for it. */
  admit(request: JoinRequest): Promise<Admission>;
  details(): Promise<ClusterDetails>;
  close(): Promise<void>;
}
