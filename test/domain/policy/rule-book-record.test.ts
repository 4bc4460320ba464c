import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RULE_BOOK } from '#domain/policy/default-rule-book.ts';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import { type RuleBookEvent, ruleBookDecider } from '#domain/policy/rule-book-record.ts';

const at = 1_000;
const saved: RuleBookEvent = { type: 'RuleBookDraftSaved', book: DEFAULT_RULE_BOOK, at };
const stateAfter = (...events: RuleBookEvent[]) =>
  events.reduce(ruleBookDecider.evolve, ruleBookDecider.zero);

describe('the rule book', () => {
  it('is published as the whole draft that was saved', () => {
    const decision = ruleBookDecider.decide({ type: 'PublishRuleBookDraft', at }, stateAfter(saved));
    assert.deepEqual(decision, {
      kind: 'accepted',
      events: [{ type: 'RuleBookPublished', book: DEFAULT_RULE_BOOK, at }],
    });
  });

  it('cannot be published without a draft', () => {
    const published: RuleBookEvent = { type: 'RuleBookPublished', book: DEFAULT_RULE_BOOK, at };
    const decision = ruleBookDecider.decide(
      { type: 'PublishRuleBookDraft', at },
      stateAfter(saved, published),
    );
    assert.deepEqual(decision, { kind: 'refused', refusal: 'no-draft' });
  });

  it('is never saved when it is wrong', () => {
    const book = { version: 1, commands: {}, rules: [{ name: '' }] } as unknown as RuleBook;
    const decision = ruleBookDecider.decide({ type: 'SaveRuleBookDraft', book, at }, stateAfter());
    assert.deepEqual(decision, { kind: 'refused', refusal: 'malformed' });
  });

  it('records nothing when there is no draft to discard', () => {
    const decision = ruleBookDecider.decide({ type: 'DiscardRuleBookDraft', at }, stateAfter());
    assert.deepEqual(decision, { kind: 'accepted', events: [] });
  });
});
