/** The rule book, authorities and anchors: the state after a history. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RULE_BOOK } from '#domain/policy/default-rule-book.ts';
import { AuthoritiesProjection } from '#projections/authorities.ts';
import { PolicyProjection } from '#projections/policy.ts';
import { type Happening, recorded } from './history.ts';

const book = DEFAULT_RULE_BOOK;
const draftSaved: Happening = { rules: true, event: { type: 'RuleBookDraftSaved', book, at: 10 } };
const published: Happening = {
  rules: true,
  event: { type: 'RuleBookPublished', book, at: 20 },
  actor: 'operator/otto',
  reason: 'a new partner',
};

function policy(...happenings: Happening[]): PolicyProjection {
  const state = new PolicyProjection();
  for (const event of recorded(...happenings)) state.apply(event);
  return state;
}

describe('the rule book', () => {
  it('is a draft first, which binds nobody', () => {
    const state = policy(draftSaved);
    assert.equal(state.published, null);
    assert.deepEqual(state.draft, { book, savedAtMs: 10, by: 'operator/anna' });
    assert.equal(state.version, 1);
  });
  it('names position, time, person and reason of its publication', () => {
    const state = policy(draftSaved, published);
    assert.deepEqual(state.published, {
      book,
      position: 2n,
      atMs: 20,
      by: 'operator/otto',
      reason: 'a new partner',
    });
    assert.equal(state.draft, null);
    assert.equal(state.version, 2);
  });
  it('stays in force when a later draft is thrown away', () => {
    const state = policy(draftSaved, published, draftSaved, {
      rules: true,
      event: { type: 'RuleBookDraftDiscarded', at: 40 },
    });
    assert.equal(state.draft, null);
    assert.equal(state.published?.position, 2n);
    assert.equal(state.version, 4);
  });
});

const anchor = { sha256: 'aa', der: 'MAA', subject: 'CN=Root', notAfter: 1_000 };
const authority: Happening = {
  authority: 'internal',
  event: {
    type: 'AuthorityCreated',
    authorityId: 'internal',
    keyId: 'k1',
    der: 'MAA',
    sha256: 'bb',
    subject: 'CN=Ours',
    notAfter: 1_000,
    crlUrl: 'http://crl.example.org/ca.crl',
    at: 10,
  },
};

function authorities(...happenings: Happening[]): AuthoritiesProjection {
  const state = new AuthoritiesProjection();
  for (const event of recorded(...happenings)) state.apply(event);
  return state;
}

describe('anchors and authorities', () => {
  it('count an anchor from its addition to its removal', () => {
    const added: Happening = { anchor: 'aa', event: { type: 'TrustAnchorAdded', ...anchor, at: 10 } };
    assert.equal([...authorities(added).anchors()].length, 1);
    const removed = authorities(added, { anchor: 'aa', event: { type: 'TrustAnchorRemoved', at: 20 } });
    assert.equal([...removed.anchors()].length, 0);
    assert.equal(removed.anchor('aa')?.status, 'removed');
    assert.equal(removed.revision, 2);
  });
  it('know what the next CRL must list, and the last CRL', () => {
    const state = authorities(
      authority,
      {
        authority: 'internal',
        event: { type: 'SerialRevoked', serial: '01', reason: 'superseded', notAfter: 900, at: 20 },
      },
      {
        authority: 'internal',
        event: { type: 'CrlIssued', number: 1, thisUpdate: 30, nextUpdate: 40, der: 'MAA', at: 30 },
      },
    );
    const [ours] = [...state.authorities()];
    assert.equal(ours?.revoked?.line.serial, '01');
    assert.equal(ours?.crl?.number, 1);
    assert.equal(ours?.crlIsDue, false);
  });
});
