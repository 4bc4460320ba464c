/**
 * The management over HTTP: the page and its API for signed-in operators, and the same API for the command line over a
 * Unix socket that only the gateway's own user can open.
 */

import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import type { Server as HttpsServer } from 'node:https';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ProcessContext } from '#node/process.ts';
import { adminRouter } from './admin-router.ts';
import type { AdminPorts } from './all-admin-ports.ts';
import type { AllTraces } from './all-traces.ts';
import { serveHealth } from './health.ts';
import { servePage } from './page.ts';
import { pageCertificate } from './page-certificate.ts';
import { type Publications, servePublications } from './publications.ts';
import { BODY_BYTES_MAX, IDLE_HEADER, refuseForged } from './request-guard.ts';
import { securityHeaders } from './security-headers.ts';
import { type Caller, type SignIn, signInOf } from './sign-in.ts';
import type { AdminContext } from './trpc.ts';

const REQUEST_TIMEOUT_MS = 30_000; // An import of 10 MB over a slow line.
const BATCH_CALLS_MAX = 20; // A page asks for five things at once.
const PARAMETER_CHARS_MAX = 4_000; // The names of a batch of calls are one parameter of the path.
const SOCKET_MODE = 0o600;

const PAGE_ROOT = fileURLToPath(new URL('../../admin-ui/dist', import.meta.url));

export interface WebParts {
  readonly ports: AdminPorts;
  readonly trace: AllTraces;
  readonly publications: Publications;
  /** Folder of the built page; the one of this tree by default. */
  readonly pageRoot?: string;
  readonly now?: () => number;
}

export interface WebServer {
  /** Where the page is, with the port that was really taken. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The command line on this machine: whoever may open the socket owns the gateway's files anyway. */
const COMMAND_LINE: Caller = {
  actor: 'cli',
  name: 'cli',
  roles: ['administrator'],
  mustChange: false,
};

/** How a request proves who it is: by a session cookie, or by having come over the socket. */
interface Entrance {
  readonly tls: boolean;
  tokenOf(request: FastifyRequest): string | null;
  callerOf(request: FastifyRequest): Promise<Caller | null>;
  setToken(reply: FastifyReply, token: string | null): void;
}

export async function startWebServer(context: ProcessContext, parts: WebParts): Promise<WebServer> {
  const { settings, layout, log } = context;
  const signIn = signInOf(parts.ports.operators, log, parts.now ?? Date.now);
  const { address, port, trustedProxies } = settings.web;
  const certificate = await pageCertificate(context);
  const https = certificate.first && { ...certificate.first, minVersion: 'TLSv1.2' as const };
  const page = newApp(https, trustedProxies);
  serveApi(page, cookieEntrance(signIn, https !== null), signIn, context, parts);
  servePublications(page, '/crl/*', parts.publications);
  await servePage(page, parts.pageRoot ?? PAGE_ROOT, https !== null);

  const local = newApp(null, []);
  serveApi(local, socketEntrance(), signIn, context, parts);
  mkdirSync(dirname(layout.webSocket), { recursive: true, mode: 0o700 });
  rmSync(layout.webSocket, { force: true });
  await local.listen({ path: layout.webSocket });
  chmodSync(layout.webSocket, SOCKET_MODE);

  certificate.onNew((renewed) => (page.server as HttpsServer).setSecureContext(renewed));
  const listening = await page.listen({ host: address, port });
  const url = listening.replace('//[::1]', '//localhost').replace('//127.0.0.1', '//localhost');
  log.info({ url }, 'management page');
  if (https === null && !isLoopback(address)) {
    log.warn(
      { address },
      'the management page is open to the network without TLS: passwords can be read on the way',
    );
  }
  return {
    url,
    async stop() {
      certificate.stop();
      await Promise.all([page.close(), local.close()]);
    },
  };
}

/** What never leaves the machine needs no TLS. */
function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address.startsWith('127.');
}

function newApp(
  https: { cert: Buffer; key: Buffer; minVersion: 'TLSv1.2' } | null,
  trustedProxies: readonly string[],
): FastifyInstance {
  const options = {
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: PARAMETER_CHARS_MAX },
  };
  // The type of an app over TLS differs in its raw server only, which nobody here touches.
  return https ? (fastify({ ...options, https }) as unknown as FastifyInstance) : fastify(options);
}

function serveApi(
  app: FastifyInstance,
  entrance: Entrance,
  signIn: SignIn,
  { log }: ProcessContext,
  { ports, trace }: WebParts,
): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders(entrance.tls, null));
    if (!request.url.startsWith('/trpc')) return;
    reply.header('cache-control', 'no-store');
    await refuseForged(request, reply, async () => (await entrance.callerOf(request)) !== null);
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ error: error.message, route: request.routeOptions.url }, 'request failed');
    return reply.code(status).send({ error: status >= 500 ? 'internal error' : error.message });
  });
  serveHealth(app, {
    status: ports.status,
    signIn,
    isSignedIn: async (request) => (await entrance.callerOf(request)) !== null,
  });
  app.register(fastifyTRPCPlugin, {
    prefix: '/trpc',
    trpcOptions: {
      router: adminRouter,
      maxBatchSize: BATCH_CALLS_MAX,
      createContext: async ({
        req,
        res,
      }: {
        req: FastifyRequest;
        res: FastifyReply;
      }): Promise<AdminContext> => ({
        ports,
        trace,
        signIn,
        log,
        caller: await entrance.callerOf(req),
        address: req.ip ?? 'local',
        token: entrance.tokenOf(req),
        setToken: (token) => entrance.setToken(res, token),
      }),
      onError: ({ error, path }: { error: Error & { code?: string }; path: string | undefined }) => {
        if (error.code === 'INTERNAL_SERVER_ERROR') {
          log.error(
            {
              procedure: path,
              error: error.message,
              stack: error.cause instanceof Error ? error.cause.stack : undefined,
            },
            'fault',
          );
        }
      },
    },
  });
}

function cookieEntrance(signIn: SignIn, tls: boolean): Entrance {
  // The prefix makes a browser refuse the cookie from anything but this host over TLS (RFC 6265bis §4.1.3.2).
  const name = tls ? '__Host-sealgate' : 'sealgate';
  const attributes = `Path=/; HttpOnly; SameSite=Strict${tls ? '; Secure' : ''}`;
  const tokenOf = (request: FastifyRequest): string | null => {
    for (const pair of (request.headers.cookie ?? '').split(';')) {
      const [key, value] = pair.trim().split('=');
      if (key === name && value) return value;
    }
    return null;
  };
  return {
    tls,
    tokenOf,
    async callerOf(request) {
      const token = tokenOf(request);
      return token === null ? null : signIn.callerOf(token, request.headers[IDLE_HEADER] === undefined);
    },
    setToken(reply, token) {
      reply.header(
        'set-cookie',
        `${name}=${token ?? ''}; ${attributes}${token === null ? '; Max-Age=0' : ''}`,
      );
    },
  };
}

function socketEntrance(): Entrance {
  return { tls: false, tokenOf: () => null, callerOf: async () => COMMAND_LINE, setToken: () => {} };
}
