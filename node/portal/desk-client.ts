/**
 * PortalDesk over the desk's socket. A desk that restarts is waited for; after WAIT_MS the answer is `unavailable`, which
 * the partner sees as a page, and nothing is lost.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { IpcError, ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import type { PortalDesk } from './desk-port.ts';

const WAIT_MS = 10_000;
const RETRY_MS = 200;

export interface DeskClient extends PortalDesk {
  close(): void;
}

export function deskClient(socketPath: string): DeskClient {
  const ipc = ipcClient(socketPath, tokenFileOf(socketPath));
  const unavailable = { kind: 'unavailable' } as const;

  async function call<T>(method: keyof PortalDesk, request: unknown, otherwise: T): Promise<T> {
    const untilMs = performance.now() + WAIT_MS;
    for (;;) {
      try {
        return await ipc.call<T>(method, request);
      } catch (error) {
        if (!(error instanceof IpcError)) throw error;
        if (error.code !== 'disconnected' || performance.now() >= untilMs) return otherwise;
        await wait(RETRY_MS);
      }
    }
  }

  return {
    open: (request) => call('open', request, unavailable),
    signIn: (request) => call('signIn', request, unavailable),
    confirm: (request) => call('confirm', request, unavailable),
    register: (request) => call('register', request, unavailable),
    view: (request) => call('view', request, unavailable),
    changePassword: (request) => call('changePassword', request, unavailable),
    setLanguage: (request) => call('setLanguage', request, undefined),
    earlier: (request) => call('earlier', request, []),
    submit: (request) => call('submit', request, unavailable),
    close: () => ipc.close(),
  };
}
