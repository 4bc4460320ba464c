/**
 * The event log as everything above it sees it: one port, an embedded and a replicated engine behind it.
 *
 * `consensus/` knows bytes and order, never meaning: a payload is opaque here.
 * Positions are 1-based and contiguous. An event is never changed and never removed.
 */
export type Position = bigint;

/** What a writer wants recorded. `id` makes the append idempotent: the same ids again are the same answer. */
export interface Draft {
  /** UUID; the writer's request id, one for each event. */
  readonly id: string;
  /** The consistency unit, e.g. `certificate/3f9a…`. */
  readonly stream: string;
  /** Event kind, past tense, e.g. `CertificateIssued`. */
  readonly kind: string;
  /** Schema version of the payload. */
  readonly schema: number;
  /** Wall clock of the command, milliseconds since 1970; never of a replay. */
  readonly atMs: number;
  /** Who: `operator/<id>`, `node/<id>`, `system`. */
  readonly actor: string;
  /** Why, as the operator gave it; empty when none was asked. */
  readonly reason: string;
  /** Canonical JSON, UTF-8. At most PAYLOAD_BYTES_MAX. */
  readonly payload: Uint8Array;
}

export interface StoredEvent extends Draft {
  readonly position: Position;
  /** Generation of the log (replication.md §4.4); 1 at first. */
  readonly generation: number;
  /** 1-based count of this stream's events. */
  readonly version: number;
  /** The gateway that recorded it. */
  readonly node: string;
  /** SHA-256 of the event before; 32 zero octets at position 1. */
  readonly prev: Uint8Array;
  /** SHA-256 over the canonical encoding of all fields but `hash` and `signature`. */
  readonly hash: Uint8Array;
  /** Ed25519 of `hash` by `node`. */
  readonly signature: Uint8Array;
}

/** `version` 0 = the stream must not exist yet. */
export type Expect =
  | { readonly stream: string; readonly version: number }
  | { readonly head: Position }
  | 'any';

export interface Head {
  readonly position: Position;
  readonly hash: Uint8Array;
  readonly generation: number;
}

export interface Appended {
  readonly first: Position;
  readonly last: Position;
  /** True when these ids were recorded before; then `first`/`last` are of that time. */
  readonly repeated: boolean;
}

export interface Subscription {
  /** Rejects when the handler threw or the log is damaged; resolves after `stop`. */
  readonly done: Promise<void>;
  stop(): void;
}

/**
 * What stands in the way of appends: `disk` this gateway's own store, `no-quorum` no answer from a majority, `fenced`
 * another cluster or a newer generation, `quorum-altered` what the quorum holds does not follow from what it held.
 */
export type LogObstacle = 'disk' | 'no-quorum' | 'fenced' | 'quorum-altered';

export interface LogStatus {
  readonly mode: 'single' | 'voter' | 'client';
  readonly generation: number;
  readonly localHead: Position;
  readonly quorumHead: Position | null;
  readonly writable: boolean;
  /** Why not writable, for operators; empty when it is. */
  readonly reason: string;
  /** The same in a word; null when it is writable. */
  readonly obstacle: LogObstacle | null;
  /** What operators should look at although appends go on; empty when nothing. */
  readonly notice: string;
  /** First damaged position the scrub or a read found, or null. */
  readonly damagedAt: Position | null;
}

export interface EventLog {
  /**
   * Records a batch, all or nothing. Resolves once durable (single: fdatasync; cluster: quorum fsync) and readable here.
   * Throws LogError: `version-conflict`, `no-quorum` (surely not applied), `unresolved` (unclear; ask again with the
   * same ids), `fenced`, `too-large`, `quota-full`, `log-damaged`.
   */
  append(batch: readonly Draft[], options: { expect: Expect; signal?: AbortSignal }): Promise<Appended>;
  /** Local, verified, no network: [from, to]. Throws `log-damaged` at a gap or a broken hash. */
  read(from: Position, to?: Position): AsyncIterable<StoredEvent>;
  /** One stream's events in order, verified. */
  readStream(stream: string): AsyncIterable<StoredEvent>;
  /** Local tail, in order, gap-free, resumes at any position; the handler's promise is the back-pressure. */
  subscribe(from: Position, on: (event: StoredEvent) => Promise<void> | void): Subscription;
  head(level: 'local' | 'quorum'): Promise<Head>;
  readonly snapshots: SnapshotStore;
  status(): LogStatus;
  close(): Promise<void>;
}

/** State of projections at a position, so that a start need not replay all; the log itself stays complete. */
export interface SnapshotStore {
  save(name: string, at: Head, data: Uint8Array): Promise<void>;
  /** Null when there is none, it is damaged, or its head is not on this log's chain. */
  load(name: string): Promise<{ at: Head; data: Uint8Array } | null>;
}

export type LogErrorCode =
  | 'version-conflict'
  | 'no-quorum'
  | 'unresolved'
  | 'fenced'
  | 'too-large'
  | 'quota-full'
  | 'log-damaged';

export class LogError extends Error {
  readonly code: LogErrorCode;
  /** The version or position that was found, where it helps. */
  readonly actual: bigint | null;
  constructor(code: LogErrorCode, message: string, actual: bigint | null = null) {
    super(message);
    this.name = 'LogError';
    this.code = code;
    this.actual = actual;
  }
}

export const PAYLOAD_BYTES_MAX = 1024 * 1024; // One etcd transaction (1.5 MiB) must carry it; a PKCS#12 chain is below 64 KiB.
export const BATCH_EVENTS_MAX = 100; // etcd allows 128 operations in one transaction.
export const BATCH_BYTES_MAX = 8 * 1024 * 1024; // Payloads of one batch; one fits a frame to the ledger many times over.
