/**
 * The event log with what lies beside it on this gateway: what the ledger serves, whichever engine orders the events.
 */
import type { EventLog, Position, StoredEvent } from './event-log.ts';
import type { ScrubReport } from './scrub.ts';
import type { SignedHead } from './signed-head.ts';

/** Small mutable values beside the log; to this folder they are octets. In a cluster they are the same everywhere. */
export interface VaultStore {
  /** Null when there is none. Throws `log-damaged` rather than say so while entries may be lost. */
  get(name: string): Promise<Uint8Array | null>;
  /** Durable when resolved. With `onlyIfAbsent` the value that stands afterwards is returned. */
  put(name: string, value: Uint8Array, options?: { onlyIfAbsent?: boolean }): Promise<Uint8Array>;
  /**
   * Puts `to` where `from` stands, and bars `from` from coming back; false when something else, or nothing, stands there.
   * Durable when resolved.
   */
  replace(name: string, from: Uint8Array, to: Uint8Array): Promise<boolean>;
  /** Durable when resolved, and the value is in no file of this gateway any more. */
  delete(name: string): Promise<void>;
  /** All names with a prefix, as far as this gateway has them. */
  names(prefix: string): Promise<string[]>;
}

export interface LocalLog extends EventLog {
  readonly vault: VaultStore;
  readonly checkpoints: { list(from: Position, limit: number): Promise<SignedHead[]> };
  /** What the opening found and mended by itself, for operators. */
  readonly notices: readonly string[];
  /** As `read`, in pieces of some hundred events: for who hands them on in pieces. */
  readPieces(from: Position, to?: Position): AsyncIterable<StoredEvent[]>;
  /** The head of now, signed for an export: says where the log ended and when. */
  signExport(): SignedHead;
  /** Looks through the whole log once. Damage is also told by `status` from then on. */
  scrub(options: { unhurried: boolean }): Promise<ScrubReport>;
}
