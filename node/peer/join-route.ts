/**
 * `POST join`: a gateway that shows a token asks to be admitted. The only route that strangers reach.
 *
 * At most JOINS_MAX requests are looked at together and each costs the ledger one look; a wrong secret is answered after
 * WRONG_MS, so that nobody tries many.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { JOIN_BODY_BYTES_MAX, type JoinRefusal, joinRequestSchema } from '#node/cluster/join-protocol.ts';
import type { ClusterClient } from '#node/ledger/cluster-client.ts';
import type { Log } from '#node/log.ts';
import { jsonAnswer, jsonBody, type PeerAnswer, type PeerRoute } from './peer-route.ts';

const JOINS_MAX = 8;
const WRONG_MS = 1000;

export function joinRoute(cluster: Pick<ClusterClient, 'admit'>, log: Log): PeerRoute {
  let underWay = 0;
  return {
    method: 'POST',
    prefix: 'join',
    open: true,
    async handle({ body }) {
      if (underWay >= JOINS_MAX) return { status: 503 };
      underWay += 1;
      try {
        const request = joinRequestSchema.safeParse(await jsonBody(body, JOIN_BODY_BYTES_MAX));
        if (!request.success) return refusal('malformed');
        const admission = await cluster.admit(request.data);
        if (admission.kind === 'admitted') {
          log.info({ member: request.data.node, role: admission.answer.role }, 'a member was admitted');
          return jsonAnswer(admission.answer);
        }
        log.warn({ member: request.data.node, refusal: admission.refusal }, 'a member was not admitted');
        if (admission.refusal === 'wrong-token') await wait(WRONG_MS);
        return refusal(admission.refusal, admission.detail);
      } finally {
        underWay -= 1;
      }
    },
  };
}

function refusal(word: JoinRefusal, detail = ''): PeerAnswer {
  return jsonAnswer({ refusal: word, detail }, 403);
}
