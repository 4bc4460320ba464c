/** What other gateways ask of one that is to leave: to give away its mails, and how far it is (drain-protocol.ts). */
import { jsonAnswer, jsonBody, type PeerRoute } from '#node/peer/peer-route.ts';
import type { Drain } from './drain.ts';
import { drainRequestSchema } from './drain-protocol.ts';

const BODY_BYTES_MAX = 1024;

export function drainRoutes(drain: Pick<Drain, 'begin' | 'end' | 'state'>): PeerRoute[] {
  return [
    { method: 'GET', prefix: 'drain', handle: async () => jsonAnswer(await drain.state()) },
    {
      method: 'POST',
      prefix: 'drain',
      async handle({ body }) {
        const request = drainRequestSchema.safeParse(await jsonBody(body, BODY_BYTES_MAX));
        if (!request.success) return { status: 400 };
        if (request.data.on) drain.begin();
        else drain.end();
        return jsonAnswer(await drain.state());
      },
    },
  ];
}
