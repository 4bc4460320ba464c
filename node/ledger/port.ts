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
  StoredEvent,
  Subscription,
} from '#consensus/event-log.ts';

export interface LedgerPort {
  append(batch: readonly Draft[], expect: Expect): Promise<Appended>;
  /** Every event of one stream, in order. */
  readStream(stream: string): Promise<readonly StoredEvent[]>;
  /** Events [from, from + limit), fewer at the end of the log. */
  read(from: Position, limit: number): Promise<readonly StoredEvent[]>;
  /**
   * The tail from `from` on, in batches; survives a restart of the ledger by itself (resumes where it was).
   * `caughtUp` in an item is true when its last event was the head at that moment.
   */
  subscribe(
    from: Position,
    on: (batch: { events: readonly StoredEvent[]; caughtUp: boolean }) => Promise<void> | void,
  ): Subscription;
  head(): Promise<Head>;
  status(): Promise<LogStatus>;
  /** Who this gateway is: its node id and the public key (raw Ed25519) its events are signed with. */
  identity(): Promise<{ node: string; publicKey: Uint8Array; clusterId: string }>;
  readonly vault: VaultPort;
}

/** The mutable key space beside the log: data keys wrapped under the cluster key, the cluster key wrapped per gateway. */
export interface VaultPort {
  get(name: string): Promise<Uint8Array | null>;
  /** Durable when resolved. With `onlyIfAbsent` the value that stands afterwards is returned. */
  put(name: string, value: Uint8Array, options?: { onlyIfAbsent?: boolean }): Promise<Uint8Array>;
  delete(name: string): Promise<void>;
}
