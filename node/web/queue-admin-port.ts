/** What waits to leave, and what is held, for the management. */
import type { Actor } from './admin-request.ts';

export interface QueueRow {
  readonly queueId: string;
  readonly spoolId: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly queuedAtMs: number;
  readonly attempts: number;
  readonly nextAttemptMs: number | null;
  /** The next hop's last answer; empty before the first attempt. */
  readonly lastAnswer: string;
}

/** A mail, or its copy for some recipients, that waits for a key or a person before it goes on. */
export interface HeldRow {
  readonly holdId: string;
  readonly spoolId: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly sizeBytes: number;
  readonly reason: string;
  readonly heldAtMs: number;
}

export interface QueuePort {
  list(): Promise<readonly QueueRow[]>;
  retry(request: { queueId: string }, by: Actor): Promise<void>;
  remove(request: { queueId: string }, by: Actor): Promise<void>;
  held(): Promise<readonly HeldRow[]>;
  /** Gives it back to the mail line, to be decided anew. */
  release(request: { holdId: string }, by: Actor): Promise<void>;
  /** For good; nobody is told. */
  drop(request: { holdId: string }, by: Actor): Promise<void>;
}

// ── Operators ───────────────────────────────────────────────────────────────────────────────────────────────────────
