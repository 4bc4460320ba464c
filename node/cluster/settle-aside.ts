/**
 * Looks at an older history of this machine that was set aside: whether it holds events that the log does not. They stay
 * where they are, readable, and the log says that there are such (`DivergenceFound`).
 */

import type { Position, StoredEvent } from '#consensus/event-log.ts';
import type { LevelEventLog } from '#consensus/level-event-log.ts';
import { CLUSTER_STREAM, clusterDecider } from '#domain/cluster/cluster.ts';
import { execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { ClusterFile } from './cluster-file.ts';

type Reader = { read(from: Position, to?: Position): AsyncIterable<StoredEvent> };

export interface AsidePorts {
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly log: Reader;
  openOld(folder: string): Promise<LevelEventLog>;
  readonly nowMs: () => number;
}

/** How many events it holds that the log does not. Rejects when they could not be recorded. */
export async function settleAside(
  ports: AsidePorts,
  { folder, node, generation }: NonNullable<ClusterFile['aside']>,
): Promise<number> {
  const old = await ports.openOld(folder);
  try {
    const last = (await old.head()).position;
    const common = await lastCommon(old, ports.log, last);
    const events = Number(last - common);
    if (events === 0) return 0;
    const at = ports.nowMs();
    const from = String(common + 1n);
    const command = { type: 'RecordDivergence', node, generation, from, events, at } as const;
    const requestId = `divergence|${node}|${generation}|${from}|${events}`;
    const meta = { requestId, actor: `node/${node}`, reason: `kept in ${folder}`, atMs: at };
    await execute(ports.ledger, clusterDecider, CLUSTER_STREAM, command, meta);
    return events;
  } finally {
    await old.close();
  }
}

/** Both are chains: up to some position they are the same, and beyond it nothing is. */
async function lastCommon(old: Reader, now: Reader, last: Position): Promise<Position> {
  let same = 0n;
  let other = last + 1n;
  while (other - same > 1n) {
    const middle = (same + other) / 2n;
    const [a, b] = await Promise.all([hashAt(old, middle), hashAt(now, middle)]);
    if (a !== null && b !== null && Buffer.compare(a, b) === 0) same = middle;
    else other = middle;
  }
  return same;
}

async function hashAt(log: Reader, position: Position): Promise<Uint8Array | null> {
  for await (const event of log.read(position, position)) return event.hash;
  return null;
}
