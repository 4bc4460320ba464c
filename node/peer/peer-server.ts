/**
 * Server for the other gateways: HTTP/2 over TLS 1.3, certificates of the gateway CA on both sides.
 *
 * A request comes from a current member, by its certificate, or goes to a route that is open to joiners; everything else
 * is refused before its body is read. A removed gateway is refused from the moment that the removal is known here.
 * Answers: 401 without a certificate of a member, 404 no such route, 500 a fault, without its text.
 */
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
} from 'node:http2';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createSecureContext, type TLSSocket } from 'node:tls';
import type { Log } from '#node/log.ts';
import { nodeOf } from './peer-identity.ts';
import type { PeerAnswer, PeerRoute } from './peer-route.ts';
import { issuerAmong } from './trusted-authorities.ts';

/** Node's default of 10 MB kills large parallel PUTs with ENHANCE_YOUR_CALM (replication.md §5.3). */
export const SESSION_MEMORY_MB = 512;
const HANDSHAKE_MS = 10_000;
const WINDOW_BYTES = 4 * 1024 * 1024; // A mail of usual size without a round trip; the default of 64 KB needs many.

export interface PeerTls {
  /** PEM: own certificate, own key, the gateway CA's certificates that are trusted. */
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface PeerServerOptions {
  readonly address: string;
  readonly port: number;
  /** Read at each connection, so that renewed certificates and CAs are used. */
  tls(): PeerTls;
  /** Own certificates by CAs that are trusted no more, PEM with their CA, for who trusts nothing newer: by server name. */
  former(): ReadonlyMap<string, string>;
  readonly routes: readonly PeerRoute[];
  isMember(node: string): boolean;
  readonly log: Log;
}

export interface PeerServer {
  readonly port: number;
  /** Ends connections whose certificate is of a CA that is trusted no more. */
  endDistrusted(): void;
  close(): Promise<void>;
}

export async function peerServer(options: PeerServerOptions): Promise<PeerServer> {
  let used = options.tls();
  const server = createSecureServer({
    ...used,
    SNICallback(servername, done) {
      const cert = options.former().get(servername);
      done(
        null,
        cert === undefined ? undefined : createSecureContext({ ...used, cert, minVersion: 'TLSv1.3' }),
      );
    },
    requestCert: true,
    rejectUnauthorized: false, // Joiners have no certificate yet; every other route asks for `authorized`.
    minVersion: 'TLSv1.3',
    maxSessionMemory: SESSION_MEMORY_MB,
    handshakeTimeout: HANDSHAKE_MS,
    settings: { initialWindowSize: WINDOW_BYTES },
  });
  const renew = (): void => {
    const tls = options.tls();
    if (tls.cert === used.cert && tls.ca === used.ca) return;
    used = tls;
    server.setSecureContext({ ...tls, minVersion: 'TLSv1.3' });
  };
  server.prependListener('connection', renew); // Before the handshake is begun.
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {}); // The streams on it end with their own errors.
  });
  server.on('tlsClientError', () => {});
  server.on('request', (request, response) => void serve(request, response, options));
  const port = await listening(server, options);
  return {
    port,
    endDistrusted() {
      renew();
      for (const session of sessions) {
        const shown = (session.socket as TLSSocket | undefined)?.getPeerX509Certificate();
        if (shown && !issuerAmong(used.ca, shown)) session.destroy();
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}

function listening(server: Http2SecureServer, { address, port }: PeerServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve((server.address() as { port: number }).port));
  });
}

async function serve(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  options: PeerServerOptions,
): Promise<void> {
  const { log, routes } = options;
  request.on('error', () => {}); // A peer that goes away; the handler's read of the body fails by itself.
  try {
    const url = new URL(request.url, 'https://peer');
    const [prefix = '', ...path] = url.pathname.slice(1).split('/').map(decodeURIComponent);
    const route = routes.find((r) => r.prefix === prefix && r.method === request.method);
    const from = route?.open ? '' : memberOf(request, options);
    if (from === null) return await answer(response, { status: 401 });
    if (!route) return await answer(response, { status: 404 });
    const { headers } = request;
    const body: Readable = request;
    await answer(response, await route.handle({ from, path, query: url.searchParams, headers, body }));
  } catch (error) {
    if (response.stream?.destroyed) return; // The peer has gone.
    log.error({ path: request.url.split('?')[0], error: (error as Error).message }, 'peer request failed');
    if (response.headersSent) response.stream.close();
    else await answer(response, { status: 500 }).catch(() => {});
  }
}

/** Null unless TLS has verified a certificate of the gateway CA that names a current member. */
function memberOf(request: Http2ServerRequest, { isMember }: PeerServerOptions): string | null {
  const socket = request.stream.session?.socket as TLSSocket | undefined;
  if (!socket?.authorized) return null;
  const node = nodeOf(socket.getPeerX509Certificate());
  return node !== null && isMember(node) ? node : null;
}

async function answer(response: Http2ServerResponse, { status, headers, body }: PeerAnswer): Promise<void> {
  response.writeHead(status, headers ?? {});
  if (body === undefined || body instanceof Uint8Array) {
    response.end(body ?? '');
    return;
  }
  await pipeline(Readable.from(body), response.stream);
}
