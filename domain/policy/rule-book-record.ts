/**
 * Life of the rule book: a draft is saved as a whole, and published as a whole with a reason.
 *
 * Stream `policy/rule-book`. A rule book that is wrong is never published, and never recorded as published by a bug:
 * the decider reads it again.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import { type RuleBook, readRuleBook } from './rule-book.ts';

export const RULE_BOOK_STREAM = 'policy/rule-book';

export type RuleBookCommand =
  | { readonly type: 'SaveRuleBookDraft'; readonly book: RuleBook; readonly at: Instant }
  | { readonly type: 'DiscardRuleBookDraft'; readonly at: Instant }
  | { readonly type: 'PublishRuleBookDraft'; readonly at: Instant };

export type RuleBookEvent =
  | { readonly type: 'RuleBookDraftSaved'; readonly book: RuleBook; readonly at: Instant }
  | { readonly type: 'RuleBookDraftDiscarded'; readonly at: Instant }
  | { readonly type: 'RuleBookPublished'; readonly book: RuleBook; readonly at: Instant };

export type RuleBookRefusal = 'malformed' | 'no-draft';

export interface RuleBookRecord {
  readonly published: { readonly book: RuleBook; readonly at: Instant } | null;
  readonly draft: { readonly book: RuleBook; readonly at: Instant } | null;
}

export const ruleBookDecider: Decider<RuleBookCommand, RuleBookEvent, RuleBookRecord, RuleBookRefusal> = {
  zero: { published: null, draft: null },
  decide,
  evolve,
  schemas: { RuleBookDraftSaved: 1, RuleBookDraftDiscarded: 1, RuleBookPublished: 1 },
};

function decide(command: RuleBookCommand, record: RuleBookRecord): Decision<RuleBookEvent, RuleBookRefusal> {
  switch (command.type) {
    case 'SaveRuleBookDraft': {
      const read = readRuleBook(command.book);
      if ('problems' in read) return refuse('malformed');
      return accept({ type: 'RuleBookDraftSaved', book: read.book, at: command.at });
    }
    case 'DiscardRuleBookDraft':
      return record.draft === null ? accept() : accept({ type: 'RuleBookDraftDiscarded', at: command.at });
    case 'PublishRuleBookDraft':
      if (record.draft === null) return refuse('no-draft');
      return accept({ type: 'RuleBookPublished', book: record.draft.book, at: command.at });
  }
}

function evolve(record: RuleBookRecord, event: RuleBookEvent): RuleBookRecord {
  switch (event.type) {
    case 'RuleBookDraftSaved':
      return { ...record, draft: { book: event.book, at: event.at } };
    case 'RuleBookDraftDiscarded':
      return { ...record, draft: null };
    case 'RuleBookPublished':
      return { published: { book: event.book, at: event.at }, draft: null };
  }
}
