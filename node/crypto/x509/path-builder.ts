/**
 * Builds and validates the path from a certificate to a trust anchor (RFC 5280 §6, RFC 4158).
 *
 * Depth first over candidates by name and key identifier; the first path that holds is taken. A cross-certified mesh
 * cannot make it long: depth and the number of verified signatures are limited. Of several that do not hold, the fault
 * of the one that came furthest is told.
 */
import type { X509Certificate } from './certificate.ts';
import type { CertificatePool } from './certificate-pool.ts';
import {
  type PathDemand,
  type PathFault,
  type PathProblem,
  type RevocationCheck,
  validatePath,
} from './path-validation.ts';

const PATH_CERTIFICATES_MAX = 10; // The longest in public use have five.
const SIGNATURES_MAX = 64; // About 5 ms of verification for the worst mesh a mail may bring.

export interface PathRequest extends PathDemand {
  readonly anchors: CertificatePool;
  readonly intermediates: CertificatePool;
  readonly revocation: RevocationCheck;
}

export type PathResult =
  | {
      readonly ok: true;
      /** Leaf first, anchor last. */
      readonly path: readonly X509Certificate[];
      /** `unknown` when at least one answer was; never `good` by default. */
      readonly revocation: 'good' | 'unknown';
    }
  | { readonly ok: false; readonly problem: PathProblem; readonly certificate: X509Certificate };

export function findPath(leaf: X509Certificate, request: PathRequest): PathResult {
  const search = new Search(request);
  const found = search.extend([leaf]);
  if (found) return found;
  const { problem, certificate } = search.fault ?? { problem: 'no-path', certificate: leaf };
  return { ok: false, problem, certificate };
}

/** How far a fault lets us believe that this was the path meant; larger is told in preference. */
const TELLING: Readonly<Record<PathProblem, number>> = {
  'no-path': 0,
  'bad-signature': 1,
  'not-a-ca': 2,
  'weak-algorithm': 3,
  'unknown-critical-extension': 3,
  'path-too-long': 3,
  'name-constraints': 3,
  policy: 3,
  'wrong-usage': 4,
  'not-yet-valid': 5,
  expired: 5,
  revoked: 6,
};

class Search {
  fault: PathFault | null = null;
  readonly #request: PathRequest;
  #signaturesLeft = SIGNATURES_MAX;

  constructor(request: PathRequest) {
    this.#request = request;
  }

  extend(path: readonly X509Certificate[]): PathResult | null {
    const { anchors, intermediates } = this.#request;
    const last = path.at(-1)!;
    if (anchors.has(last)) {
      const found = this.#judge(path);
      if (found) return found;
    }
    if (path.length >= PATH_CERTIFICATES_MAX) return null;
    for (const issuer of [...anchors.issuersOf(last), ...intermediates.issuersOf(last)]) {
      // RFC 4158 §5.2: the same name with the same key twice is a loop.
      const isLoop = path.some(
        (c) => c.subject.key === issuer.subject.key && c.publicKeySha256 === issuer.publicKeySha256,
      );
      if (isLoop) continue;
      if (this.#signaturesLeft-- <= 0) return null;
      if (!last.isSignedBy(issuer)) {
        this.#note({
          problem: last.signatureAlgorithm.weak ? 'weak-algorithm' : 'bad-signature',
          certificate: last,
        });
        continue;
      }
      const found = this.extend([...path, issuer]);
      if (found) return found;
    }
    return null;
  }

  #judge(path: readonly X509Certificate[]): PathResult | null {
    const fault = validatePath(path, this.#request);
    if (fault) {
      this.#note(fault);
      return null;
    }
    let revocation: 'good' | 'unknown' = 'good';
    for (let i = 0; i < path.length - 1; i++) {
      const certificate = path[i]!;
      const verdict = this.#request.revocation(certificate, path[i + 1]!);
      if (verdict === 'revoked') {
        this.#note({ problem: 'revoked', certificate });
        return null;
      }
      if (verdict === 'unknown') revocation = 'unknown';
    }
    return { ok: true, path, revocation };
  }

  #note(fault: PathFault): void {
    if (!this.fault || TELLING[fault.problem] > TELLING[this.fault.problem]) this.fault = fault;
  }
}
