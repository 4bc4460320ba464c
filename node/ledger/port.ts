/**
 * What the other processes may ask of the `ledger` process: the log, and the vault beside it.
 *
 * Errors: LogError codes of consensus/event-log.ts as IpcError codes, and `disconnected`.
 */
import type {
  Appended,
  Draft,
  Expect,
  Head,
  LogStatus,
  Position,
  SnapshotStore,
  StoredEvent,
  Subscription,
} from '#consensus/event-log.ts';
import type { SignedHead } from '#consensus/signed-head.ts';

export interface LedgerPort {
  append(batch: readonly Draft[], expect: Expect): Promise<Appended>;
  /** Every event of one stream, in order. */
  readStream(stream: string): Promise<readonly StoredEvent[]>;
  /** Events [from, from + limit), fewer at the end of the log. */
  read(from: Position, limit: number): Promise<readonly StoredEvent[]>;
  /**
   * The tail from `from` on, in batches; survives a restart of the ledger by itself (resumes where it was).
   * `caughtUp` in an item is true when its last event was the head at that moment. When there is nothing from `from`
   * on, the first item has no events and `caughtUp`, so that a reader of an empty log knows that it is ready.
   */
  subscribe(
    from: Position,
    on: (batch: { events: readonly StoredEvent[]; caughtUp: boolean }) => Promise<void> | void,
  ): Subscription;
  head(): Promise<Head>;
  status(): Promise<LogStatus>;
  /** Who this gateway is: its node id and the public key (raw Ed25519) its events are signed with. */
  identity(): Promise<{ node: string; publicKey: Uint8Array; clusterId: string }>;
  /** Every gateway whose signature may stand in this log: node id → raw Ed25519. */
  signers(): Promise<Readonly<Record<string, Uint8Array>>>;
  /** Signed checkpoints at or after `from`, in order, at most `limit`. */
  checkpoints(from: Position, limit: number): Promise<readonly SignedHead[]>;
  /** The head of now, signed for an export. */
  signExport(): Promise<SignedHead>;
  /** For projections; a snapshot has at most SNAPSHOT_BYTES_MAX. */
  readonly snapshots: SnapshotStore;
  readonly vault: VaultPort;
}

export const SNAPSHOT_BYTES_MAX = 60 * 1024 * 1024; // It travels in one frame between two processes.

/** The mutable key space beside the log: data keys wrapped under the cluster key, the cluster key wrapped per gateway. */
export interface VaultPort {
  get(name: string): Promise<Uint8Array | null>;
  /** Durable when resolved. With `onlyIfAbsent` the value that stands afterwards is returned. */
  put(name: string, value: Uint8Array, options?: { onlyIfAbsent?: boolean }): Promise<Uint8Array>;
  /** Puts `to` where `from` stands; false when something else, or nothing, stands there. */
  replace(name: string, from: Uint8Array, to: Uint8Array): Promise<boolean>;
  delete(name: string): Promise<void>;
  /** All names with a prefix. */
  names(prefix: string): Promise<readonly string[]>;
}
