/**
 * Brings the lines of this gateway's trace journals to another gateway, so that they can be read when this one is lost.
 *
 * The gateway that is asked first for copies of mails (buddy-choice.ts) gets them, every PUSH_MS, a piece at a time. It
 * says how far its copy is complete, also after a time without each other or a restart; another one that takes its place
 * gets everything that is kept here. What cannot be brought now is brought later: it lies in the journals.
 */
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import type { Log } from '#node/log.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import { buddiesOf } from '#node/shadow/buddy-choice.ts';
import { JOURNALS, type JournalName } from './journal.ts';
import { newLines, type TailCheckpoint } from './journal-tail.ts';

const PUSH_MS = 1000; // What a lost gateway's copy lacks.
const PIECE_MS = 10_000; // A megabyte over a slow line.

export interface PushTracesPorts {
  /** Folder of the journals. */
  readonly folder: string;
  readonly client: Pick<PeerClient, 'request'>;
  readonly view: () => ClusterView | null;
  readonly log: Log;
}

export interface PushTraces {
  /** Brings what is new. Never rejects. */
  push(): Promise<void>;
  stop(): Promise<void>;
}

/** What the holder has: up to here; null: nothing yet; undefined: it was not asked yet. */
type Place = TailCheckpoint | null | undefined;

export function pushTraces(ports: PushTracesPorts): PushTraces {
  const { folder, client, view, log } = ports;
  const places = new Map<string, Place>();
  let failing = false;
  let running: Promise<void> | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;

  async function put(
    holder: string,
    journal: JournalName,
    { from, at, lines }: { from: Place; at: TailCheckpoint; lines: readonly string[] },
  ): Promise<Place> {
    const self = view()?.self ?? '';
    const place = `from=${from ? written(from) : from === null ? 'start' : 'unknown'}&at=${written(at)}`;
    const { status, body } = await client.request(holder, {
      method: 'PUT',
      path: `/trace/${self}/${journal}?${place}`,
      body: Buffer.from(lines.map((line) => `${line}\n`).join('')),
      timeoutMs: PIECE_MS,
    });
    if (status === 204) return at;
    if (status === 409) return read((JSON.parse(body.toString('utf8')) as { at: string | null }).at);
    throw new Error(`traces are not taken: status ${status}`);
  }

  async function bring(holder: string, journal: JournalName): Promise<void> {
    const key = `${holder} ${journal}`;
    if (places.get(key) === undefined) {
      places.set(
        key,
        await put(holder, journal, { from: undefined, at: { inode: 0, offset: 0 }, lines: [] }),
      );
    }
    const from = places.get(key) ?? null;
    for (const { lines, checkpoint } of newLines(folder, journal, from)) {
      if (stopped) return;
      const before = places.get(key);
      const after = await put(holder, journal, { from: before, at: checkpoint, lines });
      places.set(key, after);
      // It has lost or gained something in between: looked at anew.
      if (after !== checkpoint) return;
    }
  }

  async function bringAll(): Promise<void> {
    const now = view();
    const [holder] = now === null ? [] : buddiesOf(now, () => false);
    if (holder === undefined) return;
    try {
      for (const journal of JOURNALS) await bring(holder, journal);
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ holder, error: (error as Error).message }, 'traces are not copied now');
      failing = true;
    }
  }

  function push(): Promise<void> {
    running ??= bringAll().finally(() => {
      running = null;
    });
    return running;
  }

  const turn = async (): Promise<void> => {
    await push();
    if (!stopped) timer = setTimeout(() => void turn(), PUSH_MS);
  };
  timer = setTimeout(() => void turn(), PUSH_MS);

  return {
    push,
    async stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}

const written = ({ inode, offset }: TailCheckpoint): string => `${inode}.${offset}`;

function read(place: string | null): Place {
  const [inode, offset] = (place ?? '').split('.').map(Number);
  return inode === undefined || offset === undefined ? null : { inode, offset };
}
