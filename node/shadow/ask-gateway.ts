/**
 * Questions to another gateway about copies: JSON out, checked JSON back; null when it did not answer, whatever the reason.
 * A 409 is told to `onDeposed`: the asking gateway's spool was taken over.
 */
import type { z } from 'zod';
import type { PeerClient } from '#node/peer/peer-client.ts';
import { claimedAnswerSchema, IDS_MAX } from './shadow-protocol.ts';
import { ASK_MS } from './timing.ts';

export async function ask<T>(
  client: Pick<PeerClient, 'request'>,
  node: string,
  what: string,
  body: object,
  answer: z.ZodType<T>,
  onDeposed: (epoch: number, owner: string) => void = () => {},
): Promise<T | null> {
  try {
    const { status, body: bytes } = await client.request(node, {
      method: 'POST',
      path: `/shadow/${what}`,
      body: Buffer.from(JSON.stringify(body)),
      timeoutMs: ASK_MS,
    });
    if (status !== 200 && status !== 409) return null;
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const claimed = status === 409 ? claimedAnswerSchema.safeParse(value) : null;
    if (claimed?.success) onDeposed(claimed.data.epoch, claimed.data.owner);
    if (status === 409) return null;
    const checked = answer.safeParse(value);
    return checked.success ? checked.data : null;
  } catch {
    return null;
  }
}

/** The same question about many ids; null when one piece of it was not answered. */
export async function askInPieces<T>(
  ids: readonly string[],
  askPiece: (piece: readonly string[]) => Promise<readonly T[] | null>,
): Promise<T[] | null> {
  const all: T[] = [];
  for (let at = 0; at < ids.length; at += IDS_MAX) {
    const answer = await askPiece(ids.slice(at, at + IDS_MAX));
    if (answer === null) return null;
    all.push(...answer);
  }
  return all;
}
