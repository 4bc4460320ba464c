/**
 * Trust anchors, and our own certification authority with its latest CRL.
 */
import { type Authority, type AuthorityEvent, authorityDecider } from '#domain/certificates/authority.ts';
import { type AnchorEvent, type TrustAnchor, trustAnchorDecider } from '#domain/certificates/trust-anchor.ts';
import { decodeEvent } from '#domain/decider.ts';
import { type Projection, type RecordedEvent, refill, streamId } from './recorded-event.ts';

export type ActiveAuthority = Extract<Authority, { status: 'active' }>;
export type KnownAnchor = Exclude<TrustAnchor, { status: 'absent' }>;

type RevokedList = ActiveAuthority['revoked'];
type RevokedLine = NonNullable<RevokedList>['line'];

/** The revoked lines are an array here: a list of thousands of links is too deep to be written down as it is. */
interface SavedAuthorities {
  readonly authorities: readonly {
    readonly id: string;
    readonly state: Authority;
    readonly revoked: readonly RevokedLine[];
  }[];
  readonly anchors: ReadonlyMap<string, TrustAnchor>;
  readonly revision: number;
}

export class AuthoritiesProjection implements Projection<SavedAuthorities> {
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

  save(): SavedAuthorities {
    const authorities = [...this.#authorities].map(([id, state]) => {
      if (state.status === 'absent') return { id, state, revoked: [] };
      return { id, state: { ...state, revoked: null }, revoked: linesOf(state.revoked) };
    });
    return { authorities, anchors: this.#anchors, revision: this.revision };
  }

  restore(saved: SavedAuthorities): void {
    this.#authorities.clear();
    for (const { id, state, revoked } of saved.authorities) {
      const whole = state.status === 'absent' ? state : { ...state, revoked: listOf(revoked) };
      this.#authorities.set(id, whole);
    }
    refill(this.#anchors, saved.anchors);
    this.revision = saved.revision;
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

/** The latest first, as in the list. */
function linesOf(list: RevokedList): RevokedLine[] {
  const lines: RevokedLine[] = [];
  for (let rest = list; rest; rest = rest.before) lines.push(rest.line);
  return lines;
}

function listOf(lines: readonly RevokedLine[]): RevokedList {
  return lines.reduceRight<RevokedList>((before, line) => ({ line, before }), null);
}
