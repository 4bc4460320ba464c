/**
 * Asks the management of every gateway of the cluster about traces: its own here, the others through `peer`.
 *
 * Who has not answered in the time of others-wire.ts is silent. A gateway that the majority knows to be gone is not asked.
 * Without a cluster nobody else is asked.
 */
import type { ClusterPort, ClusterView } from '#node/ledger/cluster-port.ts';
import type { OthersClient } from '#node/peer/others-client.ts';
import type { AskGateways, GatewayAnswer } from './all-traces.ts';
import type { HeldTraces } from './held-traces.ts';
import { traceAnswerSchema } from './trace-question.ts';

export interface AskingGateways {
  readonly ask: AskGateways;
  close(): void;
}

export function askingGateways(
  held: HeldTraces,
  others: Pick<OthersClient, 'trace'>,
  cluster: Pick<ClusterPort, 'follow'>,
): AskingGateways {
  let view: ClusterView | null = null;
  const following = cluster.follow((now) => {
    view = now;
  });

  return {
    async ask(question) {
      const { members = [], self = '', quorum = false, mode = 'single' } = view ?? {};
      const name = members.find(({ node }) => node === self)?.name ?? '';
      const own = held.answer(question).then(({ sources }) => ({ node: self, name, sources }));
      if (mode === 'single') return [await own];
      const text = JSON.stringify(question);
      const asked = members
        .filter(({ node, role }) => node !== self && role !== 'witness')
        .map(async (member): Promise<GatewayAnswer> => {
          const isGone = quorum && !member.alive;
          const answer = isGone ? null : await others.trace(member.node, text);
          const sources = answer === null ? null : sourcesIn(answer);
          return { node: member.node, name: member.name, sources };
        });
      return Promise.all([own, ...asked]);
    },
    close: () => following.stop(),
  };
}

/** null: an answer of another version, which is none. */
function sourcesIn(answer: string): GatewayAnswer['sources'] {
  try {
    return traceAnswerSchema.parse(JSON.parse(answer)).sources;
  } catch {
    return null;
  }
}
