/** A mail server for tests that answers as it is told, and keeps what it got. */
import { createServer, type Server, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

export interface GotMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As on the wire, dot-stuffing removed, without the final dot. */
  readonly raw: Buffer;
  readonly session: number;
}

/** Bytes to write, or what to do instead of an answer. */
export type Reply = string | 'drop' | 'silent';

export interface HopScript {
  readonly ehlo?: readonly string[];
  readonly greeting?: (session: number) => Reply;
  /** The answer to a command line; undefined = the usual one. `body` answers the final dot. */
  readonly on?: (line: string, session: number) => Reply | undefined;
  readonly body?: (mail: GotMail) => Reply | undefined | Promise<Reply>;
  readonly tls?: SecureContext;
  /** Written right behind the reply to STARTTLS, in clear. */
  readonly injected?: string;
  /** Reads and writes one octet at a time, with this pause. */
  readonly trickleMs?: number;
}

export interface NextHop {
  readonly port: number;
  readonly mails: GotMail[];
  /** Every command line, of all sessions. */
  readonly lines: string[];
  sessions: number;
  /** At the same moment, most. */
  openMax: number;
  script: HopScript;
  close(): Promise<void>;
}

const USUAL_EHLO = ['PIPELINING', 'SIZE 104857600', '8BITMIME', 'DSN', 'ENHANCEDSTATUSCODES'];

export async function nextHop(script: HopScript = {}, port = 0): Promise<NextHop> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    hop.sessions += 1;
    hop.openMax = Math.max(hop.openMax, sockets.size);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(hop, socket, hop.sessions, true);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const hop: NextHop = {
    port: (server.address() as { port: number }).port,
    mails: [],
    lines: [],
    sessions: 0,
    openMax: 0,
    script,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return hop;
}

interface Transaction {
  from: string;
  to: string[];
}

function serve(hop: NextHop, socket: Socket, session: number, greets: boolean): void {
  let pending = Buffer.alloc(0);
  let inBody = false;
  let upgraded = false;
  let mail: Transaction = { from: '', to: [] };

  function say(reply: Reply): void {
    if (reply === 'drop') socket.destroy();
    else if (reply !== 'silent') write(`${reply}\r\n`);
  }

  function write(text: string): void {
    const pause = hop.script.trickleMs;
    if (pause === undefined) {
      socket.write(text);
      return;
    }
    let at = 0;
    const timer = setInterval(() => {
      if (socket.destroyed || at >= text.length) clearInterval(timer);
      else socket.write(text.charAt(at++));
    }, pause);
  }

  function usual(line: string): Reply {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') {
      const extensions = hop.script.ehlo ?? USUAL_EHLO;
      const offered =
        hop.script.tls && !(socket instanceof TLSSocket) ? [...extensions, 'STARTTLS'] : extensions;
      const lines = ['hop.example', ...offered];
      return lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n');
    }
    if (verb === 'MAIL') return '250 2.1.0 Ok';
    if (verb === 'RCPT') return '250 2.1.5 Ok';
    if (verb === 'DATA') return mail.to.length > 0 ? '354 go on' : '503 5.5.1 no recipient';
    if (verb === 'STAR') return '220 2.0.0 ready';
    if (verb === 'QUIT') return '221 2.0.0 bye';
    return '250 2.0.0 Ok';
  }

  function take(line: string): void {
    hop.lines.push(line);
    const reply = hop.script.on?.(line, session) ?? usual(line);
    const verb = line.slice(0, 4).toUpperCase();
    const address = /<(.*)>/.exec(line)?.[1] ?? '';
    if (verb === 'MAIL' && reply.startsWith('2')) mail = { from: address, to: [] };
    if (verb === 'RSET') mail = { from: '', to: [] };
    if (verb === 'RCPT' && reply.startsWith('2')) mail.to.push(address);
    if (verb === 'DATA' && reply.startsWith('3')) inBody = true;
    if (verb === 'STAR' && reply.startsWith('2')) {
      socket.write(`${reply}\r\n${hop.script.injected ?? ''}`, () => upgrade());
      upgraded = true;
      return;
    }
    say(reply);
    if (verb === 'QUIT') socket.end();
  }

  function upgrade(): void {
    socket.removeAllListeners('data');
    const secure = new TLSSocket(socket, {
      isServer: true,
      ...(hop.script.tls ? { secureContext: hop.script.tls } : {}),
    });
    secure.on('error', () => {});
    serve(hop, secure, session, false);
  }

  function takeBody(): boolean {
    const end = pending.indexOf('\r\n.\r\n');
    if (end < 0) return false;
    const raw = pending
      .subarray(0, end + 2)
      .toString('latin1')
      .replace(/(^|\r\n)\.\./g, '$1.');
    pending = pending.subarray(end + 5);
    inBody = false;
    const got: GotMail = { from: mail.from, to: mail.to, raw: Buffer.from(raw, 'latin1'), session };
    const answer = (reply: Reply): void => {
      if (reply.startsWith('2')) hop.mails.push(got);
      say(reply);
    };
    const reply = hop.script.body?.(got) ?? '250 2.0.0 Ok';
    if (typeof reply === 'string') answer(reply);
    else void reply.then(answer);
    return true;
  }

  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      if (upgraded) return;
      if (inBody) {
        if (!takeBody()) return;
        continue;
      }
      const end = pending.indexOf('\r\n');
      if (end < 0) return;
      const line = pending.toString('latin1', 0, end);
      pending = pending.subarray(end + 2);
      take(line);
    }
  });
  if (greets) say(hop.script.greeting?.(session) ?? '220 hop.example ESMTP');
}
