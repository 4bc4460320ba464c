/**
 * What anybody may fetch without signing in: revocation lists and certificates of our own authorities (RFC 2585).
 *
 * On the page's own port below `/crl/`, and, when `web.crl` is set, on a port that serves nothing else, over plain HTTP
 * as RFC 5280 §8 wants it: a list is signed, and a program that checks TLS certificates must not need TLS for it.
 */
import { createHash } from 'node:crypto';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { fromBase64Url } from '#domain/canonical-json.ts';
import type { ProcessContext } from '#node/process.ts';
import type { ReadModels } from '#projections/read-models.ts';

const AGE_MAX_S = 3600; // A revocation is seen by everybody within an hour.
const REQUEST_TIMEOUT_MS = 10_000; // A request has no body; whoever needs longer is no partner.
const CONNECTIONS_MAX = 200;

interface Publication {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
  /** End of its use. */
  readonly untilMs: number;
}

/** By the path of the URL; null: there is no such thing. */
export type Publications = (path: string) => Publication | null;

/** `/crl/<authority>.crl` and `.cer`, and whatever path the authority's certificates name. */
export function publicationsOf(models: ReadModels): Publications {
  return (path) => {
    for (const { facts, crl } of models.authorities.authorities()) {
      const own = `/crl/${facts.authorityId}`;
      if (crl && (path === `${own}.crl` || path === pathOf(facts.crlUrl))) {
        const bytes = fromBase64Url(crl.der);
        return {
          mediaType: 'application/pkix-crl',
          bytes,
          modifiedMs: crl.thisUpdate,
          untilMs: crl.nextUpdate,
        };
      }
      if (path === `${own}.cer`) {
        const bytes = fromBase64Url(facts.der);
        return { mediaType: 'application/pkix-cert', bytes, modifiedMs: 0, untilMs: facts.notAfter };
      }
    }
    return null;
  };
}

function pathOf(url: string): string | null {
  return URL.parse(url)?.pathname ?? null;
}

/** Answers GET and HEAD below `under`, from caches where the asker has them (RFC 9110 §13). */
export function servePublications(app: FastifyInstance, under: '/crl/*' | '/*', find: Publications): void {
  app.get(under, (request: FastifyRequest, reply: FastifyReply) => {
    const found = find(request.url.split('?')[0] ?? '');
    if (!found) return reply.code(404).type('text/plain').send('There is no such thing here.\n');
    const tag = `"${createHash('sha256').update(found.bytes).digest('base64url').slice(0, 22)}"`;
    const ageS = Math.max(0, Math.min(AGE_MAX_S, Math.floor((found.untilMs - Date.now()) / 1000)));
    reply.headers({ etag: tag, 'cache-control': `public, max-age=${ageS}` });
    if (found.modifiedMs > 0) reply.header('last-modified', new Date(found.modifiedMs).toUTCString());
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    return reply.type(found.mediaType).send(Buffer.from(found.bytes));
  });
}

/** The port that serves nothing else; null when none is set. */
export async function startPublicServer(
  { settings, log }: ProcessContext,
  find: Publications,
): Promise<{ stop(): Promise<void> } | null> {
  const { crl } = settings.web;
  if (!crl) return null;
  const app = fastify({ requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true, bodyLimit: 1024 });
  app.server.maxConnections = CONNECTIONS_MAX;
  servePublications(app, '/*', find);
  const url = await app.listen({ host: crl.address, port: crl.port });
  log.info({ url }, 'revocation lists');
  return { stop: () => app.close() };
}
