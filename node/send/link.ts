/**
 * One SMTP session with a next hop, from its greeting to its end; it carries one mail after the other.
 *
 * RFC 5321, 3207 (STARTTLS), 4954 (AUTH), 2920 (pipelining). Errors: `openLink` rejects with `DialError`; `deliver`
 * never rejects, it gives an answer for every recipient.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { type Answer, answerOfReply, ownAnswer } from './answer.ts';
import { DialError, type Dialled } from './dial.ts';
import type { DestinationSpec } from './routes.ts';
import { type SessionError, sessionStep } from './session-step.ts';
import { SmtpSession } from './smtp-session.ts';
import type { TlsOptionsOf } from './tls-levels.ts';
import type { NextHopOffer, Transmission } from './transmission.ts';

/** RFC 5321 §4.5.3.2.6 gives the final dot ten minutes; a peer that trickles must not hold a slot much longer. */
const TRANSACTION_MS_MIN = 600_000;
const SLOWEST_BYTES_PER_S = 8 * 1024; // At this rate a mail of 50 MB takes under two hours.
const CLOSE_WAIT_MS = 1000;

export interface LinkSettings {
  /** Given with EHLO. */
  readonly hostname: string;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly tlsOptionsOf: TlsOptionsOf;
}

export interface Delivered {
  /** One for each recipient of the transmission, in its order. */
  readonly answers: readonly Answer[];
  /**
   * `lost-unused`: the connection broke before the mail was asked for; on a kept connection this says nothing about
   * the mail. `unreadable`: the content could not be read to its end; the next hop has not got it.
   */
  readonly end: 'replied' | 'lost' | 'lost-unused' | 'unreadable';
}

export interface Link {
  /** For the trace: `mx.example.org[192.0.2.1]:25`. */
  readonly nextHop: string;
  /** `TLSv1.3 TLS_AES_256_GCM_SHA384`, null in clear. */
  readonly tls: string | null;
  readonly offer: NextHopOffer;
  readonly usable: boolean;
  /** Mails carried so far. */
  readonly carried: number;
  /** On the monotonic clock. */
  readonly openedAtMs: number;
  deliver(transmission: Transmission, content: Buffer | Readable, sizeBytes: number): Promise<Delivered>;
  /** Called once when the session is over, whoever ended it. */
  onEnd(tell: () => void): void;
  /** Says QUIT and closes. */
  quit(): void;
  /** Closes at once. */
  drop(): void;
}

/** `inClear`: do without TLS, because it failed here lately; only honoured for `opportunistic`. */
export async function openLink(
  dialled: Dialled,
  spec: DestinationSpec,
  settings: LinkSettings,
  inClear: boolean,
): Promise<Link> {
  const session = new SmtpSession({
    connection: dialled.socket,
    host: dialled.hostname,
    port: dialled.port,
    name: settings.hostname,
    ignoreTLS: spec.tls === 'none' || (spec.tls === 'opportunistic' && inClear),
    requireTLS: spec.tls === 'mandatory' || spec.tls === 'verified',
    opportunisticTLS: spec.tls === 'opportunistic',
    tls: settings.tlsOptionsOf(spec.tls),
    connectionTimeout: settings.connectTimeoutMs,
    greetingTimeout: settings.connectTimeoutMs,
    socketTimeout: settings.idleTimeoutMs,
    socketCloseTimeout: CLOSE_WAIT_MS,
  });
  session.on('error', () => {}); // Whoever waits is told by his step.
  try {
    await sessionStep(session, (done) => session.connect(done));
    await authenticate(session, spec);
  } catch (error) {
    session.close();
    throw new DialError(answerOfFailedStart(session, error as SessionError));
  }
  return linkOver(session, dialled);
}

async function authenticate(session: SmtpSession, spec: DestinationSpec): Promise<void> {
  if (spec.user === null) return;
  // RFC 4954 §9: an operator who wants a password sent in clear must say `tls: none`.
  if (!session.secure && spec.tls !== 'none') throw new Error('no TLS, the password is not sent');
  const user = spec.user;
  const pass = spec.passwordFile === null ? '' : readFileSync(spec.passwordFile, 'utf8').trimEnd();
  await sessionStep(session, (done) => session.login({ user, pass }, done));
}

