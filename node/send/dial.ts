/**
 * Opens a TCP connection to a destination: to the host the mailer table names, or to the best MX that answers.
 *
 * RFC 5321 §5.1 (MX in order of preference, A/AAAA without MX), RFC 7505 (null MX). An MX may not point at private or
 * local addresses: a foreign DNS must not make the gateway talk to its own neighbours. Own servers belong in the table.
 *
 * Errors: `DialError`; `answer` is permanent only when DNS says that the domain takes no mail.
 */
import { connect, type Socket } from 'node:net';
import { type Answer, ownAnswer } from './answer.ts';
import type { DestinationSpec } from './routes.ts';

export interface Dialled {
  readonly socket: Socket;
  /** Name to be verified in the peer's certificate, and for SNI. */
  readonly hostname: string;
  readonly address: string;
  readonly port: number;
}

export class DialError extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(answer.text);
    this.answer = answer;
  }
}

export interface DialOptions {
  readonly connectTimeoutMs: number;
  /** Addresses of this destination that answered TCP but no SMTP lately; the other MX hosts are tried first. */
  readonly avoid: readonly string[];
}

export type Dial = (spec: DestinationSpec, options: DialOptions) => Promise<Dialled>;

interface MxResolver {
  /** Replaces the system's DNS; rejects with `code` ENOTFOUND or ENODATA when there is no such record. */
  readonly resolveRecords?: (domain: string, type: string) => Promise<unknown[]>;
  readonly blockLocalAddresses: boolean;
}

const PUBLIC_DNS: MxResolver = { blockLocalAddresses: true };

export function dialBy(mx: MxResolver = PUBLIC_DNS): Dial {
  return (spec, options) =>
    spec.way.kind === 'host'
      ? dialHost(spec.way.host, spec.port, options)
      : dialMx(spec.way.domain, spec.port, options, mx);
}

function dialHost(host: string, port: number, options: DialOptions): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, autoSelectFamily: true });
    const fail = (text: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new DialError(ownAnswer('later', '4.4.1', `${host}:${port}: ${text}`)));
    };
    const timer = setTimeout(() => fail('connection timed out'), options.connectTimeoutMs);
    const onError = (error: NodeJS.ErrnoException): void => fail(error.code ?? error.message);
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve({ socket, hostname: host, address: socket.remoteAddress ?? host, port });
    });
  });
}

/** What mx-connect adds to its errors. */
interface MxError extends Error {
  readonly code?: string;
  readonly category?: string;
  readonly temporary?: boolean;
}

async function dialMx(domain: string, port: number, options: DialOptions, mx: MxResolver): Promise<Dialled> {
  // Loaded at the first need: a gateway whose mailer table names every next hop never does.
  const { default: mxConnect } = await import('mx-connect');
  try {
    const found = await mxConnect({
      target: domain,
      port,
      maxConnectTime: options.connectTimeoutMs,
      ignoreMXHosts: [...options.avoid],
      dnsOptions: { ...mx },
    });
    found.socket.setNoDelay(true);
    return { socket: found.socket, hostname: found.hostname, address: found.host, port: found.port };
  } catch (error) {
    throw new DialError(answerOfMxError(domain, error as MxError));
  }
}

function answerOfMxError(domain: string, error: MxError): Answer {
  if (error.code === 'ENULLMX') return ownAnswer('refused', '5.1.10', `${domain} accepts no mail`); // RFC 7505 §4.2
  if (error.category === 'dns' && error.code === 'ENOTFOUND' && error.temporary !== true) {
    return ownAnswer('refused', '5.1.2', `${domain} does not exist or has no mail server`);
  }
  return ownAnswer('later', error.category === 'dns' ? '4.4.3' : '4.4.1', error.message);
}
