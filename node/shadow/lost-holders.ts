/** Tells once of each gateway that has been without its lease for HOLDER_LOST_MS, or is no member any more. */
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import { HOLDER_LOST_MS } from './timing.ts';

export interface LostHolders {
  look(view: ClusterView | null): void;
}

export function lostHolders(nowNs: () => bigint, tell: (node: string) => void): LostHolders {
  const goneSince = new Map<string, bigint>();
  const known = new Set<string>();

  function lookAt(node: string): void {
    const since = goneSince.get(node) ?? nowNs();
    goneSince.set(node, since);
    if (nowNs() - since < BigInt(HOLDER_LOST_MS) * 1_000_000n) return;
    known.delete(node);
    goneSince.delete(node);
    tell(node);
  }

  return {
    look(view) {
      // Without the quorum nobody's lease is known: what was seen last is no reason to copy everything again.
      if (view === null || !view.quorum) return;
      const alive = new Set(view.members.filter((member) => member.alive).map(({ node }) => node));
      for (const node of alive) {
        known.add(node);
        goneSince.delete(node);
      }
      for (const node of [...known]) if (!alive.has(node)) lookAt(node);
    },
  };
}
