/**
 * Client of another process of this gateway, over its Unix socket.
 *
 * Calls are answered in any order. The connection is made at the first call and again after a loss; a call that was
 * under way when it broke rejects with `IpcError('disconnected')` and is never sent again by itself.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { encodeFrame, frameReader } from './frame.ts';

/** What the other process answered instead of a result; `code` is one of its documented words. */
export class IpcError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'IpcError';
    this.code = code;
  }
}

export interface IpcClient {
  /** Calls `method`. Rejects with IpcError. Uint8Array and bigint travel as they are. */
  call<T>(method: string, params: unknown): Promise<T>;
  /** Starts a stream of items. The next item is sent only after `onItem` of the one before has resolved. */
  stream<T>(method: string, params: unknown, onItem: (item: T) => Promise<void> | void): IpcStream;
  close(): void;
}

export interface IpcStream {
  /** Resolves when the server ends the stream or `stop` is called; rejects with IpcError when it breaks. */
  readonly done: Promise<void>;
  stop(): void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  item?(value: unknown): Promise<void> | void;
}

/** `tokenFile` holds the server's access token: who may not read that file may not call (see server.ts). */
export function ipcClient(socketPath: string, tokenFile: string): IpcClient {
  let socket: Socket | null = null;
  let nextId = 1;
  const pending = new Map<number, Pending>();

  function lost(error: Error): void {
    socket?.destroy();
    socket = null;
    const waiting = [...pending.values()];
    pending.clear();
    for (const p of waiting) p.reject(error);
  }

  function receive(message: unknown): void {
    const m = message as {
      id: number;
      ok?: unknown;
      item?: unknown;
      error?: { code: string; message: string };
    };
    const p = pending.get(m.id);
    if (!p) return;
    if ('item' in m) {
      Promise.resolve(p.item?.(m.item)).then(
        () => socket?.write(encodeFrame({ id: m.id, more: true })),
        (error: Error) => {
          pending.delete(m.id);
          socket?.write(encodeFrame({ id: m.id, stop: true }));
          p.reject(error);
        },
      );
      return;
    }
    pending.delete(m.id);
    if (m.error) p.reject(new IpcError(m.error.code, m.error.message));
    else p.resolve(m.ok);
  }

  function open(): Socket {
    if (socket) return socket;
    const s = connect(socketPath);
    socket = s;
    const read = frameReader(receive);
    s.on('data', (chunk) => {
      try {
        read(chunk);
      } catch (error) {
        lost(new IpcError('disconnected', (error as Error).message));
      }
    });
    s.on('error', (error) => {
      if (socket === s) lost(new IpcError('disconnected', error.message));
    });
    s.on('close', () => {
      if (socket === s) lost(new IpcError('disconnected', `${socketPath} closed`));
    });
    s.write(encodeFrame({ token: readFileSync(tokenFile, 'utf8') }));
    return s;
  }

  function send(method: string, params: unknown, entry: Pending): number {
    const id = nextId++;
    try {
      const s = open();
      pending.set(id, entry);
      s.write(encodeFrame({ id, method, params }));
    } catch (error) {
      pending.delete(id);
      entry.reject(new IpcError('disconnected', (error as Error).message));
    }
    return id;
  }

  return {
    call: <T>(method: string, params: unknown) =>
      new Promise<T>((resolve, reject) => {
        send(method, params, { resolve: resolve as (v: unknown) => void, reject });
      }),
    stream<T>(method: string, params: unknown, onItem: (item: T) => Promise<void> | void) {
      let id = 0;
      let end: () => void = () => {};
      const done = new Promise<void>((resolve, reject) => {
        end = resolve;
        id = send(method, params, {
          resolve: () => resolve(),
          reject,
          item: onItem as (v: unknown) => Promise<void> | void,
        });
      });
      return {
        done,
        stop() {
          if (pending.delete(id)) socket?.write(encodeFrame({ id, stop: true }));
          end();
        },
      };
    },
    close: () => lost(new IpcError('disconnected', 'closed here')),
  };
}
