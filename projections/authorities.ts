/**
 * Trust anchors, and our own certification authority with its latest CRL.
 */
import { type Authority, type AuthorityEvent, authorityDecider } from '#domain/certificates/authority.ts';
import { type AnchorEvent, type TrustAnchor, trustAnchorDecider } from '#domain/certificates/trust-anchor.ts';
import { decodeEvent } from '#domain/decider.ts';
import { type Projection, type RecordedEvent, streamId } from './recorded-event.ts';

export type ActiveAuthority = Extract<Authority, { status: 'active' }>;
export type KnownAnchor = Exclude<TrustAnchor, { status: 'absent' }>;

export class AuthoritiesProjection implements Projection {
  readonly #authorities = new Map<string, Authority>();
  readonly #anchors = new Map<string, TrustAnchor>();
  /** Grows with every change, so that what was derived from anchors and CRLs can be thrown away. */
  revision = 0;

  apply(event: RecordedEvent): void {
    const anchor = streamId(event, 'anchor');
    const authority = anchor === null ? streamId(event, 'authority') : null;
    if (anchor !== null) {
      const before = this.#anchors.get(anchor) ?? trustAnchorDecider.zero;
      const change = decodeEvent<AnchorEvent>(trustAnchorDecider, event);
      this.#anchors.set(anchor, trustAnchorDecider.evolve(before, change));
    } else if (authority !== null) {
      const before = this.#authorities.get(authority) ?? authorityDecider.zero;
      const change = decodeEvent<AuthorityEvent>(authorityDecider, event);
      this.#authorities.set(authority, authorityDecider.evolve(before, change));
    } else return;
    this.revision += 1;
  }

  *authorities(): Iterable<ActiveAuthority> {
    for (const a of this.#authorities.values()) if (a.status === 'active') yield a;
  }

  /** Anchors in force: the ones that operators trust, and our own authorities. */
  *anchors(): Iterable<KnownAnchor> {
    for (const a of this.#anchors.values()) if (a.status === 'trusted') yield a;
  }

  anchor(sha256: string): KnownAnchor | null {
    const a = this.#anchors.get(sha256);
    return a && a.status !== 'absent' ? a : null;
  }
}
