/**
 * Certificate policies along a path (RFC 5280 §6.1, as RFC 9618 simplifies it: a graph instead of a tree).
 *
 * Any policy is acceptable to us, so policies refuse a path only where its own CAs demand one (requireExplicitPolicy)
 * and no policy is valid from end to end.
 */
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { X509Certificate } from './certificate.ts';

/** What a path demands of the certificates that follow; counters as in RFC 5280 §6.1.2. */
interface PolicyState {
  /** Policies valid so far, by the names the next certificate must use. Null = none is any more. */
  valid: Set<string> | null;
  explicitPolicy: number;
  policyMapping: number;
  inhibitAny: number;
}

/** `path` leaf first, anchor last, the anchor not counted. True when the path's own demands are met. */
export function policiesHold(path: readonly X509Certificate[]): boolean {
  const certificates = path.slice(0, -1).reverse();
  const n = certificates.length;
  const skip = n + 1;
  const state: PolicyState = {
    valid: new Set([OID.anyPolicy]),
    explicitPolicy: skip,
    policyMapping: skip,
    inhibitAny: skip,
  };
  for (const [index, certificate] of certificates.entries()) {
    const isLast = index === n - 1;
    processPolicies(certificate, state, isLast);
    if (state.explicitPolicy === 0 && state.valid === null) return false;
    if (!isLast && !prepareNext(certificate, state)) return false;
  }
  const leaf = certificates.at(-1);
  // §6.1.5: the leaf itself may demand a policy at once.
  const demanded = leaf?.extensions.policyConstraints?.requireExplicitPolicy === 0;
  return !(demanded || state.explicitPolicy === 0) || state.valid !== null;
}

/** §6.1.3 d–f */
function processPolicies(certificate: X509Certificate, state: PolicyState, isLast: boolean): void {
  const { policies } = certificate.extensions;
  if (policies.length === 0) state.valid = null;
  if (state.valid === null) return;
  const anyWasValid = state.valid.has(OID.anyPolicy);
  const anyCounts =
    policies.includes(OID.anyPolicy) && (state.inhibitAny > 0 || (!isLast && certificate.isSelfIssued));
  const next = new Set(anyCounts ? state.valid : []);
  for (const policy of policies) {
    if (policy !== OID.anyPolicy && (anyWasValid || state.valid.has(policy))) next.add(policy);
  }
  state.valid = next.size > 0 ? next : null;
}

/** §6.1.4 a, b, h–j. False when a mapping is not allowed at all. */
function prepareNext(certificate: X509Certificate, state: PolicyState): boolean {
  const { policyMappings, policyConstraints, inhibitAnyPolicy } = certificate.extensions;
  if (policyMappings.some(({ from, to }) => from === OID.anyPolicy || to === OID.anyPolicy)) return false;
  if (state.valid !== null && policyMappings.length > 0) {
    state.valid = mapped(state.valid, policyMappings, state.policyMapping > 0);
  }
  if (!certificate.isSelfIssued) {
    state.explicitPolicy = Math.max(0, state.explicitPolicy - 1);
    state.policyMapping = Math.max(0, state.policyMapping - 1);
    state.inhibitAny = Math.max(0, state.inhibitAny - 1);
  }
  const { requireExplicitPolicy, inhibitPolicyMapping } = policyConstraints ?? {};
  state.explicitPolicy = Math.min(state.explicitPolicy, requireExplicitPolicy ?? state.explicitPolicy);
  state.policyMapping = Math.min(state.policyMapping, inhibitPolicyMapping ?? state.policyMapping);
  state.inhibitAny = Math.min(state.inhibitAny, inhibitAnyPolicy ?? state.inhibitAny);
  return true;
}

function mapped(
  valid: ReadonlySet<string>,
  mappings: readonly { readonly from: string; readonly to: string }[],
  allowed: boolean,
): Set<string> | null {
  const next = new Set(valid);
  for (const { from } of mappings) next.delete(from);
  if (allowed) {
    for (const { from, to } of mappings) {
      if (valid.has(from) || valid.has(OID.anyPolicy)) next.add(to);
    }
  }
  return next.size > 0 ? next : null;
}
