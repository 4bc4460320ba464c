/**
 * One guarded HTTP(S) request: address checked after resolution, size and time capped; redirects of a GET followed by
 * hand, those of a POST not at all.
 *
 * See: RFC 2585 §3 (CRL by HTTP), RFC 9110 §15.4 (redirects).
 */
import { lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type BlockList, isIP, type LookupFunction } from 'node:net';
import { mayConnect } from './address-guard.ts';
import type { FetchEnd } from './port.ts';

const REDIRECTS_MAX = 3; // A CRL behind a move or two is common; a longer chain is an attempt.

interface GetRequest {
  readonly url: string;
  readonly timeoutMs: number;
  readonly bytesMax: number;
}

class Refused extends Error {}

interface Posting {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export function guardedPost(wanted: GetRequest & Posting, also: BlockList | null): Promise<FetchEnd> {
  return bounded(wanted.timeoutMs, async (signal) => {
    const answer = await once(new URL(wanted.url), also, signal, wanted);
    const status = answer.statusCode ?? 0;
    if (status < 200 || status > 299) {
      answer.destroy();
      return { kind: 'failed', detail: `status ${status}` };
    }
    return body(answer, wanted.bytesMax);
  });
}

export function guardedGet(wanted: GetRequest, also: BlockList | null): Promise<FetchEnd> {
  return bounded(wanted.timeoutMs, async (signal) => {
    let url = new URL(wanted.url);
    for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
      const answer = await once(url, also, signal, null);
      const status = answer.statusCode ?? 0;
      if (status >= 300 && status < 400 && answer.headers.location) {
        answer.destroy();
        url = new URL(answer.headers.location, url);
        continue;
      }
      if (status !== 200) {
        answer.destroy();
        return { kind: 'failed', detail: `status ${status}` };
      }
      return await body(answer, wanted.bytesMax);
    }
    return { kind: 'refused', detail: `more than ${REDIRECTS_MAX} redirects` };
  });
}

async function bounded(
  timeoutMs: number,
  ask: (signal: AbortSignal) => Promise<FetchEnd>,
): Promise<FetchEnd> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await ask(signal);
  } catch (error) {
    if (signal.aborted) return { kind: 'timeout', detail: `no answer within ${timeoutMs} ms` };
    if (error instanceof Refused) return { kind: 'refused', detail: error.message };
    return { kind: 'failed', detail: (error as Error).message };
  }
}

function once(
  url: URL,
  also: BlockList | null,
  signal: AbortSignal,
  posting: Posting | null,
): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  if (!secure && url.protocol !== 'http:') throw new Refused(`scheme ${url.protocol}`);
  if (url.username || url.password) throw new Refused('credentials in the address');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !mayConnect(host, also)) throw new Refused(`address ${host}`);
  const guardedLookup: LookupFunction = (name, options, done) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      const good = addresses.filter((a) => mayConnect(a.address, also));
      const first = good[0];
      if (!first)
        return done(new Refused(`${name} resolves to no public address`) as NodeJS.ErrnoException, '');
      if (options.all) return done(null, good);
      return done(null, first.address, first.family);
    });
  };
  const open = secure ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // One connection, no agent: nothing of one stranger's request may serve another's.
    const request = open(
      url,
      {
        method: posting ? 'POST' : 'GET',
        lookup: guardedLookup,
        agent: false,
        signal,
        headers: { accept: '*/*', ...posting?.headers },
      },
      resolve,
    );
    request.on('error', reject);
    request.end(posting?.body);
  });
}

async function body(answer: IncomingMessage, bytesMax: number): Promise<FetchEnd> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > bytesMax) {
      answer.destroy();
      return { kind: 'too-large', detail: `more than ${bytesMax} octets` };
    }
    pieces.push(piece);
  }
  if (!answer.complete) return { kind: 'failed', detail: 'cut off' };
  return { kind: 'ok', bytes: Buffer.concat(pieces), mediaType: answer.headers['content-type'] ?? '' };
}
