/**
 * The portal over HTTP: pages for partners, made here, each decision asked of the desk.
 *
 * Routes: `answer/<link>` sign-in from a PDF, `register/<link>` choosing a password, `reply`, `sent`, `earlier`, `password`,
 * `sign-out`, `language`; every one but the first two needs a session, whose owner the desk names (threat 17). A post
 * from another site is refused by Fetch Metadata, by the SameSite cookie, and by the token of the form.
 */
import { readFileSync } from 'node:fs';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Log } from '#node/log.ts';
import { securityHeaders } from '#node/web/security-headers.ts';
import { deadEndPage } from './pages/sign-in-page.ts';
import { type Portal, type PortalParts, plainFrame, sendPage } from './portal.ts';
import { cookies } from './portal-session.ts';
import { serveLinks } from './serve-links.ts';
import { serveReplies } from './serve-replies.ts';

const FORM_BYTES_MAX = 1024 * 1024; // A kept text, percent-encoded, and a password.
const LINK_CHARS_MAX = 3000;
const REQUEST_TIMEOUT_MS = 600_000; // 25 MB over 350 kbit/s: a phone in the country.
const DAY_SECONDS = 86_400;

export async function startPortalServer(parts: PortalParts): Promise<{ url: string; stop(): Promise<void> }> {
  const { settings, log } = parts;
  const { address, port, tlsCertificate, tlsKey, trustedProxies } = settings;
  const https =
    tlsCertificate !== undefined && tlsKey !== undefined
      ? { cert: readFileSync(tlsCertificate), key: readFileSync(tlsKey), minVersion: 'TLSv1.2' as const }
      : null;
  const options = {
    bodyLimit: FORM_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: LINK_CHARS_MAX },
  };
  const app = https
    ? (fastify({ ...options, https }) as unknown as FastifyInstance)
    : (fastify(options) as FastifyInstance);
  const tls = https !== null || settings.behindTls;
  guard(app, tls, log);
  serveAssets(app);
  const portal: Portal = { ...parts, cookies: cookies(tls) };
  serveLinks(app, portal);
  serveReplies(app, portal);
  app.get('/healthz', async () => ({ ok: true }));
  app.setNotFoundHandler((request, reply) =>
    sendPage(reply, 404, deadEndPage(plainFrame(portal, request), 'unknown')),
  );
  const url = await app.listen({ host: address, port });
  return { url, stop: () => app.close() };
}

function guard(app: FastifyInstance, tls: boolean, log: Log): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders(tls, null), 'cache-control': 'no-store' });
    const site = request.headers['sec-fetch-site'];
    const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
    // A link in a PDF or a mail program comes from elsewhere, and only looks.
    if (foreign && request.method !== 'GET') return reply.code(403).type('text/plain').send('forbidden\n');
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request: FastifyRequest, body: string | Buffer, done: (error: null, fields: URLSearchParams) => void) =>
      done(null, new URLSearchParams(body.toString())),
  );
  app.addContentTypeParser(
    'multipart/form-data',
    (_request: FastifyRequest, _body: unknown, done: (error: null) => void) => done(null),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ error: error.message, route: request.routeOptions.url }, 'request failed');
    return reply
      .code(status)
      .type('text/plain')
      .send(status >= 500 ? 'internal error\n' : 'bad request\n');
  });
}

function serveAssets(app: FastifyInstance): void {
  const asset = (name: string): Buffer => readFileSync(new URL(`./assets/${name}`, import.meta.url));
  const files = [
    ['portal.css', 'text/css; charset=utf-8', asset('portal.css')],
    ['portal.js', 'text/javascript; charset=utf-8', asset('portal.js')],
  ] as const;
  for (const [name, type, content] of files) {
    app.get(`/${name}`, (_request, reply) =>
      reply.header('cache-control', `public, max-age=${DAY_SECONDS}`).type(type).send(content),
    );
  }
  app.get<{ Params: { colour: string } }>('/look/:colour(^[0-9a-f]{6}$).css', (request, reply) => {
    const { colour } = request.params;
    return reply
      .header('cache-control', `public, max-age=${DAY_SECONDS}`)
      .type('text/css; charset=utf-8')
      .send(`:root{--brand:#${colour};--on-brand:${inkOn(colour)}}\n`);
  });
}

/** Black or white, whichever has the better contrast (WCAG 2.2 §1.4.3, relative luminance). */
function inkOn(colour: string): '#000' | '#fff' {
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? '#000' : '#fff';
}
