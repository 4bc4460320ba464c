/**
 * One listener: who may connect, how many at once, and with which certificate.
 */
import { BlockList, isIPv6, type Socket } from 'node:net';
import { createSecureContext, type TLSSocket } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { Settings } from '#node/config/settings.ts';
import type { ServerCertificate } from '#node/tls/certificate-folder.ts';
import type { ReceiveContext } from './context.ts';
import { REPLIES, type Reply } from './replies.ts';
import { ReceiveSession } from './session.ts';

type ListenerSettings = Settings['receive']['listeners'][number];

const REFUSED_LINGER_MS = 2000; // For a refused peer to read why.
/** targets.md: TLS 1.2 with AEAD, TLS 1.3. */
const CIPHERS =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20';

/** Connections of all listeners by peer address. */
export class PeerCounts {
  #total = 0;
  readonly #byPeer = new Map<string, number>();

  get total(): number {
    return this.#total;
  }

  of(peer: string): number {
    return this.#byPeer.get(peer) ?? 0;
  }

  add(peer: string, by: 1 | -1): void {
    this.#total += by;
    const count = this.of(peer) + by;
    if (count === 0) this.#byPeer.delete(peer);
    else this.#byPeer.set(peer, count);
  }
}

export class ReceiveServer extends SMTPServer {
  readonly #context: ReceiveContext;
  readonly #listener: ListenerSettings;
  readonly #peers: PeerCounts;
  readonly #allowed: BlockList | null;

  constructor(
    listener: ListenerSettings,
    certificate: ServerCertificate | null,
    context: ReceiveContext,
    peers: PeerCounts,
  ) {
    super({
      name: context.settings.hostname,
      logger: false,
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      hideDSN: false,
      disabledCommands: [
        'AUTH',
        'XCLIENT',
        'XFORWARD',
        'WIZ',
        'SHELL',
        'KILL',
        ...(certificate ? [] : ['STARTTLS']),
      ],
      socketTimeout: context.settings.receive.idleTimeoutMs,
      onConnect: (_session, ready) => ready(),
      ...certificate,
    });
    this.#context = context;
    this.#listener = listener;
    this.#peers = peers;
    this.#allowed = listener.peers.length === 0 ? null : listOf(listener.peers);
    this.on('error', (error) => context.log.debug({ error: error.message }, 'session error'));
  }

  /** Called by smtp-server's constructor, where it would bring its own key, which all the world knows. */
  override updateSecureContext(): void {
    this.secureContext = new Map();
    const { key, cert } = this.options;
    if (!key || !cert) return;
    const context = createSecureContext({
      key,
      cert,
      minVersion: 'TLSv1.2',
      ciphers: CIPHERS,
      honorCipherOrder: true,
    });
    this.secureContext.set('*', context);
  }

  /** For sessions that begin from now on; the first one makes STARTTLS offered. */
  useCertificate({ key, cert }: ServerCertificate): void {
    Object.assign(this.options, { key, cert });
    this.updateSecureContext();
    const { disabledCommands = [] } = this.options;
    this.options.disabledCommands = disabledCommands.filter((command) => command !== 'STARTTLS');
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const peer = peerOf(socket);
    const refusal = this.#refusalFor(peer);
    if (refusal !== null) {
      refuse(socket, refusal);
      return;
    }
    this.#peers.add(peer, 1);
    socket.once('close', () => this.#peers.add(peer, -1));
    const listener = { ...this.#listener, offersTls: this.secureContext.has('*') };
    const session = new ReceiveSession(this, socket, options, this.#context, listener);
    this.connections.add(session);
    session.on('error', (error) => this._onError(error));
    session.init();
  }

  #refusalFor(peer: string): Reply | null {
    const { connectionsMax, connectionsPerPeerMax } = this.#context.settings.receive;
    if (this.#allowed && !this.#allowed.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4'))
      return REPLIES.peerRefused;
    if (this.#context.isStopping()) return REPLIES.stopping;
    if (this.#context.spool.stateFor(0) === 'broken') return REPLIES.notAccepting;
    if (!this.#context.secondCopy.accepting()) return REPLIES.notAccepting;
    const isFull = this.#peers.total >= connectionsMax || this.#peers.of(peer) >= connectionsPerPeerMax;
    return isFull ? REPLIES.tooManyConnections : null;
  }

  *sessions(): Iterable<ReceiveSession> {
    for (const connection of this.connections) if (connection instanceof ReceiveSession) yield connection;
  }
}

/** An IPv4 peer of an IPv6 listener is an IPv4 peer. */
function peerOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

function refuse(socket: Socket, { code, status, text }: Reply): void {
  socket.on('error', () => {});
  socket.resume();
  socket.end(`${code} ${status} ${text}\r\n`);
  const linger = setTimeout(() => socket.destroy(), REFUSED_LINGER_MS);
  socket.once('close', () => clearTimeout(linger));
}
