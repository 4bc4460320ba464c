/**
 * When a gateway's own log is damaged: what the head to reach is, where the missing events come from, and putting the
 * rebuilt log in place, at the start or while the gateway runs. Without anybody to ask, the log stays as it is: what is
 * whole is served, and `status` says what is wrong.
 */
import { join } from 'node:path';
import { type Head, LogError, type Position } from '../event-log.ts';
import { readHeadFile } from '../head-file.ts';
import { type KeyValueQuorum, QuorumError } from '../key-value-quorum.ts';
import type { LevelDatabase } from '../level-database.ts';
import { HEAD_KEY } from '../level-keys.ts';
import { LevelStore, type StoreOptions } from '../level-store.ts';
import { tablesProblem } from '../leveldb/check-tables.ts';
import { decodeState } from '../log-state.ts';
import type { PeerLog } from '../peer-log.ts';
import { QuorumEvents } from './quorum-events.ts';
import type { QuorumView } from './quorum-view.ts';
import { finishRebuild, rebuildLog } from './rebuild-log.ts';

export interface HealingPorts {
  readonly store: StoreOptions;
  readonly quorum: KeyValueQuorum;
  readonly peers: PeerLog;
  readonly view: QuorumView;
  readonly timeoutMs: number;
}

/** Opens the store, rebuilt when it was damaged and could be. Throws `log-damaged` when it cannot be opened at all. */
export async function openHealed(ports: HealingPorts): Promise<LevelStore> {
  await finishRebuild(ports.store.folder);
  let store: LevelStore | null = null;
  let problem: string;
  try {
    store = await LevelStore.open(ports.store);
    if (!store.damage || store.damage.foreign) return store;
    problem = store.damage.reason;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    problem = error.message;
  }
  const fetched = await rebuilt(ports, store?.db ?? null);
  if (fetched === null) return store ?? (await LevelStore.open(ports.store));
  await store?.close();
  await finishRebuild(ports.store.folder);
  const healed = await LevelStore.open(ports.store);
  healed.notices.push(told(problem, fetched));
  return healed;
}

/** Rebuilds the damaged log of a running gateway; what was done, empty when nothing could be. */
export async function heal(store: LevelStore, ports: HealingPorts): Promise<string> {
  const { damage } = store;
  if (!damage || damage.foreign) return '';
  const fetched = await rebuilt(ports, store.db);
  if (fetched === null) return '';
  await store.replaceFiles(() => finishRebuild(ports.store.folder));
  const notice = told(damage.reason, fetched);
  store.notices.push(notice);
  return notice;
}

function told(problem: string, fetched: number): string {
  return `${problem}; the log was rebuilt, ${fetched} events came from other gateways`;
}

/** Count of the events that came from elsewhere; null when it could not be done. */
async function rebuilt(ports: HealingPorts, db: LevelDatabase | null): Promise<number | null> {
  try {
    // LevelDB ends the process on some octets in its tables, so it does not read them when their sums are wrong.
    const isReadable = db !== null && (await tablesProblem(join(ports.store.folder, 'log'))) === '';
    const local = isReadable ? db : null;
    const goal = await knownHead(ports, local);
    return goal && (await rebuildLog({ store: ports.store, local, source: elsewhere(ports), goal }));
  } catch (error) {
    if (error instanceof LogError || error instanceof QuorumError) return null;
    throw error;
  }
}

/** The furthest head that this gateway is known to have had on disk; else the quorum's. */
async function knownHead({ store, view }: HealingPorts, local: LevelDatabase | null): Promise<Head | null> {
  const file = (await readHeadFile(join(store.folder, 'head')))?.state ?? null;
  const stored = await local?.get(HEAD_KEY).catch(() => undefined);
  const inLevel = stored ? decodeState(stored) : null;
  const known = [file, inLevel].filter((state) => state !== null).sort((a, b) => Number(b.writes - a.writes));
  if (known[0]) return known[0];
  await view.look();
  return view.head;
}

/** The quorum's part of the log, and below its floor the other gateways'. */
function elsewhere({ quorum, peers, view, timeoutMs }: HealingPorts): PeerLog {
  const events = new QuorumEvents(quorum, view, timeoutMs);
  return {
    async *segments(from: Position) {
      let next = from;
      try {
        await view.look();
        while (view.floor && next > view.floor.position) {
          const found = await events.fetch(next);
          for (const { found: value } of found) {
            const record = await events.recordOf(value);
            if (!record) return;
            yield record;
            next += 1n;
          }
          if (found.length === 0) break;
        }
      } catch (error) {
        if (!(error instanceof QuorumError)) throw error;
      }
      yield* askable(peers, next);
    },
  };
}

/** A gateway that cannot be asked has nothing. */
async function* askable(peers: PeerLog, from: Position): AsyncGenerator<Uint8Array> {
  try {
    yield* peers.segments(from);
  } catch {
    // Whatever went wrong there: how far it came decides.
  }
}
