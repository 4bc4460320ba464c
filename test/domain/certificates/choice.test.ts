/** Which certificate of an address is used: features K9 and K10 as a specification. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Candidate, chooseCandidate } from '#domain/certificates/choice.ts';

const first: Candidate = {
  id: 'first',
  publicKeyId: 'key-1',
  trust: 'by-path',
  trustSince: 10,
  firstSeen: 1,
  notBefore: 0,
  notAfter: 100,
  revoked: false,
  usages: ['sign', 'encrypt'],
};
const second: Candidate = { ...first, id: 'second', publicKeyId: 'key-2', trustSince: 20, firstSeen: 2 };
const choose = (candidates: readonly Candidate[], at = 50, pathIsGood = (_: Candidate) => true) => {
  const { inUse, conflicts, unfit } = chooseCandidate(candidates, 'encrypt', at, pathIsGood);
  return {
    inUse: inUse?.id ?? null,
    conflicts: conflicts.map((c) => c.id),
    unfit: unfit.map((u) => `${u.candidate.id}: ${u.why}`),
  };
};

describe('of several certificates of one address', () => {
  it('a new key from outside does not replace the one in use; it is in conflict (K9, threat 15)', () => {
    assert.deepEqual(choose([first, second]), { inUse: 'first', conflicts: ['second'], unfit: [] });
  });
  it('the operator resolves the conflict by trusting the new one', () => {
    const resolved: Candidate = { ...second, trust: 'trusted' };
    assert.equal(choose([first, resolved]).inUse, 'second');
  });
  it('or by distrusting the old one', () => {
    const bad: Candidate = { ...first, trust: 'distrusted' };
    assert.deepEqual(choose([bad, second]), { inUse: 'second', conflicts: [], unfit: ['first: distrusted'] });
  });
  it('a renewal for the same key is used, and is no conflict', () => {
    const renewal: Candidate = { ...second, publicKeyId: 'key-1', notAfter: 200 };
    assert.deepEqual(choose([first, renewal]), { inUse: 'second', conflicts: [], unfit: [] });
  });
  it('the latest word of an operator counts', () => {
    const a: Candidate = { ...first, trust: 'trusted' };
    const b: Candidate = { ...second, trust: 'trusted' };
    assert.deepEqual(choose([a, b]), { inUse: 'second', conflicts: [], unfit: [] });
  });
  it('a bad one does not stop a good one (K10)', () => {
    const revoked: Candidate = { ...first, revoked: true };
    const expired: Candidate = { ...first, id: 'expired', notAfter: 49 };
    const early: Candidate = { ...first, id: 'early', notBefore: 51 };
    const signOnly: Candidate = { ...first, id: 'sign-only', usages: ['sign'] };
    const unknown: Candidate = { ...first, id: 'untrusted', trust: 'untrusted' };
    assert.deepEqual(choose([revoked, expired, early, signOnly, unknown, second]), {
      inUse: 'second',
      conflicts: [],
      unfit: [
        'first: revoked',
        'expired: expired',
        'early: not-yet-valid',
        'sign-only: wrong-usage',
        'untrusted: not-trusted',
      ],
    });
  });
  it('a path that does not hold is not used', () => {
    assert.deepEqual(choose([first], 50, () => false).unfit, ['first: not-trusted']);
  });
  it('is valid in its last second (RFC 5280 §4.1.2.5)', () =>
    assert.equal(choose([first], 100).inUse, 'first'));
  it('the order in which they are given does not matter', () => {
    const candidate = fc.record({
      id: fc.uuid(),
      publicKeyId: fc.constantFrom('key-1', 'key-2', 'key-3'),
      trust: fc.constantFrom('trusted' as const, 'by-path' as const),
      trustSince: fc.nat(3),
      firstSeen: fc.nat(1_000_000),
      notBefore: fc.constant(0),
      notAfter: fc.constantFrom(100, 200, null),
      revoked: fc.constant(false),
      usages: fc.constant(['encrypt']),
    });
    const several = fc.uniqueArray(candidate, { maxLength: 6, selector: (c) => c.firstSeen });
    const property = fc.property(several, (candidates) => {
      assert.equal(choose(candidates).inUse, choose([...candidates].reverse()).inUse);
      assert.equal(
        choose(candidates).inUse,
        choose(candidates.toSorted((a, b) => a.firstSeen - b.firstSeen)).inUse,
      );
    });
    fc.assert(property, { seed: 2, numRuns: 300 });
  });
});
