/** What the management asks about the gateway itself and its processes. */
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';
import type { EngineRoom } from '#node/cluster/cluster-administration.ts';
import type { LineState } from '#node/protect/line-state.ts';
import type { ShadowCounts } from '#node/shadow/counts-file.ts';
import type { ClusterCondition } from './cluster-condition.ts';

export interface ProcessStatus {
  readonly name:
    | 'ledger'
    | 'keys'
    | 'receive'
    | 'protect'
    | 'send'
    | 'web'
    | 'fetch'
    | 'render'
    | 'mailbox'
    | 'peer';
  readonly state: 'ready' | 'starting' | 'down';
  /** Since when in this state, if known. */
  readonly sinceMs: number | null;
  /** One line for operators; empty when all is well. */
  readonly detail: string;
}

export interface GatewayStatus {
  readonly node: string;
  readonly hostname: string;
  readonly version: string;
  readonly tryOut: boolean;
  readonly processes: readonly ProcessStatus[];
  readonly log: {
    readonly mode: 'single' | 'voter' | 'client';
    /** Position and hash (hex) of the newest event. */
    readonly head: string;
    readonly headHash: string;
    readonly writable: boolean;
    readonly reason: string;
    readonly damagedAt: string | null;
    /** What operators should look at although changes can be made; empty when nothing. */
    readonly notice: string;
  } | null;
  /** Mails accepted and not yet through the line; held ones wait for a key or a person. */
  readonly spool: {
    readonly waiting: number;
    readonly held: number;
    /** Of the held ones: files that cannot be read. */
    readonly damaged: number;
    /** Of the held ones: for a person to decide, or until a key is here. */
    readonly undecided: number;
    readonly freeBytes: number;
  };
  /** All mails of the queue; the deferred among them have been tried before. */
  readonly queue: { readonly waiting: number; readonly deferred: number; readonly oldestMs: number | null };
  /** What waits, in the line or in hold, for something that is to be mended, by reason; and facts that wait for the log. */
  readonly line: LineState;
  /** Second copies of accepted mails on other gateways; null outside a cluster. */
  readonly copies: ShadowCounts | null;
  readonly listeners: readonly { name: string; address: string; port: number; zone: 'inside' | 'outside' }[];
  /** null on a gateway on its own, and while the ledger does not answer. */
  readonly cluster: ClusterGlance | null;
}

/** The cluster as health needs it. */
export interface ClusterGlance {
  readonly condition: ClusterCondition;
  readonly generation: number;
  readonly members: readonly MemberGlance[];
  /** How much of the log the engine holds, as far as it is known here. */
  readonly room: EngineRoom | null;
}

export interface MemberGlance {
  readonly name: string;
  readonly role: GatewayRole;
  readonly isSelf: boolean;
  /** null: not known here, as of a witness on a gateway that does not vote, and of the others without a quorum. */
  readonly alive: boolean | null;
  /** Events that it had not told to be on its disk when it was last heard of; null: nothing told, or a witness. */
  readonly behind: number | null;
}

export interface StatusPort {
  status(): Promise<GatewayStatus>;
}

// ── Keys and certificates ───────────────────────────────────────────────────────────────────────────────────────────
