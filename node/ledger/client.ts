/**
 * LedgerPort over the ledger's socket.
 *
 * The ledger may start later than its callers or start again: calls are repeated for LEDGER_WAIT_MS before they fail with
 * `disconnected`. That is safe, since every one of them is idempotent: appends by their ids, vault puts by their names.
 * A subscription goes on by itself where it was, for as long as it takes.
 */
import {
  type Appended,
  type Head,
  LogError,
  type LogStatus,
  type Position,
  type StoredEvent,
  type Subscription,
} from '#consensus/event-log.ts';
import type { SignedHead } from '#consensus/signed-head.ts';
import { type IpcStream, ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import { type LedgerPort, SNAPSHOT_BYTES_MAX } from './port.ts';
import {
  isDisconnected,
  LEDGER_WAIT_MS,
  pause,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
  repeated,
} from './repeated-call.ts';
import type { EventPiece, LedgerCalls, LedgerStreams } from './wire.ts';

export interface LedgerClient extends LedgerPort {
  close(): void;
}

export function ledgerClient(socketPath: string, waitMs: number = LEDGER_WAIT_MS): LedgerClient {
  const ipc = ipcClient(socketPath, tokenFileOf(socketPath));
  const closed = new AbortController();

  const again = <T>(ask: () => Promise<T>): Promise<T> => repeated(ask, waitMs, closed.signal);

  function call<M extends keyof LedgerCalls, T>(method: M, params: LedgerCalls[M]): Promise<T> {
    return again(() => ipc.call<T>(method, params));
  }

  function stream<M extends keyof LedgerStreams>(
    method: M,
    params: LedgerStreams[M],
    onPiece: (piece: EventPiece) => Promise<void> | void,
  ): IpcStream {
    return ipc.stream<EventPiece>(method, params, onPiece);
  }

  return {
    append: (batch, expect) => call<'append', Appended>('append', { batch, expect }),
    readStream: (name) =>
      again(async () => {
        const all: StoredEvent[] = [];
        await stream('readStream', { stream: name }, ({ events }) => void all.push(...events)).done;
        return all;
      }),
    async read(from, limit) {
      const all: StoredEvent[] = [];
      while (all.length < limit) {
        const at = { from: from + BigInt(all.length), limit: limit - all.length };
        const events = await call<'read', StoredEvent[]>('read', at);
        if (events.length === 0) break;
        all.push(...events);
      }
      return all;
    },
    subscribe: (from, on) => followLedger(stream, from, on, closed.signal),
    head: () => call<'head', Head>('head', null),
    status: () => call<'status', LogStatus>('status', null),
    identity: () => call('identity', null),
    signers: () => call('signers', null),
    checkpoints: (from, limit) => call<'checkpoints', SignedHead[]>('checkpoints', { from, limit }),
    signExport: () => call<'signExport', SignedHead>('signExport', null),
    snapshots: {
      async save(name, at, data) {
        if (data.length > SNAPSHOT_BYTES_MAX) {
          throw new LogError(
            'too-large',
            `a snapshot of ${data.length} octets; at most ${SNAPSHOT_BYTES_MAX}`,
          );
        }
        await call('saveSnapshot', { name, at, data });
      },
      load: (name) => call('loadSnapshot', { name }),
    },
    vault: {
      get: (name) => call('vaultGet', { name }),
      put: (name, value, { onlyIfAbsent = false } = {}) => call('vaultPut', { name, value, onlyIfAbsent }),
      delete: (name) => call('vaultDelete', { name }),
      replace: (name, from, to) => call('vaultReplace', { name, from, to }),
      names: (prefix) => call('vaultNames', { prefix }),
    },
    close() {
      closed.abort();
      ipc.close();
    },
  };
}

function followLedger(
  stream: (
    method: 'subscribe',
    params: LedgerStreams['subscribe'],
    onPiece: (piece: EventPiece) => Promise<void>,
  ) => IpcStream,
  from: Position,
  on: (piece: EventPiece) => Promise<void> | void,
  closed: AbortSignal,
): Subscription {
  const stopping = new AbortController();
  const stop = AbortSignal.any([closed, stopping.signal]);
  let running: IpcStream | null = null;
  stop.addEventListener('abort', () => running?.stop(), { once: true });

  async function follow(): Promise<void> {
    let next = from < 1n ? 1n : from;
    let pauseMs = RETRY_MIN_MS;
    let handler: { error: unknown } | null = null;
    while (!stop.aborted) {
      running = stream('subscribe', { from: next }, async (piece) => {
        if (stop.aborted) return;
        const first = piece.events[0];
        if (first && first.position !== next)
          throw new Error(`subscription: ${first.position} after ${next - 1n}`);
        try {
          await on(piece);
        } catch (error) {
          handler = { error }; // May itself be a `disconnected`, from somewhere else.
          throw error;
        }
        next += BigInt(piece.events.length);
        pauseMs = RETRY_MIN_MS;
      });
      try {
        await running.done;
      } catch (error) {
        if (stop.aborted) return;
        if (handler || !isDisconnected(error)) throw error;
      }
      // Also after an orderly end: the ledger is stopping.
      await pause(pauseMs, stop);
      pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS);
    }
  }
  return { done: follow(), stop: () => stopping.abort() };
}
