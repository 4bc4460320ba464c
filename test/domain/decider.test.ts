/** The storage format of events: what a newer program wrote is refused, not misread. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeEvent, EventFormatError, encodeEvent, foldStream } from '#domain/decider.ts';
import { type MailDomainEvent, mailDomainDecider } from '#domain/people/mail-domain.ts';

const removed: MailDomainEvent = { type: 'MailDomainRemoved', at: 7 };

describe('a stored event', () => {
  it('carries kind, schema version and canonical payload', () => {
    const stored = encodeEvent(mailDomainDecider, removed);
    assert.equal(stored.kind, 'MailDomainRemoved');
    assert.equal(stored.schema, 1);
    assert.equal(Buffer.from(stored.payload).toString(), '{"at":7}');
  });
  it('folds into state', () => {
    const state = foldStream(mailDomainDecider, [encodeEvent(mailDomainDecider, removed)]);
    assert.deepEqual(state, { status: 'removed' });
  });
  it('of an unknown kind or a newer schema is refused', () => {
    const stored = encodeEvent(mailDomainDecider, removed);
    assert.throws(() => decodeEvent(mailDomainDecider, { ...stored, kind: 'toString' }), EventFormatError);
    assert.throws(() => decodeEvent(mailDomainDecider, { ...stored, schema: 2 }), { code: 'unknown-event' });
  });
});
