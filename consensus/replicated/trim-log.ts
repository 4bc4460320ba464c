/**
 * Trims the quorum's part of the log: events that every active gateway has on its disk and a majority has signed a
 * checkpoint over leave the quorum, never the gateways. One gateway at a time does it, behind a lock of its own.
 *
 * The floor is raised first, then what lies below is deleted: who misses an event reads the floor and asks a gateway.
 */
import type { Head, Position } from '../event-log.ts';
import {
  type Compare,
  type KeyValue,
  type KeyValueQuorum,
  type Operation,
  prefixEnd,
} from '../key-value-quorum.ts';
import type { KeyRing } from '../signing.ts';
import { blobOf, hashOfValue, pieceKey } from './event-value.ts';
import {
  ACKS,
  BLOBS,
  CHECKPOINTS,
  checkpointKey,
  decodeAck,
  decodeHead,
  EVENTS,
  encodeHead,
  eventKey,
  FLOOR,
  HEAD,
  positionOf,
} from './quorum-keys.ts';
import { decodeCheckpoint } from './shared-checkpoints.ts';

const KEPT_EVENTS = 20_000n; // Who was away for a while reads from the quorum; some 20 MB.
const SILENT_MS = 7 * 86_400_000; // A gateway that is silent for longer catches up from another one.
const PAGE_EVENTS = 100; // With a blob each, within the operations of one transaction.

/** What decides how much of the log the quorum keeps. */
export interface TrimRules {
  readonly quorum: KeyValueQuorum;
  readonly clusterId: string;
  readonly keys: KeyRing;
  /** Node ids of all gateways with a log: their acknowledgements and signatures count. */
  readonly gateways: readonly string[];
  /** Wall clock: only how long a gateway has been silent is judged by it. */
  readonly nowMs: number;
  readonly keptEvents?: bigint;
  /** Who has acknowledged nothing for so long no longer holds the floor back. */
  readonly silentMs?: number;
  readonly timeoutMs: number;
}

export interface TrimOptions extends TrimRules {
  /** Compared in every transaction, e.g. the creation of the lock that makes this the only trimmer. */
  readonly fence?: Compare;
  /** False in a quorum that others use as well. */
  readonly compact: boolean;
}

export interface TrimState {
  readonly head: Position;
  /** The last event that the quorum does not hold any more. */
  readonly floor: Position;
  /** What keeps the floor from rising further, for operators; empty when nothing does. */
  readonly heldBy: string;
}

export interface TrimReport {
  readonly floor: Position;
  readonly removed: number;
  /** What keeps the floor from rising further, for operators; empty when nothing does. */
  readonly heldBy: string;
}

export async function trimLog(options: TrimOptions): Promise<TrimReport> {
  const look = await lookAt(options);
  if (!look) return { floor: 0n, removed: 0, heldBy: 'head or floor cannot be read' };
  const { floor, next, heldBy } = look;
  const rises = next.position > floor.position;
  if (rises && !(await raise(look.floorValue, next, options))) {
    return { floor: floor.position, removed: 0, heldBy: 'another gateway trims' };
  }
  const { position: lowest } = rises ? next : floor;
  const removed = await removeUpTo(lowest, options);
  await removeOldCheckpoints(lowest, options);
  await removeOrphans(lowest, options);
  if (options.compact && removed > 0) await compactAll(options);
  return { floor: lowest, removed, heldBy };
}

/** What the quorum holds, and why not less; null when it cannot be read. Changes nothing. */
export async function trimState(rules: TrimRules): Promise<TrimState | null> {
  const look = await lookAt(rules);
  if (!look) return null;
  return { head: look.head.position, floor: look.floor.position, heldBy: look.heldBy };
}

interface Look {
  readonly head: Head;
  readonly floor: Head;
  readonly floorValue: KeyValue;
  /** What the floor may be raised to; position 0 when to nothing. */
  readonly next: Head;
  readonly heldBy: string;
}

async function lookAt(rules: TrimRules): Promise<Look | null> {
  const { quorum, timeoutMs } = rules;
  const ranges = [{ key: HEAD }, { key: FLOOR }, { key: ACKS, end: prefixEnd(ACKS) }];
  const success = ranges.map((range) => ({ type: 'range' as const, ...range }));
  const { results } = await quorum.txn({ compare: [], success }, { timeoutMs });
  const [heads, floors, acks] = results.map((result) => (result.type === 'range' ? result.values : []));
  const head = heads?.[0] && decodeHead(heads[0].value);
  const floorValue = floors?.[0];
  const floor = floorValue && decodeHead(floorValue.value);
  if (!head || !floorValue || !floor) return null;
  const limit = limitOf(head, acks ?? [], rules);
  const next = await newFloor(limit.position, floor.position, rules);
  const waits = limit.position > floor.position && next.position < limit.position;
  return {
    head,
    floor,
    floorValue,
    next,
    heldBy: waits ? 'the newest checkpoint of a majority' : limit.heldBy,
  };
}

function limitOf(
  head: Head,
  acks: readonly KeyValue[],
  { gateways, nowMs, keptEvents = KEPT_EVENTS, silentMs = SILENT_MS }: TrimRules,
): { position: Position; heldBy: string } {
  let limit = { position: head.position - keptEvents, heldBy: '' };
  for (const { key, value } of acks) {
    const node = key.slice(ACKS.length);
    const ack = decodeAck(value);
    if (!ack || !gateways.includes(node) || nowMs - ack.atMs > silentMs) continue;
    if (ack.position < limit.position)
      limit = { position: ack.position, heldBy: `${node} at ${ack.position}` };
  }
  return limit;
}

