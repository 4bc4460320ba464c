/**
 * The sender's trace records: what was done with each mail, for the page and the command line.
 */
export interface SendTraceRecord {
  readonly atMs: number;
  readonly event: 'delivered' | 'deferred' | 'bounced' | 'delayed' | 'held' | 'released' | 'removed';
  readonly spoolId: string;
  readonly queueId: string;
  readonly traceId: string;
  readonly recipients: readonly string[];
  /** `host[address]:port`; empty when no connection was made. */
  readonly nextHop: string;
  readonly reply: string;
  /** Protocol and cipher, null in clear. */
  readonly tls: string | null;
  readonly attempts: number;
  /** Who asked for it, when an operator did. */
  readonly by?: string;
}

export type SendTrace = (record: SendTraceRecord) => void;
