/**
 * KeysPort for the other processes of this gateway, over the socket of the `keys` process.
 *
 * A call that breaks because that process restarts is made again, for RESTART_WAIT_MS at most; then it rejects with
 * `unavailable`. Making a call twice is harmless: a key that was made and never recorded is forgotten.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Layout } from '#node/config/layout.ts';
import { IpcError, ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import { KeysError } from './keys-error.ts';
import type { KeysPort } from './port.ts';

const RESTART_WAIT_MS = 15_000; // The supervisor's first back-offs and the start of the process fit into it.
const RETRY_MS = 100;

export interface KeysClient extends KeysPort {
  close(): void;
}

/** Calls over one of the sockets of the `keys` process, repeated while it restarts. */
export function keysCaller<Method extends string>(
  socketPath: string,
  restartWaitMs: number = RESTART_WAIT_MS,
): { call<T>(method: Method, request: unknown): Promise<T>; close(): void } {
  const ipc = ipcClient(socketPath, tokenFileOf(socketPath));
  let closed = false;

  async function call<T>(method: Method, request: unknown): Promise<T> {
    const untilMs = performance.now() + restartWaitMs;
    for (;;) {
      try {
        return await ipc.call<T>(method, request);
      } catch (error) {
        if (!(error instanceof IpcError) || error.code !== 'disconnected') throw error;
        if (closed || performance.now() >= untilMs) {
          throw new KeysError('unavailable', `the keys process does not answer: ${error.message}`);
        }
        await wait(RETRY_MS);
      }
    }
  }

  return {
    call,
    close() {
      closed = true;
      ipc.close();
    },
  };
}

export function keysClient(layout: Layout, restartWaitMs: number = RESTART_WAIT_MS): KeysClient {
  const { call, close } = keysCaller<keyof KeysPort>(layout.keysSocket, restartWaitMs);
  return {
    generate: (request) => call('generate', request),
    generateOpenPgp: (request) => call('generateOpenPgp', request),
    importPrivateKey: (request) => call('importPrivateKey', request),
    importOpenPgp: (request) => call('importOpenPgp', request),
    importPkcs12: (request) => call('importPkcs12', request),
    exportPkcs12: (request) => call('exportPkcs12', request),
    sign: (request) => call('sign', request),
    unwrapRsa: (request) => call('unwrapRsa', request),
    deriveSharedSecret: (request) => call('deriveSharedSecret', request),
    openPgpSessionKey: (request) => call('openPgpSessionKey', request),
    openPgpSign: (request) => call('openPgpSign', request),
    openSealedKey: (request) => call('openSealedKey', request),
    mac: (request) => call('mac', request),
    nodeKey: (request) => call('nodeKey', request),
    giveClusterKey: (request) => call('giveClusterKey', request),
    nodeAuthorityKey: (request) => call('nodeAuthorityKey', request),
    signAsNodeAuthority: (request) => call('signAsNodeAuthority', request),
    replaceClusterKey: (request) => call('replaceClusterKey', request),
    refreshSecrets: (request) => call('refreshSecrets', request),
    replacementProgress: (request) => call('replacementProgress', request),
    makePdfPassword: (request) => call('makePdfPassword', request),
    sealPdfPassword: (request) => call('sealPdfPassword', request),
    checkPdfPassword: (request) => call('checkPdfPassword', request),
    showPdfPassword: (request) => call('showPdfPassword', request),
    sealToken: (request) => call('sealToken', request),
    openToken: (request) => call('openToken', request),
    signOrder: (request) => call('signOrder', request),
    close,
  };
}
