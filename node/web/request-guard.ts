/**
 * What a request must show before anything reads its body: that a page of ours sends it, and, when it is large, that an
 * operator is signed in.
 *
 * Forged requests: a browser sends no custom header across origins without asking first (CORS), and we never allow it;
 * browsers that say where a request comes from must say `same-origin` (Fetch Metadata). The cookie is SameSite=Strict.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Every call of the page and of the command line carries it. */
export const REQUEST_HEADER = 'x-sealgate-request';
/** The page says when nobody has touched it for a while: such a call does not keep a session alive. */
export const IDLE_HEADER = 'x-sealgate-idle';

const ANONYMOUS_BODY_BYTES_MAX = 16 * 1024; // A sign-in has a name and a password.
export const BODY_BYTES_MAX = 15 * 1024 * 1024; // A file of 10 MB as base64 and a little.

/** Null = go on; otherwise the answer has been sent. */
export async function refuseForged(
  request: FastifyRequest,
  reply: FastifyReply,
  isSignedIn: () => Promise<boolean>,
): Promise<FastifyReply | null> {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') {
    return reply.code(403).send({ error: 'request from another site' });
  }
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  if (request.method !== 'POST') return reply.code(405).send({ error: 'method not allowed' });
  if (request.headers[REQUEST_HEADER] === undefined) {
    return reply.code(403).send({ error: `header ${REQUEST_HEADER} is missing` });
  }
  const length = request.headers['content-length'];
  if (length === undefined) return reply.code(411).send({ error: 'length required' });
  if (Number(length) > ANONYMOUS_BODY_BYTES_MAX && !(await isSignedIn())) {
    return reply.code(413).send({ error: 'sign in first' });
  }
  return null;
}
