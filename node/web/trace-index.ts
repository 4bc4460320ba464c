/**
 * Finds mails in the trace journals by sender, recipient, id and time.
 *
 * The index is a LevelDB of its own that can be thrown away: it is made again from the journals. New lines are taken in
 * every FOLLOW_MS and before each question, so an answer is never older than the journals.
 *
 * Keys: `mail!<id>` → parts; `time!<hex ms>!<id>`; `addr!<address>!<hex ms>!<id>` and the same under `@domain`;
 * `tail!<journal>` → checkpoint, written in one batch with what was read up to it.
 */
import { mkdirSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import type { Log } from '#node/log.ts';
import { JOURNALS, TRACE_KEPT_MS } from '#node/trace/journal.ts';
import { newLines, type TailCheckpoint } from '#node/trace/journal-tail.ts';
import { type MailState, rowOf } from './trace-model.ts';
import {
  addressesOf,
  type MailParts,
  NO_PARTS,
  readTraceLine,
  type TraceRecord,
  timeOf,
  traceOf,
  withRecord,
} from './trace-records.ts';

const FOLLOW_MS = 2_000; // Only so that a question after a quiet night finds little left to read.
const SCAN_ROWS_MAX = 5_000; // A filter that fits nothing gives a cursor after this many instead of reading all.
const MATCHES_MAX = 50_000; // Mails of one address or domain that are put in order of time.
const PRUNE_ROWS_MAX = 20_000; // An hour's worth at five mails a second; the rest goes an hour later.
const PRUNE_EVERY_MS = 3_600_000;
const TIME_HEX_CHARS = 12; // Milliseconds until the year 10889.
const LAST = '\uffff';

export interface TraceSearch {
  /** An address or its beginning, `@domain`, or a mail's id; empty = all. */
  readonly search: string;
  readonly state: MailState | null;
  /** `next` of the page before; null = from the newest. */
  readonly before: string | null;
  readonly limit: number;
}

/** Which mails fit, by their moments, newest first; `next` goes on below them, null = there are no more. */
export interface TraceFinds {
  readonly moments: readonly string[];
  readonly next: string | null;
}

export interface KnownParts {
  readonly spoolId: string;
  readonly parts: MailParts;
}

export interface TraceIndex {
  find(request: TraceSearch): Promise<TraceFinds>;
  /** Of these mails, what is known here; one of which nothing is known is left out. */
  parts(spoolIds: readonly string[]): Promise<readonly KnownParts[]>;
  close(): Promise<void>;
}

export interface TraceFolders {
  /** Of the journals. */
  readonly journals: string;
  /** Of the index. */
  readonly index: string;
}

type Store = ClassicLevel<string, string>;
type Write = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

/** `<hex ms>!<id>`: sorts by time, the same on every gateway; also the cursor of a search. */
export const momentOf = (parts: MailParts, spoolId: string): string =>
  `${timeOf(parts).toString(16).padStart(TIME_HEX_CHARS, '0')}!${spoolId}`;
export const idOf = (moment: string): string => moment.slice(TIME_HEX_CHARS + 1);

function indexKeys(parts: MailParts, spoolId: string): string[] {
  const moment = momentOf(parts, spoolId);
  const addresses = new Set(addressesOf(parts));
  const domains = new Set([...addresses].map((address) => address.slice(address.lastIndexOf('@'))));
  return [`time!${moment}`, ...[...addresses, ...domains].map((text) => `addr!${text}!${moment}`)];
}

export async function openTraceIndex(folders: TraceFolders, log: Log): Promise<TraceIndex> {
  mkdirSync(folders.index, { recursive: true, mode: 0o700 });
  const store: Store = new ClassicLevel(folders.index);
  await store.open();
  let catching: Promise<void> | null = null;

  /** One at a time; who asks meanwhile waits for a run that began after the question. */
  async function catchUp(): Promise<void> {
    if (catching) await catching.catch(() => {});
    catching ??= takeIn(store, folders.journals).finally(() => {
      catching = null;
    });
    await catching;
  }
  const follow = setInterval(() => {
    catchUp().catch((error: Error) => log.error({ error: error.message }, 'trace journals cannot be read'));
  }, FOLLOW_MS);
  const pruning = setInterval(() => {
    prune(store, Date.now() - TRACE_KEPT_MS).catch((error: Error) =>
      log.error({ error: error.message }, 'trace index cannot be pruned'),
    );
  }, PRUNE_EVERY_MS);
  follow.unref();
  pruning.unref();

  return {
    async find(request) {
      await catchUp();
      return findIn(store, request);
    },
    async parts(spoolIds) {
      await catchUp();
      const stored = await store.getMany(spoolIds.map((id) => `mail!${id}`));
      return spoolIds.flatMap((spoolId, i) =>
        stored[i] === undefined ? [] : [{ spoolId, parts: JSON.parse(stored[i]) as MailParts }],
      );
    },
    async close() {
      clearInterval(follow);
      clearInterval(pruning);
      await catching?.catch(() => {});
      await store.close();
    },
  };
}

/** Piece by piece of all journals side by side: what they tell of one mail becomes one write. */
async function takeIn(store: Store, folder: string): Promise<void> {
  const tails = await Promise.all(
    JOURNALS.map(async (journal) => {
      const stored = await store.get(`tail!${journal}`);
      const from = stored === undefined ? null : (JSON.parse(stored) as TailCheckpoint);
      return { journal, pieces: newLines(folder, journal, from) };
    }),
  );
  try {
    for (;;) {
      const records: TraceRecord[] = [];
      const marks: Write[] = [];
      for (const { journal, pieces } of tails) {
        const next = pieces.next();
        if (next.done) continue;
        const { lines, checkpoint } = next.value;
        records.push(...lines.flatMap((line) => readTraceLine(journal, line) ?? []));
        marks.push({ type: 'put', key: `tail!${journal}`, value: JSON.stringify(checkpoint) });
      }
      if (marks.length === 0) return;
      await store.batch([...(await writesOf(store, records)), ...marks]);
    }
  } finally {
    for (const { pieces } of tails) pieces.return(undefined); // Closes its files.
  }
}

async function writesOf(store: Store, records: readonly TraceRecord[]): Promise<Write[]> {
  const ids = [...new Set(records.map((record) => record.spoolId))];
  const stored = await store.getMany(ids.map((id) => `mail!${id}`));
  const before = new Map(ids.map((id, i) => [id, stored[i] ? (JSON.parse(stored[i]) as MailParts) : null]));
  const after = new Map<string, MailParts>();
  for (const record of records) {
    const { spoolId } = record;
    after.set(spoolId, withRecord(after.get(spoolId) ?? before.get(spoolId) ?? NO_PARTS, record));
  }
  const writes: Write[] = [];
  for (const [id, parts] of after) {
    const old = before.get(id);
    const keys = new Set(indexKeys(parts, id));
    for (const key of old ? indexKeys(old, id) : []) if (!keys.has(key)) writes.push({ type: 'del', key });
    for (const key of keys) writes.push({ type: 'put', key, value: '' });
    writes.push({ type: 'put', key: `mail!${id}`, value: JSON.stringify(parts) });
  }
  return writes;
}

/** The moments of the mails that fit, newest first, before the cursor. */
async function* momentsOf(store: Store, search: string, before: string | null): AsyncGenerator<string> {
  if (search === '') {
    const keys = store.keys({ gt: 'time!', lt: `time!${before ?? LAST}`, reverse: true });
    for await (const key of keys) yield key.slice('time!'.length);
    return;
  }
  const found = new Set<string>();
  const keys = store.keys({ gte: `addr!${search}`, lt: `addr!${search}${LAST}`, limit: MATCHES_MAX });
  for await (const key of keys) {
    // An address may hold a `!` itself: the moment is what stands at the end.
    const moment = /![0-9a-f]{12}![^!]*$/.exec(key)?.[0].slice(1);
    if (moment !== undefined && (before === null || moment < before)) found.add(moment);
  }
  yield* [...found].sort().reverse();
}

async function findIn(
  store: Store,
  { search, state, before, limit }: TraceSearch,
): Promise<{ moments: string[]; next: string | null }> {
  const wanted = search.toLowerCase();
  const exact = search === '' ? undefined : await store.get(`mail!${search}`);
  if (exact !== undefined) {
    return { moments: [momentOf(JSON.parse(exact) as MailParts, search)], next: null };
  }
  const moments: string[] = [];
  let looked = 0;
  for await (const moment of momentsOf(store, wanted, before)) {
    const id = idOf(moment);
    const stored = await store.get(`mail!${id}`);
    if (stored === undefined) continue;
    const row = rowOf(traceOf(id, JSON.parse(stored) as MailParts));
    if (state === null || row.state === state) moments.push(moment);
    looked += 1;
    if (moments.length >= limit || looked >= SCAN_ROWS_MAX) return { moments, next: moment };
  }
  return { moments, next: null };
}

async function prune(store: Store, beforeMs: number): Promise<void> {
  const end = `time!${beforeMs.toString(16).padStart(TIME_HEX_CHARS, '0')}`;
  for await (const key of store.keys({ gt: 'time!', lt: end, limit: PRUNE_ROWS_MAX })) {
    const id = idOf(key.slice('time!'.length));
    const stored = await store.get(`mail!${id}`);
    const keys = stored === undefined ? [key] : indexKeys(JSON.parse(stored) as MailParts, id);
    await store.batch([...keys, `mail!${id}`].map((k) => ({ type: 'del' as const, key: k })));
  }
}
