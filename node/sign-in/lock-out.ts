/**
 * Lock-out of sign-ins: after some failures each further attempt waits twice as long, per account and per address.
 *
 * An attempt is counted before it is checked, so that many at once gain nothing. A name that does not exist is counted
 * like one that does: the answer tells neither. The command line on the machine is not affected, so an administrator
 * whose account is under attack is never locked out of the gateway itself.
 */
import { isIPv6 } from 'node:net';

const FREE_FAILURES = 5; // A person mistypes, looks at the paper, finds Caps Lock.
const DELAY_FIRST_MS = 2_000;
const DELAY_ACCOUNT_MS_MAX = 5 * 60_000; // Against guessing this is enough (300 a day); a longer one is a denial of service.
const DELAY_ADDRESS_MS_MAX = 30 * 60_000;
const FORGET_AFTER_MS = 24 * 3_600_000;
const ENTRIES_MAX = 20_000; // About 4 MB; the oldest go first.

interface Entry {
  failures: number;
  blockedUntilMs: number;
  lastMs: number;
}

export interface LockOut {
  /** Milliseconds to wait before an attempt is looked at, 0 = now; counts the attempt as failed when it is 0. */
  attempt(account: string, address: string, nowMs: number): number;
  /** The attempt was right: the account's and the address's failures are forgotten. */
  succeeded(account: string, address: string): void;
}

/** One household or company has a whole /64 (RFC 6177 §2); an IPv4 address stands for itself. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('%')[0]!.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}

export function lockOut(): LockOut {
  const entries = new Map<string, Entry>();
  const keysOf = (account: string, address: string): [string, number][] => [
    [`account ${account.toLowerCase()}`, DELAY_ACCOUNT_MS_MAX],
    [`address ${networkOf(address)}`, DELAY_ADDRESS_MS_MAX],
  ];
  const current = (key: string, nowMs: number): Entry => {
    const known = entries.get(key);
    if (known && nowMs - known.lastMs < FORGET_AFTER_MS) return known;
    return { failures: 0, blockedUntilMs: 0, lastMs: nowMs };
  };
  return {
    attempt(account, address, nowMs) {
      const keys = keysOf(account, address);
      const wait = Math.max(...keys.map(([key]) => current(key, nowMs).blockedUntilMs - nowMs));
      if (wait > 0) return wait;
      for (const [key, maxMs] of keys) {
        const entry = current(key, nowMs);
        entry.failures += 1;
        entry.lastMs = nowMs;
        const beyond = entry.failures - FREE_FAILURES;
        if (beyond >= 0) entry.blockedUntilMs = nowMs + Math.min(DELAY_FIRST_MS * 2 ** beyond, maxMs);
        entries.delete(key);
        entries.set(key, entry);
      }
      for (const key of entries.keys()) {
        if (entries.size <= ENTRIES_MAX) break;
        entries.delete(key);
      }
      return 0;
    },
    succeeded(account, address) {
      for (const [key] of keysOf(account, address)) entries.delete(key);
    },
  };
}
