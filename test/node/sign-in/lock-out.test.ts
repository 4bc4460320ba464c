/** Whose failures are counted together, and what is forgotten. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lockOut } from '#node/sign-in/lock-out.ts';

function failuresUntilWait(attempt: (n: number) => number): number {
  for (let n = 0; n < 100; n++) if (attempt(n) > 0) return n;
  return 100;
}

describe('the lock-out', () => {
  it('counts an account from all addresses, and an address for all accounts', () => {
    const byAccount = lockOut();
    assert.equal(
      failuresUntilWait((n) => byAccount.attempt('Anna', `192.0.2.${n}`, 0)),
      5,
    );
    assert.ok(byAccount.attempt('anna', '192.0.2.200', 0) > 0, 'in whatever case the name is written');
    const byAddress = lockOut();
    assert.equal(
      failuresUntilWait((n) => byAddress.attempt(`name${n}`, '192.0.2.1', 0)),
      5,
    );
  });

  it('takes a /64 of IPv6 for one address, and an IPv4 address for itself however it is written', () => {
    const guard = lockOut();
    assert.equal(
      failuresUntilWait((n) => guard.attempt(`n${n}`, `2001:db8:0:1::${n}`, 0)),
      5,
    );
    assert.ok(guard.attempt('x', '2001:db8:0:1:ffff::1', 0) > 0);
    assert.equal(guard.attempt('x', '2001:db8:0:2::1', 0), 0);
    const mapped = lockOut();
    failuresUntilWait((n) => mapped.attempt(`n${n}`, '::ffff:192.0.2.9', 0));
    assert.ok(mapped.attempt('y', '192.0.2.9', 0) > 0);
  });

  it('doubles the wait up to a limit, and forgets after a day', () => {
    const guard = lockOut();
    let now = 0;
    let last = 0;
    for (let n = 0; n < 30; n++) {
      const wait = guard.attempt('anna', `192.0.2.${n}`, now);
      if (wait > 0) {
        assert.ok(wait >= last);
        last = wait;
        now += wait;
      }
    }
    assert.equal(last, 5 * 60_000);
    now += 25 * 3_600_000;
    assert.equal(
      failuresUntilWait(() => guard.attempt('anna', '192.0.2.1', now)),
      5,
    );
  });
});
