/**
 * Server of one process for the other processes of this gateway, on a Unix socket.
 *
 * Access: the first frame of a connection must carry the token in `<socket>.token`, a file made anew at each start.
 * A process that may not read that file (by its user, or by the permission model it runs under) has no way in.
 * Errors: an exception with a string `code` is told to the caller as it is; anything else becomes `internal`
 * without its text, and goes to `onFault`.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { encodeFrame, FRAME_BYTES_MAX, frameReader } from './frame.ts';

const TOKEN_FRAME_BYTES_MAX = 1024; // Who has no token must not make this process hold more.

/** Answers one call. Throw an error with a documented `code` to refuse. */
type IpcMethod = (params: never) => Promise<unknown> | unknown;
/** Feeds a stream: `push` resolves when the client asks for more, rejects when it has gone. */
type IpcStreamMethod = (
  params: never,
  push: (item: unknown) => Promise<void>,
  signal: AbortSignal,
) => Promise<void>;

export interface IpcServer {
  readonly socketPath: string;
  close(): Promise<void>;
}

export function tokenFileOf(socketPath: string): string {
  return `${socketPath}.token`;
}

export interface IpcService {
  readonly calls: Readonly<Record<string, IpcMethod>>;
  readonly streams?: Readonly<Record<string, IpcStreamMethod>>;
  readonly onFault: (error: unknown, method: string) => void;
}

export async function ipcServer(socketPath: string, service: IpcService): Promise<IpcServer> {
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  rmSync(socketPath, { force: true });
  const token = randomBytes(32).toString('base64url');
  writeFileSync(tokenFileOf(socketPath), token, { mode: 0o600 });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, Buffer.from(token), service);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return {
    socketPath,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serveConnection(socket: Socket, token: Buffer, service: IpcService): void {
  let allowed = false;
  const streams = new Map<number, { more: () => void; abort: AbortController }>();
  socket.on('error', () => {}); // The close that follows ends what was under way.
  socket.on('close', () => {
    for (const s of streams.values()) s.abort.abort();
  });
  const send = (message: unknown): void => {
    if (!socket.destroyed) socket.write(encodeFrame(message));
  };
  const receive = (raw: unknown): void => {
    const m = raw as {
      token?: string;
      id: number;
      method?: string;
      params?: unknown;
      more?: true;
      stop?: true;
    };
    if (!allowed) {
      const given = Buffer.from(typeof m.token === 'string' ? m.token : '');
      if (given.length !== token.length || !timingSafeEqual(given, token)) {
        socket.destroy();
        return;
      }
      allowed = true;
    } else if (m.more) streams.get(m.id)?.more();
    else if (m.stop) streams.get(m.id)?.abort.abort();
    else void answer(m.id, String(m.method), m.params);
  };
  const read = frameReader(receive, () => (allowed ? FRAME_BYTES_MAX : TOKEN_FRAME_BYTES_MAX));

  async function answer(id: number, method: string, params: unknown): Promise<void> {
    try {
      const call = Object.hasOwn(service.calls, method) ? service.calls[method] : undefined;
      if (call) {
        send({ id, ok: (await call(params as never)) ?? null });
        return;
      }
      const feed =
        service.streams && Object.hasOwn(service.streams, method) ? service.streams[method] : undefined;
      if (!feed) throw Object.assign(new Error(`no method ${method}`), { code: 'no-such-method' });
      await serveStream(id, (push, signal) => feed(params as never, push, signal));
      send({ id, ok: null });
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (typeof code === 'string' && !code.startsWith('ERR_')) {
        send({ id, error: { code, message: (error as Error).message } });
      } else {
        service.onFault(error, method);
        send({ id, error: { code: 'internal', message: 'internal error' } });
      }
    }
  }

  async function serveStream(
    id: number,
    run: (push: (item: unknown) => Promise<void>, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const abort = new AbortController();
    const entry = { more: () => {}, abort };
    streams.set(id, entry);
    const push = (item: unknown): Promise<void> =>
      new Promise((resolve, reject) => {
        const gone = (): void => reject(Object.assign(new Error('stream stopped'), { code: 'stopped' }));
        if (abort.signal.aborted) return gone();
        abort.signal.addEventListener('abort', gone, { once: true });
        entry.more = () => {
          abort.signal.removeEventListener('abort', gone);
          resolve();
        };
        send({ id, item });
      });
    try {
      await run(push, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      streams.delete(id);
    }
  }

  socket.on('data', (chunk) => {
    try {
      read(chunk);
    } catch (error) {
      service.onFault(error, 'frame');
      socket.destroy();
    }
  });
}
