/**
 * Serves the built page: the files that were there at the start and no others, the start page for every other path.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { securityHeaders, styleNonce } from './security-headers.ts';

const START_PAGE = 'index.html';
const NONCE_PLACE = '__STYLE_NONCE__';
const YEAR_SECONDS = 365 * 86_400; // Files under assets/ carry their hash in their name.

const NOT_BUILT = 'The page is not built. Run: npm run build --workspace admin-ui\n';

/** A path that a person may have typed or reloaded; anything with an extension is a file that is not there. */
function isPagePath(url: string): boolean {
  const path = url.split('?')[0] ?? '';
  return !path.startsWith('/trpc') && !/\.[a-z0-9]{1,8}$/i.test(path);
}

export async function servePage(app: FastifyInstance, root: string, tls: boolean): Promise<void> {
  const startPage = join(root, START_PAGE);
  const html = existsSync(startPage) ? readFileSync(startPage, 'utf8') : null;

  const sendStartPage = (reply: FastifyReply): FastifyReply => {
    if (html === null) return reply.code(503).type('text/plain').send(NOT_BUILT);
    const nonce = styleNonce();
    return reply
      .headers(securityHeaders(tls, nonce))
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(html.replaceAll(NONCE_PLACE, nonce));
  };

  if (html !== null) {
    await app.register(fastifyStatic, {
      root,
      index: false,
      wildcard: false, // One route a file: a path is never made into a file name (threat 18).
      preCompressed: true,
      allowedPath: (path) => !path.endsWith(`/${START_PAGE}`),
      setHeaders: (reply, path) => {
        const lasting = path.includes('/assets/');
        reply.header('cache-control', lasting ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
      },
      cacheControl: false,
    });
  }
  app.get('/', (_request, reply) => sendStartPage(reply));
  app.setNotFoundHandler((request, reply) => {
    if (request.method === 'GET' && isPagePath(request.url)) return sendStartPage(reply);
    return reply.code(404).type('text/plain').send('not found\n');
  });
}
