/** What another gateway may ask of this one: routes of the peer server, each a function of request to answer. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

export interface PeerRequest {
  /** Node id of the client certificate, a current member; '' on a route that is open to joiners. */
  readonly from: string;
  /** Segments behind the route's prefix, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

export interface PeerAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface PeerRoute {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** First path segment. */
  readonly prefix: string;
  /** No client certificate is needed: joining only. */
  readonly open?: true;
  handle(request: PeerRequest): Promise<PeerAnswer>;
}

/** A JSON answer. */
export function jsonAnswer(value: unknown, status = 200): PeerAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** The whole body, at most `bytesMax`; null when it is longer. */
export async function wholeBody(body: Readable, bytesMax: number): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += (piece as Buffer).length;
    if (bytes > bytesMax) return null;
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

/** The body as JSON; null when it is too long or none. */
export async function jsonBody(body: Readable, bytesMax: number): Promise<unknown> {
  const octets = await wholeBody(body, bytesMax);
  try {
    return octets && JSON.parse(octets.toString('utf8'));
  } catch {
    return null;
  }
}
