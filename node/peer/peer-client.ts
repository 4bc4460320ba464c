/**
 * Asks other gateways: one HTTP/2 connection a gateway, kept open, mutual TLS.
 *
 * Shape:  node id and request → status, headers, whole body. Any status is an answer.
 * Units:  `timeoutMs` for the whole request, connecting included; answers of at most ANSWER_BYTES_MAX.
 * Errors: PeerError `unknown-node` (no address), `unreachable` (surely or perhaps not served), `timeout`.
 * Who answers must show a certificate of the gateway CA for the node that was asked.
 */
import { X509Certificate } from 'node:crypto';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PeerCertificate } from 'node:tls';
import { nodeOf } from './peer-identity.ts';
import { type PeerTls, SESSION_MEMORY_MB } from './peer-server.ts';
import { authoritiesIn, nameOfAuthority } from './trusted-authorities.ts';

const ANSWER_BYTES_MAX = 64 * 1024 * 1024; // A segment of the log; larger things are not asked for.

export interface PeerRequestOptions {
  readonly method: string;
  /** With the leading slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable;
  readonly timeoutMs: number;
}

export interface PeerResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface PeerClient {
  request(node: string, options: PeerRequestOptions): Promise<PeerResponse>;
  /** New connections for what is asked from now on: with other certificates. */
  redial(): void;
  close(): void;
}

export class PeerError extends Error {
  readonly code: 'unknown-node' | 'unreachable' | 'timeout';
  constructor(code: PeerError['code'], message: string) {
    super(message);
    this.name = 'PeerError';
    this.code = code;
  }
}

export interface PeerClientOptions {
  /** Read at each new connection, so that renewed certificates are used. */
  tls(): PeerTls;
  /** `host:port` of a gateway; null when it is not known. */
  addressOf(node: string): string | null;
}

export function peerClient(options: PeerClientOptions): PeerClient {
  const sessions = new Map<string, { session: ClientHttp2Session; address: string }>();

  function sessionTo(node: string): ClientHttp2Session {
    const address = options.addressOf(node);
    if (!address) throw new PeerError('unknown-node', `no address of ${node}`);
    const open = sessions.get(node);
    if (open && open.address === address && !open.session.closed && !open.session.destroyed)
      return open.session;
    open?.session.close();
    const session = dial(node, address, options.tls());
    sessions.set(node, { session, address });
    const forget = (): void => {
      if (sessions.get(node)?.session === session) sessions.delete(node);
    };
    session.on('error', forget);
    session.on('goaway', forget);
    session.on('close', forget);
    return session;
  }

  return {
    async request(node, request) {
      const session = sessionTo(node);
      const { ':path': _, ...headers } = request.headers ?? {};
      const stream = session.request({
        ...headers,
        ':method': request.method,
        ':path': request.path,
      });
      return exchange(stream, request);
    },
    redial() {
      for (const { session } of sessions.values()) session.close(); // When what is under way on it has ended.
      sessions.clear();
    },
    close() {
      for (const { session } of sessions.values()) session.destroy();
      sessions.clear();
    },
  };
}

function dial(node: string, address: string, tls: PeerTls): ClientHttp2Session {
  const [host = '', port = ''] = splitAddress(address);
  const newest = authoritiesIn(tls.ca).at(-1);
  return connect(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`, {
    ...tls,
    ...(newest ? { servername: nameOfAuthority(newest) } : {}),
    minVersion: 'TLSv1.3',
    ALPNProtocols: ['h2'],
    maxSessionMemory: SESSION_MEMORY_MB,
    settings: { initialWindowSize: 4 * 1024 * 1024 },
    checkServerIdentity: (_host: string, certificate: PeerCertificate) => {
      const named = nodeOf(new X509Certificate(certificate.raw));
      return named === node ? undefined : new Error(`${address} is ${named}, not ${node}`);
    },
  });
}

/** `host:port` → both; the host of an IPv6 address without its brackets. */
export function splitAddress(address: string): [host: string, port: string] {
  const at = address.lastIndexOf(':');
  return [address.slice(0, at).replace(/^\[(.*)\]$/, '$1'), address.slice(at + 1)];
}

export async function exchange(
  stream: ClientHttp2Stream,
  { body, timeoutMs }: Pick<PeerRequestOptions, 'body' | 'timeoutMs'>,
): Promise<PeerResponse> {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    stream.close(constants.NGHTTP2_CANCEL);
  }, timeoutMs);
  try {
    const answer = answerOf(stream);
    const sent = send(stream, body);
    // An answer may come before all is sent (refused); then the rest of the body does not matter.
    sent.catch(() => {});
    return await answer;
  } catch (error) {
    if (timedOut) throw new PeerError('timeout', `no answer within ${timeoutMs} ms`);
    throw new PeerError('unreachable', (error as Error).message);
  } finally {
    clearTimeout(timer);
    if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
  }
}

async function send(stream: ClientHttp2Stream, body: Uint8Array | Readable | undefined): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) stream.end(body);
  else await pipeline(body, stream);
}

function answerOf(stream: ClientHttp2Stream): Promise<PeerResponse> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let headers: Record<string, string> = {};
    stream.on('response', (got) => {
      status = Number(got[':status']);
      headers = Object.fromEntries(Object.entries(got).map(([name, value]) => [name, String(value)]));
    });
    stream.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > ANSWER_BYTES_MAX) stream.destroy(new Error('the answer is too long'));
      else pieces.push(piece);
    });
    stream.on('end', () => {
      if (status === 0) reject(new Error('the connection was closed'));
      else resolve({ status, headers, body: Buffer.concat(pieces) });
    });
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('the connection was closed')));
  });
}
