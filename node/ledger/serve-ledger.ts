/**
 * The event log and the vault for the other processes of this gateway: LedgerPort behind a Unix socket.
 *
 * Events go in pieces of PIECE_EVENTS or PIECE_BYTES, whichever comes first.
 */
import type { StoredEvent } from '#consensus/event-log.ts';
import type { LocalLog } from '#consensus/local-log.ts';
import type { IpcService } from '#node/ipc/server.ts';
import type { LedgerIdentity } from './identity.ts';
import type { OpenedLedger } from './opened-ledger.ts';
import { clusterCalls, pushViews } from './serve-cluster.ts';
import { type LedgerCalls, type LedgerStreams, PIECE_BYTES, PIECE_EVENTS } from './wire.ts';

const CHECKPOINTS_MAX = 1000; // Of one answer, about 300 octets each.

type Push = (item: unknown) => Promise<void>;

export function ledgerService(
  { log, append, cluster, administration, signers }: OpenedLedger,
  identity: LedgerIdentity,
  onFault: IpcService['onFault'],
): IpcService {
  const { clusterId, node, publicKey } = identity;
  return {
    calls: {
      append: ({ batch, expect }: LedgerCalls['append']) => append(batch, expect),
      read: ({ from, limit }: LedgerCalls['read']) => readPiece(log, from, limit),
      head: () => log.head('local'),
      status: () => log.status(),
      identity: () => ({ clusterId, node, publicKey }),
      signers: () => ({ ...signers(), [node]: publicKey }),
      checkpoints: ({ from, limit }: LedgerCalls['checkpoints']) =>
        log.checkpoints.list(from, Math.min(limit, CHECKPOINTS_MAX)),
      signExport: () => log.signExport(),
      saveSnapshot: ({ name, at, data }: LedgerCalls['saveSnapshot']) => log.snapshots.save(name, at, data),
      loadSnapshot: ({ name }: LedgerCalls['loadSnapshot']) => log.snapshots.load(name),
      vaultGet: ({ name }: LedgerCalls['vaultGet']) => log.vault.get(name),
      vaultPut: ({ name, value, onlyIfAbsent }: LedgerCalls['vaultPut']) =>
        log.vault.put(name, value, { onlyIfAbsent }),
      vaultDelete: ({ name }: LedgerCalls['vaultDelete']) => log.vault.delete(name),
      vaultReplace: ({ name, from, to }: LedgerCalls['vaultReplace']) => log.vault.replace(name, from, to),
      vaultNames: ({ prefix }: LedgerCalls['vaultNames']) => log.vault.names(prefix),
      ...clusterCalls(cluster, administration),
    },
    streams: {
      subscribe: ({ from }: LedgerStreams['subscribe'], push, signal) => pushTail(log, from, push, signal),
      readStream: ({ stream }: LedgerStreams['readStream'], push) => pushStream(log, stream, push),
      'cluster.follow': (_: LedgerStreams['cluster.follow'], push, signal) =>
        pushViews(cluster, push, signal),
    },
    onFault,
  };
}

/** Gathers events into pieces. */
class Piece {
  events: StoredEvent[] = [];
  #bytes = 0;

  /** True when the piece is full. */
  add(event: StoredEvent): boolean {
    this.events.push(event);
    this.#bytes += event.payload.length;
    return this.events.length >= PIECE_EVENTS || this.#bytes >= PIECE_BYTES;
  }

  take(): StoredEvent[] {
    const { events } = this;
    this.events = [];
    this.#bytes = 0;
    return events;
  }
}

/** The first events of [from, from + limit): fewer when they are large, none only at the end of the log. */
async function readPiece(log: LocalLog, from: bigint, limit: number): Promise<StoredEvent[]> {
  const piece = new Piece();
  if (limit <= 0) return [];
  for await (const event of log.read(from, from + BigInt(limit) - 1n)) if (piece.add(event)) break;
  return piece.events;
}

async function pushStream(log: LocalLog, stream: string, push: Push): Promise<void> {
  const piece = new Piece();
  for await (const event of log.readStream(stream)) {
    if (piece.add(event)) await push({ events: piece.take(), caughtUp: false });
  }
  if (piece.events.length > 0) await push({ events: piece.take(), caughtUp: true });
}

async function pushTail(log: LocalLog, from: bigint, push: Push, signal: AbortSignal): Promise<void> {
  if (from > log.status().localHead) await push({ events: [], caughtUp: true });
  const piece = new Piece();
  const subscription = log.subscribe(from, async (event) => {
    const full = piece.add(event);
    const caughtUp = event.position === log.status().localHead;
    if (full || caughtUp) await push({ events: piece.take(), caughtUp });
  });
  const stop = (): void => subscription.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  await subscription.done;
}
