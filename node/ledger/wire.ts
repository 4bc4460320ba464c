/** What the `ledger` process and its client say to each other over node/ipc: names, parameters and answers in one place. */
import type { Draft, Expect, Head, Position, StoredEvent } from '#consensus/event-log.ts';
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';
import type { ReadmitRequest } from '#node/cluster/adopt-generation.ts';
import type { RecoverRequest, RemoveRequest } from '#node/cluster/cluster-administration.ts';
import type { JoinRequest } from '#node/cluster/join-protocol.ts';
import type { CommandMeta } from './execute.ts';

export interface LedgerCalls {
  append: { batch: readonly Draft[]; expect: Expect };
  read: { from: Position; limit: number };
  head: null;
  status: null;
  identity: null;
  signers: null;
  checkpoints: { from: Position; limit: number };
  signExport: null;
  saveSnapshot: { name: string; at: Head; data: Uint8Array };
  loadSnapshot: { name: string };
  vaultGet: { name: string };
  vaultPut: { name: string; value: Uint8Array; onlyIfAbsent: boolean };
  vaultDelete: { name: string };
  vaultReplace: { name: string; from: Uint8Array; to: Uint8Array };
  vaultNames: { prefix: string };
  'cluster.view': null;
  'cluster.claimSpool': { node: string; epoch: number };
  'cluster.renewSpool': null;
  'cluster.leads': { job: string };
  'cluster.form': { meta: CommandMeta };
  'cluster.token': { role: GatewayRole | 'auto'; meta: CommandMeta };
  'cluster.admit': JoinRequest;
  'cluster.remove': { request: RemoveRequest; meta: CommandMeta };
  'cluster.readmit': { node: string; request: ReadmitRequest };
  'cluster.recover': { request: RecoverRequest; meta: CommandMeta };
  'cluster.details': null;
}

export interface LedgerStreams {
  subscribe: { from: Position };
  readStream: { stream: string };
  'cluster.follow': null;
}

/** Events as they are sent; `caughtUp` has a meaning in `subscribe` only. */
export interface EventPiece {
  readonly events: readonly StoredEvent[];
  readonly caughtUp: boolean;
}

/** An item of a stream is answered before the next is sent: large enough to hide that, small enough for a frame. */
export const PIECE_EVENTS = 300;
export const PIECE_BYTES = 4 * 1024 * 1024;