/** The newest checkpoint up to the limit that a majority of the gateways has signed alike. */
async function newFloor(limit: Position, floor: Position, options: TrimRules): Promise<Head> {
  const none = { position: 0n, hash: new Uint8Array(), generation: 0 };
  if (limit <= floor) return none;
  const range = { key: checkpointKey(floor + 1n), end: checkpointKey(limit + 1n) };
  const { values } = await options.quorum.range(range, options);
  for (const { key, value } of [...values].reverse()) {
    const position = positionOf(key, CHECKPOINTS);
    if (position === null) continue;
    const signed = [...decodeCheckpoint(value, position, options).values()];
    const first = signed.find(({ node }) => options.gateways.includes(node));
    const alike = signed.filter(
      ({ node, hash }) => options.gateways.includes(node) && Buffer.compare(hash, first!.hash) === 0,
    );
    if (first && alike.length * 2 > options.gateways.length && (await stands(first, options))) return first;
  }
  return none;
}

/** The checkpoint must be that of the event that the quorum holds, or no floor is made of it. */
async function stands({ position, hash }: Head, { quorum, timeoutMs }: TrimRules): Promise<boolean> {
  const { values } = await quorum.range({ key: eventKey(position) }, { timeoutMs });
  const found = values[0] && hashOfValue(values[0].value);
  return found !== undefined && found !== null && Buffer.compare(found, hash) === 0;
}

async function raise(floor: KeyValue, next: Head, options: TrimOptions): Promise<boolean> {
  const { succeeded } = await guarded(
    options,
    [{ key: FLOOR, modRevision: floor.modRevision }],
    [{ type: 'put', key: FLOOR, value: encodeHead(next) }],
  );
  return succeeded;
}

async function removeUpTo(floor: Position, options: TrimOptions): Promise<number> {
  const { quorum, timeoutMs } = options;
  let removed = 0;
  for (;;) {
    const range = { key: EVENTS, end: eventKey(floor + 1n), limit: PAGE_EVENTS };
    const { values } = await quorum.range(range, { timeoutMs });
    const last = values.at(-1);
    if (!last) return removed;
    const blobs = values.map(({ value }) => blobOf(value)).filter((blob) => blob !== null);
    const deletes: Operation[] = blobs.map((blob) => {
      const prefix = `${BLOBS}${blob.sha256}/`;
      return { type: 'delete', key: prefix, end: prefixEnd(prefix) };
    });
    const events: Operation = { type: 'delete', key: EVENTS, end: `${last.key}\0` };
    const { succeeded } = await guarded(options, [], [events, ...deletes]);
    if (!succeeded) return removed;
    removed += values.length;
  }
}

/** The newest one at or below the floor stays: who catches up checks against it. */
async function removeOldCheckpoints(floor: Position, options: TrimOptions): Promise<void> {
  const range = { key: CHECKPOINTS, end: checkpointKey(floor + 1n), keysOnly: true };
  const { values } = await options.quorum.range(range, options);
  const newest = values.at(-1);
  if (values.length < 2 || !newest) return;
  await guarded(options, [], [{ type: 'delete', key: CHECKPOINTS, end: newest.key }]);
}

/** Bodies whose event never came: older than the first event that is kept, and named by none. */
async function removeOrphans(floor: Position, options: TrimOptions): Promise<void> {
  const { quorum } = options;
  const [first] = (await quorum.range({ key: eventKey(floor + 1n) }, options)).values;
  const blobs = (await quorum.range({ key: BLOBS, end: prefixEnd(BLOBS), keysOnly: true }, options)).values;
  const old = blobs.filter(
    ({ key, modRevision }) => key.endsWith('/0') && modRevision < (first?.modRevision ?? 0n),
  );
  if (old.length === 0) return;
  const named = await namedBlobs(floor, options);
  for (const { key, modRevision } of old) {
    if (named.has(key)) continue;
    const prefix = key.slice(0, -1);
    await guarded(options, [{ key, modRevision }], [{ type: 'delete', key: prefix, end: prefixEnd(prefix) }]);
  }
}

async function namedBlobs(floor: Position, { quorum, timeoutMs }: TrimOptions): Promise<Set<string>> {
  const named = new Set<string>();
  let key = eventKey(floor + 1n);
  for (let more = true; more; ) {
    const page = await quorum.range({ key, end: prefixEnd(EVENTS), limit: PAGE_EVENTS }, { timeoutMs });
    for (const { value } of page.values) {
      const blob = blobOf(value);
      if (blob) named.add(pieceKey(blob, 0));
    }
    more = page.more;
    key = `${page.values.at(-1)?.key ?? key}\0`;
  }
  return named;
}

async function compactAll({ quorum, timeoutMs }: TrimOptions): Promise<void> {
  const { revision } = await quorum.range({ key: HEAD }, { timeoutMs });
  await quorum.compact(revision);
}

function guarded(
  { quorum, fence, timeoutMs }: TrimOptions,
  compare: readonly Compare[],
  success: readonly Operation[],
): ReturnType<KeyValueQuorum['txn']> {
  return quorum.txn({ compare: fence ? [fence, ...compare] : compare, success }, { timeoutMs });
}