function answerOfFailedStart(session: SmtpSession, error: SessionError): Answer {
  if (session.upgrading || error.code === 'ETLS') {
    return ownAnswer('later', TLS_FAILED, `TLS failed: ${error.message}`);
  }
  if (typeof error.response === 'string' && error.response !== '') {
    const answer = answerOfReply(error.response, false);
    // RFC 5321 §3.1 allows a 554 greeting; it speaks of the server, not of our mail, so the mail waits.
    return { ...answer, outcome: 'later', status: answer.status.replace(/^[25]/, '4') };
  }
  return ownAnswer('later', '4.4.2', error.message);
}

const TLS_FAILED = '4.7.5';

/** Worth telling apart: an opportunistic destination is then tried in clear. */
export function isTlsFailure(error: DialError): boolean {
  return !error.answer.remote && error.answer.status === TLS_FAILED;
}

function tlsOf(session: SmtpSession): string | null {
  const socket = session.socket;
  if (!(socket instanceof TLSSocket)) return null;
  return `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher().name}`;
}

function answersOf(
  session: SmtpSession,
  end: string | SessionError,
  addresses: readonly string[],
): readonly Answer[] {
  const refused = new Map<string, Answer>();
  for (const { recipient, response } of session.rejected) {
    if (recipient !== undefined) refused.set(recipient, answerOfReply(response ?? '', true));
  }
  const reply = typeof end === 'string' ? end : end.response;
  const rest =
    typeof reply === 'string'
      ? answerOfReply(reply, false)
      : ownAnswer('later', '4.4.2', `lost connection: ${(end as Error).message}`);
  return addresses.map((address) => refused.get(address) ?? rest);
}

function linkOver(session: SmtpSession, dialled: Dialled): Link {
  let carried = 0;

  async function transact(
    transmission: Transmission,
    content: Buffer | Readable,
    sizeBytes: number,
  ): Promise<string | SessionError> {
    const limitMs = TRANSACTION_MS_MIN + (sizeBytes / SLOWEST_BYTES_PER_S) * 1000;
    const timer = setTimeout(() => session.close(), limitMs);
    session.prepare(transmission.parameters);
    const to = [...transmission.addresses];
    const envelope = {
      from: transmission.sender === '' ? (false as const) : transmission.sender,
      to,
      size: sizeBytes,
    };
    try {
      const info = await sessionStep<{ response: string }>(session, (done) =>
        session.send(envelope, content, done),
      );
      return info?.response ?? '';
    } catch (error) {
      return error as SessionError;
    } finally {
      clearTimeout(timer);
    }
  }

  async function deliver(
    transmission: Transmission,
    content: Buffer | Readable,
    sizeBytes: number,
  ): Promise<Delivered> {
    carried += 1;
    const end = await transact(transmission, content, sizeBytes);
    const answers = answersOf(session, end, transmission.addresses);
    if (typeof end === 'string') return { answers, end: 'replied' };
    if (typeof end.response === 'string') {
      if (!session.destroyed) await reset();
      return { answers, end: 'replied' };
    }
    // Without the final dot the next hop must not take what it has got so far (RFC 5321 §4.1.1.4).
    session.close();
    if (end.code === 'ESTREAM') return { answers, end: 'unreadable' };
    return { answers, end: session.bodyStarted ? 'lost' : 'lost-unused' };
  }

  /** A refusal can leave half a transaction behind. */
  async function reset(): Promise<void> {
    try {
      await sessionStep(session, (done) => session.reset(done));
    } catch {
      session.close(); // A session that cannot be reset is not used again.
    }
  }

  const name = isIP(dialled.hostname) ? '' : dialled.hostname;
  return {
    nextHop: `${name}[${dialled.address}]:${dialled.port}`,
    tls: tlsOf(session),
    offer: {
      dsn: session.offers('DSN'),
      eightBitMime: session.offers('8BITMIME'),
      smtpUtf8: session.offers('SMTPUTF8'),
      requireTls: session.offers('REQUIRETLS'),
      sizeBytesMax: session.sizeBytesMax,
    },
    get usable() {
      return !session.destroyed;
    },
    get carried() {
      return carried;
    },
    openedAtMs: performance.now(),
    deliver,
    onEnd: (tell) => void session.once('end', tell),
    quit: () => session.quit(),
    drop: () => session.close(),
  };
}
