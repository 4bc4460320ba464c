/** Replacements of members for the management: what one would do, that one is wanted (recorded), and how far it is. */
import { REPLACEMENT_STREAM, replacementDecider } from '#domain/cluster/replacement.ts';
import { foldStream } from '#domain/decider.ts';
import { type Actor, AdminRefusal } from '#node/web/admin-request.ts';
import type {
  ClusterAdminPort,
  ClusterMemberRow,
  ClusterStatus,
  ReplacementRow,
} from '#node/web/cluster-admin-port.ts';
import { replacementPlan, replacementRow, votersOf } from '#node/web/replacement-steps.ts';
import { type PortParts, perform } from './parts.ts';

type SeenStatus = Omit<ClusterStatus, 'replacement'>;

interface Replacements extends Pick<ClusterAdminPort, 'replacePlan' | 'replace' | 'endReplacement'> {
  replacementOf(status: SeenStatus): Promise<ReplacementRow | null>;
}

export function replacements(parts: PortParts, seen: () => Promise<SeenStatus>): Replacements {
  async function replacementOf(status: SeenStatus): Promise<ReplacementRow | null> {
    if (status.mode === 'single') return null;
    const stored = await parts.ledger.readStream(REPLACEMENT_STREAM);
    const begun = foldStream(replacementDecider, stored);
    return begun && replacementRow(status, { ...begun, reason: stored.at(-1)?.reason ?? '' });
  }

  async function endReplacement(by: Actor): Promise<void> {
    const command = { type: 'EndReplacement', at: by.atMs } as const;
    await perform(parts, replacementDecider, REPLACEMENT_STREAM, command, by);
  }

  return {
    replacementOf,
    endReplacement,
    async replacePlan({ member }) {
      const status = await seen();
      const lost = replaceable(status, member);
      return { node: lost.node, name: lost.name, ...replacementPlan(status, lost) };
    },
    async replace({ member }, by) {
      const status = await seen();
      const running = await replacementOf(status);
      if (running?.now.stage === 'done') await endReplacement({ ...by, requestId: `${by.requestId}/end` });
      else if (running?.node === member || running?.name === member) return;
      const { node, name, role } = replaceable(status, member);
      const known = status.members.map((one) => one.node);
      const command = { type: 'BeginReplacement', node, name, role, known, at: by.atMs } as const;
      const voters = votersOf(status);
      await perform(parts, replacementDecider, REPLACEMENT_STREAM, { ...command, voters }, by);
    },
  };
}

function replaceable({ members, writable, reason }: SeenStatus, asked: string): ClusterMemberRow {
  const lost = members.find(({ node, name }) => node === asked || name === asked);
  if (!lost) throw new AdminRefusal('unknown', 'There is no such member: sealgate cluster');
  if (lost.isSelf) throw new AdminRefusal('not-allowed', `Ask another gateway: this one is ${lost.name}.`);
  if (writable) return lost;
  const recover = 'When the majority is lost: sealgate cluster recover';
  throw new AdminRefusal('not-writable', `No changes can be made: ${reason}. ${recover}`);
}
