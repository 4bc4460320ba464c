/**
 * The rule book in force and the draft beside it, with who, when and why.
 */
import { decodeEvent } from '#domain/decider.ts';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import { RULE_BOOK_STREAM, type RuleBookEvent, ruleBookDecider } from '#domain/policy/rule-book-record.ts';
import type { Projection, RecordedEvent } from './recorded-event.ts';

export interface PublishedRuleBook {
  readonly book: RuleBook;
  /** Log position of its publication: names the policy that a decision was made under. */
  readonly position: bigint;
  readonly atMs: number;
  readonly by: string;
  readonly reason: string;
}

interface RuleBookDraft {
  readonly book: RuleBook;
  readonly savedAtMs: number;
  readonly by: string;
}

interface SavedPolicy {
  readonly published: PublishedRuleBook | null;
  readonly draft: RuleBookDraft | null;
  readonly version: number;
}

export class PolicyProjection implements Projection<SavedPolicy> {
  published: PublishedRuleBook | null = null;
  draft: RuleBookDraft | null = null;
  /** Version of the stream, for expected-version checks. */
  version = 0;

  apply(event: RecordedEvent): void {
    if (event.stream !== RULE_BOOK_STREAM) return;
    this.version = event.version;
    const change = decodeEvent<RuleBookEvent>(ruleBookDecider, event);
    switch (change.type) {
      case 'RuleBookDraftSaved':
        this.draft = { book: change.book, savedAtMs: event.atMs, by: event.actor };
        break;
      case 'RuleBookDraftDiscarded':
        this.draft = null;
        break;
      case 'RuleBookPublished':
        this.draft = null;
        this.published = {
          book: change.book,
          position: event.position,
          atMs: event.atMs,
          by: event.actor,
          reason: event.reason,
        };
        break;
    }
  }

  save(): SavedPolicy {
    const { published, draft, version } = this;
    return { published, draft, version };
  }

  restore({ published, draft, version }: SavedPolicy): void {
    this.published = published;
    this.draft = draft;
    this.version = version;
  }
}
