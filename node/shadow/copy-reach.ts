/**
 * Whether any other gateway is there to take a copy now. With a quorum the leases say so; without one they are of the
 * past, so the gateways are asked, a few seconds apart: whoever sends us mail wants to know before they try.
 */
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import { buddiesOf } from './buddy-choice.ts';

const ASK_EVERY_MS = 2000;
const ASK_MS = 3000;

export interface CopyReach {
  /** Now and then. Cheap. */
  look(): void;
  readonly nobody: boolean;
}

export function copyReach(ports: {
  readonly view: () => ClusterView | null;
  readonly client: Pick<PeerClient, 'request'>;
  readonly nowNs: () => bigint;
}): CopyReach {
  let nobody = false;
  let askedNs: bigint | null = null;
  let asking = false;

  async function ask(nodes: readonly string[]): Promise<void> {
    const question = { method: 'GET', path: '/generation', timeoutMs: ASK_MS };
    const there = nodes.map((node) =>
      ports.client.request(node, question).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    nobody = !(await Promise.all(there)).includes(true);
  }

  return {
    look() {
      const view = ports.view();
      if (view === null || asking) return;
      const nodes = buddiesOf(view, () => false);
      if (view.quorum || nodes.length === 0) {
        nobody = nodes.length === 0;
        return;
      }
      const nowNs = ports.nowNs();
      if (askedNs !== null && nowNs - askedNs < BigInt(ASK_EVERY_MS) * 1_000_000n) return;
      askedNs = nowNs;
      asking = true;
      void ask(nodes).finally(() => {
        asking = false;
      });
    },
    get nobody() {
      return nobody;
    },
  };
}
