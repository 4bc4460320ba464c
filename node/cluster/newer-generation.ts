/**
 * Whether the cluster has begun a newer generation than this gateway knows: asked of all members before the own engine
 * is started, and while there is no quorum (replication.md §4.4). An older one must not go on beside it.
 */
import { z } from 'zod';
import type { PeerClient } from '#node/peer/peer-client.ts';
import type { ClusterFile } from './cluster-file.ts';

const ASK_MS = 3000; // All at once; a start must not wait long for machines that are off.

const generationAnswer = z.object({ generation: z.number().int().positive(), node: z.string() });

export interface NewerGeneration {
  readonly generation: number;
  /** Node ids that said so. */
  readonly known: readonly string[];
}

/** Null when no member that answers knows a newer one. */
export async function newerGeneration(
  client: Pick<PeerClient, 'request'>,
  { node: self, generation, members }: Pick<ClusterFile, 'node' | 'generation' | 'members'>,
): Promise<NewerGeneration | null> {
  const others = members.filter(({ node, peerAddress }) => node !== self && peerAddress !== '');
  const answers = await Promise.all(others.map(({ node }) => generationOf(client, node)));
  const newest = Math.max(0, ...answers.map((answer) => answer?.generation ?? 0));
  if (newest <= generation) return null;
  const known = answers.filter((answer) => answer?.generation === newest).map((answer) => answer!.node);
  return { generation: newest, known };
}

/** Null when it does not answer. */
export async function generationOf(
  client: Pick<PeerClient, 'request'>,
  node: string,
): Promise<{ generation: number; node: string } | null> {
  try {
    const answer = await client.request(node, { method: 'GET', path: '/generation', timeoutMs: ASK_MS });
    const known = generationAnswer.safeParse(JSON.parse(answer.body.toString('utf8') || 'null'));
    return answer.status === 200 && known.success ? { ...known.data, node } : null;
  } catch {
    return null;
  }
}
