/** Asks a gateway how far it is with giving away its mails, or tells it to begin or to end that; null: no answer. */
import { type DrainState, drainStateSchema } from '#node/shadow/drain-protocol.ts';
import type { PeerClient } from './peer-client.ts';

const ANSWER_MS = 3000; // It counts files.

export async function askDrain(
  client: Pick<PeerClient, 'request'>,
  node: string,
  on: boolean | null,
): Promise<DrainState | null> {
  try {
    const { status, body } = await client.request(node, {
      method: on === null ? 'GET' : 'POST',
      path: '/drain',
      ...(on === null ? {} : { body: Buffer.from(JSON.stringify({ on })) }),
      timeoutMs: ANSWER_MS,
    });
    if (status !== 200) return null;
    return drainStateSchema.parse(JSON.parse(body.toString('utf8')));
  } catch {
    return null;
  }
}
