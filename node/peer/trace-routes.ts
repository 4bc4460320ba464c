/**
 * Traces between gateways: `GET trace?q=<question>` is answered by this gateway's `web`, which has the index; `peer` only
 * carries it. In the other direction `web` asks through `askTrace`.
 */
import type { Layout } from '#node/config/layout.ts';
import { ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import { ASK_OTHERS_MS, type OthersCalls } from './others-wire.ts';
import type { PeerClient } from './peer-client.ts';
import type { PeerRoute } from './peer-route.ts';

const QUESTION_CHARS_MAX = 32 * 1024; // A hundred ids.

export interface TraceQuestions {
  readonly route: PeerRoute;
  close(): void;
}

export function traceQuestions(layout: Layout): TraceQuestions {
  const web = ipcClient(layout.traceSocket, tokenFileOf(layout.traceSocket));
  return {
    route: {
      method: 'GET',
      prefix: 'trace',
      async handle({ query }) {
        const question = query.get('q') ?? '';
        if (question === '' || question.length > QUESTION_CHARS_MAX) return { status: 400 };
        try {
          const answer = await web.call<string>('answer', { question });
          const headers = { 'content-type': 'application/json' };
          return { status: 200, headers, body: Buffer.from(answer) };
        } catch {
          return { status: 503 }; // `web` is starting, or does not understand a later version's question.
        }
      },
    },
    close: () => web.close(),
  };
}

export async function askTrace(
  client: Pick<PeerClient, 'request'>,
  { node, question }: OthersCalls['trace'],
): Promise<string | null> {
  try {
    const { status, body } = await client.request(node, {
      method: 'GET',
      path: `/trace?q=${encodeURIComponent(question)}`,
      timeoutMs: ASK_OTHERS_MS,
    });
    return status === 200 ? body.toString('utf8') : null;
  } catch {
    return null;
  }
}
