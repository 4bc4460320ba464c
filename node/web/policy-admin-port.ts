/** The rule book for the management: draft, publication, dry run. */
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { Actor } from './admin-request.ts';

export interface RuleBookState {
  readonly published: {
    readonly book: RuleBook;
    readonly position: string;
    readonly atMs: number;
    readonly by: string;
    readonly reason: string;
  } | null;
  readonly draft: {
    readonly book: RuleBook;
    readonly savedAtMs: number;
    readonly by: string;
  } | null;
  /** Version of the rule book's stream: a command names the one it was made for, and is refused when it has changed. */
  readonly version: number;
}

/** A message as the dry run needs it; no content but what conditions look at. */
export interface DryRunMail {
  readonly zone: 'inside' | 'outside';
  readonly listener: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly sizeBytes: number;
  readonly encrypted: boolean;
  readonly signed: boolean;
  readonly headers: readonly { name: string; value: string }[];
  readonly attachments: readonly { name: string; type: string }[];
}

export interface DryRunDecision {
  readonly recipient: string;
  readonly direction: 'outgoing' | 'incoming' | 'internal' | 'relay';
  /** Name of the deciding rule; null when none matched. */
  readonly rule: string | null;
  /** What would be done, in words of actions, in order: `sign`, `encrypt by S/MIME`. */
  readonly actions: readonly string[];
  /** Each rule that was asked, in order, and the reason for its answer. */
  readonly reasons: readonly { rule: string; matched: boolean; why: string }[];
  /** How it would end: protected by a method, clear, back to the sender, held, deleted. */
  readonly result: string;
}

export interface PolicyPort {
  state(): Promise<RuleBookState>;
  saveDraft(request: { book: RuleBook; version: number }, by: Actor): Promise<void>;
  discardDraft(request: { version: number }, by: Actor): Promise<void>;
  publish(request: { version: number }, by: Actor): Promise<void>;
  explain(request: { mail: DryRunMail; book: 'published' | 'draft' }): Promise<readonly DryRunDecision[]>;
}

// ── Queue ───────────────────────────────────────────────────────────────────────────────────────────────────────────
