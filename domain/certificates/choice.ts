/**
 * Chooses the one certificate (or OpenPGP key) of an address that is used, and names the ones in conflict with it.
 *
 * features.md K9: what arrives from outside never silently replaces the key in use; it waits as a conflict until an
 * operator trusts or distrusts it, or the one in use ends by itself. K10: one bad certificate does not stop a good one.
 */
import type { Instant } from '../decider.ts';

export interface Candidate {
  /** Fingerprint. */
  readonly id: string;
  /** Identity of the public key; a renewal for the same key is no conflict. */
  readonly publicKeyId: string;
  readonly trust: 'trusted' | 'by-path' | 'untrusted' | 'distrusted';
  readonly trustSince: Instant;
  /** Log position (or any count that grows with it) of its first event. */
  readonly firstSeen: number;
  readonly notBefore: Instant;
  /** Null = never. */
  readonly notAfter: Instant | null;
  readonly revoked: boolean;
  readonly usages: readonly string[];
}

type Unfit = 'not-yet-valid' | 'expired' | 'revoked' | 'distrusted' | 'wrong-usage' | 'not-trusted';

export interface Choice<C extends Candidate> {
  readonly inUse: C | null;
  /** Good by themselves, but another key: for an operator to resolve. */
  readonly conflicts: readonly C[];
  readonly unfit: readonly { readonly candidate: C; readonly why: Unfit }[];
}

/**
 * `pathIsGood` is asked only for `by-path` candidates that are fit otherwise; it stands for path validation with
 * revocation at `at`. The candidates' order does not matter.
 */
export function chooseCandidate<C extends Candidate>(
  candidates: readonly C[],
  usage: 'sign' | 'encrypt',
  at: Instant,
  pathIsGood: (candidate: C) => boolean,
): Choice<C> {
  const fit: C[] = [];
  const unfit: { candidate: C; why: Unfit }[] = [];
  for (const candidate of candidates) {
    const why = whyUnfit(candidate, usage, at, pathIsGood);
    if (why === null) fit.push(candidate);
    else unfit.push({ candidate, why });
  }
  const keySeen = firstSeenByKey(fit);
  const inUse = fit.reduce<C | null>(
    (best, next) => (best && !precedes(next, best, keySeen) ? best : next),
    null,
  );
  const conflicts = fit.filter(
    (candidate) =>
      inUse !== null && candidate.publicKeyId !== inUse.publicKeyId && candidate.trust !== 'trusted',
  );
  return { inUse, conflicts, unfit };
}

function whyUnfit<C extends Candidate>(
  candidate: C,
  usage: 'sign' | 'encrypt',
  at: Instant,
  pathIsGood: (candidate: C) => boolean,
): Unfit | null {
  if (candidate.revoked) return 'revoked';
  if (candidate.trust === 'distrusted') return 'distrusted';
  if (at < candidate.notBefore) return 'not-yet-valid';
  if (candidate.notAfter !== null && at > candidate.notAfter) return 'expired'; // RFC 5280 §4.1.2.5: inclusive.
  if (!candidate.usages.includes(usage)) return 'wrong-usage';
  if (candidate.trust === 'untrusted') return 'not-trusted';
  if (candidate.trust === 'by-path' && !pathIsGood(candidate)) return 'not-trusted';
  return null;
}

/** Someone's word before a mere path; the latest word first; among paths the key seen first stays. A total order. */
function precedes(a: Candidate, b: Candidate, keySeen: ReadonlyMap<string, number>): boolean {
  if (a.trust !== b.trust) return a.trust === 'trusted';
  const word = a.trust === 'trusted' ? b.trustSince - a.trustSince : 0;
  const key = keySeen.get(a.publicKeyId)! - keySeen.get(b.publicKeyId)!;
  const lifetime = (a.notAfter ?? Number.MAX_VALUE) - (b.notAfter ?? Number.MAX_VALUE); // A renewal lasts longer.
  const order = a.trust === 'trusted' ? [word, -lifetime] : [key, -lifetime];
  const first = [...order, b.firstSeen - a.firstSeen].find((difference) => difference !== 0);
  return (first ?? 0) < 0;
}

function firstSeenByKey(candidates: readonly Candidate[]): Map<string, number> {
  const seen = new Map<string, number>();
  for (const { publicKeyId, firstSeen } of candidates) {
    seen.set(publicKeyId, Math.min(firstSeen, seen.get(publicKeyId) ?? firstSeen));
  }
  return seen;
}
