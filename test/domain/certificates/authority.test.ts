/** Our own authority and trust anchors, as specifications. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AuthorityEvent,
  type AuthorityFacts,
  authorityDecider,
  linesOfCrl,
  nextCrlNumber,
} from '#domain/certificates/authority.ts';
import { type AnchorEvent, type AnchorFacts, trustAnchorDecider } from '#domain/certificates/trust-anchor.ts';
import { specification } from '../specification.ts';

const facts: AuthorityFacts = {
  authorityId: 'internal',
  keyId: 'k1',
  der: 'MAA',
  sha256: 'ab',
  subject: 'CN=CA',
  notAfter: 9_000,
  crlUrl: 'http://gateway.example.org/ca.crl',
};
const created: AuthorityEvent = { type: 'AuthorityCreated', ...facts, at: 1 };
const revoked: AuthorityEvent = {
  type: 'SerialRevoked',
  serial: '0a',
  reason: 'superseded',
  notAfter: 500,
  at: 2,
};
const crl: AuthorityEvent = {
  type: 'CrlIssued',
  number: 1,
  thisUpdate: 3,
  nextUpdate: 10,
  der: 'MAA',
  at: 3,
};

describe('the own authority', () => {
  const { given } = specification(authorityDecider);
  it('is created once', () => {
    given()
      .when({ type: 'CreateAuthority', ...facts, at: 1 })
      .records(created);
    given(created)
      .when({ type: 'CreateAuthority', ...facts, at: 2 })
      .refuses('already-exists');
  });
  it('revokes a serial once', () => {
    const { type: _, ...line } = revoked;
    given(created)
      .when({ ...line, type: 'RevokeSerial' })
      .records(revoked);
    given(created, revoked)
      .when({ ...line, type: 'RevokeSerial' })
      .recordsNothing();
    given()
      .when({ ...line, type: 'RevokeSerial' })
      .refuses('unknown');
  });
  it('numbers its CRLs without a gap (RFC 5280 §5.2.3)', () => {
    const { type: _, ...next } = crl;
    given(created)
      .when({ ...next, type: 'RecordCrl' })
      .records(crl);
    given(created, crl)
      .when({ ...next, type: 'RecordCrl' })
      .refuses('crl-number-not-next');
    given(created, crl)
      .when({ ...next, type: 'RecordCrl', number: 2 })
      .records({ ...crl, number: 2 });
    assert.equal(nextCrlNumber(given().state()), 1);
  });
  it('owes a CRL from its creation on, and after each revocation', () => {
    const due = (...events: AuthorityEvent[]) => {
      const state = given(...events).state();
      return state.status === 'active' && state.crlIsDue;
    };
    assert.deepEqual([due(created), due(created, crl), due(created, crl, revoked)], [true, false, true]);
  });
  it('lists a serial until its certificate has ended (RFC 5280 §3.3)', () => {
    const other: AuthorityEvent = { ...revoked, serial: '0b', notAfter: 900, at: 4 };
    const state = given(created, revoked, other).state();
    assert.deepEqual(
      linesOfCrl(state, 500).map((line) => line.serial),
      ['0a', '0b'],
    );
    assert.deepEqual(linesOfCrl(state, 501), [
      { serial: '0b', reason: 'superseded', notAfter: 900, revokedAt: 4 },
    ]);
    assert.deepEqual(linesOfCrl(given().state(), 1), []);
  });
  it('folds 20,000 revocations without delay', () => {
    let state = authorityDecider.evolve(authorityDecider.zero, created);
    for (let i = 0; i < 20_000; i++) {
      state = authorityDecider.evolve(state, { ...revoked, serial: i.toString(16) });
    }
    assert.equal(linesOfCrl(state, 1).length, 20_000);
  });
});

describe('a trust anchor', () => {
  const { given } = specification(trustAnchorDecider);
  const anchor: AnchorFacts = { sha256: 'ab', der: 'MAA', subject: 'CN=Root', notAfter: 100 };
  const added: AnchorEvent = { type: 'TrustAnchorAdded', ...anchor, at: 5 };
  const removed: AnchorEvent = { type: 'TrustAnchorRemoved', at: 6 };
  it('is added by an operator, once', () => {
    given()
      .when({ type: 'AddTrustAnchor', isCa: true, ...anchor, at: 5 })
      .records(added);
    given(added)
      .when({ type: 'AddTrustAnchor', isCa: true, ...anchor, at: 5 })
      .recordsNothing();
  });
  it('is the certificate of a CA, and not expired', () => {
    given()
      .when({ type: 'AddTrustAnchor', isCa: false, ...anchor, at: 5 })
      .refuses('not-a-ca');
    given()
      .when({ type: 'AddTrustAnchor', isCa: true, ...anchor, at: 101 })
      .refuses('expired');
  });
  it('is removed, and may be added again', () => {
    given(added).when({ type: 'RemoveTrustAnchor', at: 6 }).records(removed);
    given(added, removed).when({ type: 'RemoveTrustAnchor', at: 6 }).recordsNothing();
    given(added, removed)
      .when({ type: 'AddTrustAnchor', isCa: true, ...anchor, at: 5 })
      .records(added);
    given().when({ type: 'RemoveTrustAnchor', at: 6 }).refuses('unknown');
  });
});
