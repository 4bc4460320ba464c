/**
 * `GET generation`: which one this gateway is in; told to anybody, so that a gateway which was removed meanwhile learns
 * that it must not go on. `POST generation`: a member of an older one wants to go on in this one.
 */
import { readmitRequestSchema } from '#node/cluster/adopt-generation.ts';
import type { ClusterClient } from '#node/ledger/cluster-client.ts';
import type { Log } from '#node/log.ts';
import { jsonAnswer, jsonBody, type PeerRoute } from './peer-route.ts';

const BODY_BYTES_MAX = 64 * 1024; // Four public keys.

export function generationRoutes(cluster: Pick<ClusterClient, 'view' | 'readmit'>, log: Log): PeerRoute[] {
  return [
    {
      method: 'GET',
      prefix: 'generation',
      open: true,
      async handle() {
        const { generation, self } = await cluster.view();
        return jsonAnswer({ generation, node: self });
      },
    },
    {
      method: 'POST',
      prefix: 'generation',
      async handle({ from, body }) {
        const request = readmitRequestSchema.safeParse(await jsonBody(body, BODY_BYTES_MAX));
        if (!request.success) return { status: 400 };
        const readmission = await cluster.readmit(from, request.data);
        if (readmission.kind === 'refused') return jsonAnswer(readmission, 503);
        log.info({ member: from, onChain: readmission.onChain }, 'a member goes on in this generation');
        return jsonAnswer({ answer: readmission.answer, onChain: readmission.onChain });
      },
    },
  ];
}
