/** The log as an auditor reads it. */

export interface AuditRow {
  readonly position: string;
  readonly stream: string;
  readonly version: number;
  readonly kind: string;
  readonly atMs: number;
  readonly actor: string;
  readonly reason: string;
  readonly node: string;
  readonly hash: string;
  /** The payload as indented JSON; long binary values are shortened. Secrets in it are ciphertext already. */
  readonly payload: string;
}

export interface AuditPort {
  /**
   * Newest first, before position `before` (null = from the head). `search` is looked for in stream, kind, actor and
   * reason; `from`/`to` bound the time. `next` continues the search, null at the log's beginning.
   */
  events(request: {
    before: string | null;
    limit: number;
    search: string;
    actor: string;
    fromMs: number | null;
    toMs: number | null;
  }): Promise<{ rows: readonly AuditRow[]; next: string | null }>;
}

// ── Cluster ─────────────────────────────────────────────────────────────────────────────────────────────────────────
