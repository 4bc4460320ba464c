/**
 * Validates one candidate path (RFC 5280 §6.1, RFC 8550 §4.4): leaf first, trust anchor last. Signatures are checked by
 * the builder when it joins issuer and certificate.
 *
 * The anchor's own limits (validity, path length, name constraints) count too (RFC 5937 §3.2): an operator who trusts a
 * constrained root trusts it within its constraints.
 */
import type { X509Certificate } from './certificate.ts';
import { allowsMailUsage, extendedUsageAllowsMail, type MailUsage } from './mail-usage.ts';
import { namesArePermitted } from './name-constraints.ts';
import { policiesHold } from './path-policy.ts';

export type RevocationVerdict = 'good' | 'revoked' | 'unknown';

/** Asked once for each certificate of a path but its anchor. Synchronous: from what is known here, never the network. */
export type RevocationCheck = (certificate: X509Certificate, issuer: X509Certificate) => RevocationVerdict;

export type PathProblem =
  | 'no-path' // nobody known issued it, up to a trust anchor
  | 'bad-signature'
  | 'weak-algorithm'
  | 'expired'
  | 'not-yet-valid'
  | 'not-a-ca'
  | 'path-too-long'
  | 'wrong-usage'
  | 'name-constraints'
  | 'policy'
  | 'unknown-critical-extension'
  | 'revoked';

export interface PathFault {
  readonly problem: PathProblem;
  /** The certificate at fault. */
  readonly certificate: X509Certificate;
}

export interface PathDemand {
  /** Null: any (a CA, a TLS server). */
  readonly usage: MailUsage | null;
  readonly atMs: number;
}

export function validatePath(path: readonly X509Certificate[], demand: PathDemand): PathFault | null {
  const leaf = path[0]!;
  const fault = (problem: PathProblem, certificate: X509Certificate): PathFault => ({ problem, certificate });
  for (const [depth, certificate] of path.entries()) {
    const isAnchor = depth === path.length - 1;
    if (demand.atMs < certificate.notBeforeMs) return fault('not-yet-valid', certificate);
    if (demand.atMs >= certificate.notAfterMs + WHOLE_SECOND_MS) return fault('expired', certificate);
    if (certificate.extensions.unknownCritical.length > 0) {
      return fault('unknown-critical-extension', certificate);
    }
    if (!isAnchor && certificate.signatureAlgorithm.weak) return fault('weak-algorithm', certificate);
    if (depth > 0) {
      const problem = whyNotIssuer(certificate, path, depth, isAnchor);
      if (problem) return fault(problem, certificate);
    }
  }
  if (demand.usage && !allowsMailUsage(leaf, demand.usage)) return fault('wrong-usage', leaf);
  if (!policiesHold(path)) return fault('policy', leaf);
  return null;
}

/** notAfter is inclusive and has no fraction: its second counts as a whole (RFC 5280 §4.1.2.5). */
const WHOLE_SECOND_MS = 1_000;

function whyNotIssuer(
  issuer: X509Certificate,
  path: readonly X509Certificate[],
  depth: number,
  isAnchor: boolean,
): PathProblem | null {
  const { basicConstraints, keyUsage, nameConstraints, extendedKeyUsage } = issuer.extensions;
  // §6.1.4 k. A version 1 root has no extensions; as an anchor an operator's word stands for it.
  const isOldRoot = isAnchor && basicConstraints === null && keyUsage === null;
  if (!isOldRoot && basicConstraints?.ca !== true) return 'not-a-ca';
  if (keyUsage && !keyUsage.has('keyCertSign')) return 'not-a-ca'; // §6.1.4 n
  const below = path.slice(0, depth);
  // §6.1.4 l, m: self-issued certificates do not count, nor does the leaf.
  const length = below.slice(1).filter((certificate) => !certificate.isSelfIssued).length;
  const limit = basicConstraints?.pathLength ?? null;
  if (limit !== null && length > limit) return 'path-too-long';
  // A CA confined to other purposes does not issue for mail (as openssl and the browsers read §4.2.1.12).
  if (!isAnchor && !extendedUsageAllowsMail(extendedKeyUsage)) return 'wrong-usage';
  if (nameConstraints) {
    // §6.1.3 b: self-issued certificates on the way are exempt, the leaf is not.
    const governed = below.filter((certificate, i) => i === 0 || !certificate.isSelfIssued);
    if (!governed.every((certificate) => namesArePermitted(certificate, nameConstraints))) {
      return 'name-constraints';
    }
  }
  return null;
}
