/**
 * The order of events on a single gateway: a queue in front of the store. All appends that wait go in one synced write
 * (group commit), each all or nothing, each judged against what the ones before it in the group would record.
 *
 * An answer that depends on the group, also a conflict or a repetition, is given only when the group is on disk.
 */
import { checkBatch } from './check-draft.ts';
import { encodeCanonical, hashOf, recordOf } from './event-codec.ts';
import { type Appended, type Draft, type Expect, LogError, type Position } from './event-log.ts';
import { positionsOfIds, streamVersion } from './level-read.ts';
import type { LevelStore, SealedEvent } from './level-store.ts';
import type { Signer } from './signing.ts';

const GROUP_EVENTS_MAX = 1000; // 50 ms of signing: how long the loop is held at most.
const GROUP_BYTES_MAX = 8 * 1024 * 1024; // One LevelDB batch is in memory three times.
const KNOWN_STREAMS_MAX = 10_000; // Versions kept in memory, about 1 MB.

interface Waiting {
  readonly batch: readonly Draft[];
  readonly expect: Expect;
  readonly signal: AbortSignal | undefined;
  resolve(appended: Appended): void;
  reject(error: unknown): void;
}

/** What a group would have recorded so far. */
interface Group {
  readonly versions: Map<string, number>;
  readonly ids: Map<string, Position>;
  readonly sealed: SealedEvent[];
  position: Position;
  hash: Uint8Array;
}

export class LocalSequencer {
  readonly #store: LevelStore;
  readonly #signer: Signer;
  readonly #queue: Waiting[] = [];
  readonly #known = new Map<string, number>();
  #running: Promise<void> | null = null;

  constructor(store: LevelStore, signer: Signer) {
    this.#store = store;
    this.#signer = signer;
  }

  append(batch: readonly Draft[], expect: Expect, signal?: AbortSignal): Promise<Appended> {
    return new Promise((resolve, reject) => {
      checkBatch(batch);
      this.#queue.push({ batch, expect, signal, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#take();
      try {
        const settle = await this.#store.write(() => this.#decide(group));
        for (const answer of settle) answer();
      } catch (error) {
        this.#known.clear(); // They may hold what the failed write would have made true.
        for (const waiting of group) waiting.reject(error);
      }
    }
    this.#running = null;
  }

  #take(): Waiting[] {
    const group: Waiting[] = [];
    let events = 0;
    let bytes = 0;
    while (this.#queue.length > 0) {
      const waiting = this.#queue[0]!;
      events += waiting.batch.length;
      bytes += waiting.batch.reduce((sum, draft) => sum + draft.payload.length, 0);
      if (group.length > 0 && (events > GROUP_EVENTS_MAX || bytes > GROUP_BYTES_MAX)) break;
      this.#queue.shift();
      if (waiting.signal?.aborted) waiting.reject(waiting.signal.reason);
      else group.push(waiting);
    }
    return group;
  }

  async #decide(waiting: readonly Waiting[]): Promise<{
    change: { events: SealedEvent[]; side: [] } | null;
    result: (() => void)[];
  }> {
    const drafts = waiting.flatMap((w) => w.batch);
    const ids = new Map<string, Position>();
    const positions = await positionsOfIds(
      this.#store,
      drafts.map((draft) => draft.id),
    );
    for (const [i, position] of positions.entries()) if (position !== null) ids.set(drafts[i]!.id, position);
    const versions = await this.#versionsOf(waiting);
    const { position, hash } = this.#store.state;
    const group: Group = { versions, ids, sealed: [], position, hash };
    const result = waiting.map((w) => this.#judge(w, group));
    if (group.sealed.length === 0) return { change: null, result };
    result.push(() => this.#remember(versions));
    return { change: { events: group.sealed, side: [] }, result };
  }

  /** Adds a batch to the group, or not; how its caller is answered once the group is on disk. */
  #judge(waiting: Waiting, group: Group): () => void {
    const { batch, expect } = waiting;
    const before = batch.map((draft) => group.ids.get(draft.id));
    if (before.some((position) => position !== undefined)) return answerRepeated(waiting, before);
    const conflict = conflictOf(expect, group);
    if (conflict) return () => waiting.reject(conflict);
    const first = group.position + 1n;
    for (const draft of batch) this.#seal(draft, group);
    const last = group.position;
    return () => waiting.resolve({ first, last, repeated: false });
  }

  #seal(draft: Draft, group: Group): void {
    const position = group.position + 1n;
    const version = group.versions.get(draft.stream)! + 1;
    const { id, stream, kind, schema, atMs, actor, reason, payload } = draft; // Spelled out: nothing else is stored.
    const placed = {
      ...{ id, stream, kind, schema, atMs, actor, reason, payload },
      ...{ position, version, generation: this.#store.state.generation },
      ...{ node: this.#signer.node, prev: group.hash },
    };
    const canonical = encodeCanonical(placed);
    const hash = hashOf(canonical);
    const signature = this.#signer.sign(hash);
    group.sealed.push({
      event: { ...placed, hash, signature },
      record: recordOf(canonical, hash, signature),
    });
    group.position = position;
    group.hash = hash;
    group.versions.set(stream, version);
    group.ids.set(id, position);
  }

  async #versionsOf(waiting: readonly Waiting[]): Promise<Map<string, number>> {
    const streams = new Set<string>();
    for (const { batch, expect } of waiting) {
      for (const draft of batch) streams.add(draft.stream);
      if (typeof expect === 'object' && 'stream' in expect) streams.add(expect.stream);
    }
    const versions = new Map<string, number>();
    await Promise.all(
      [...streams].map(async (stream) => {
        versions.set(stream, this.#known.get(stream) ?? (await streamVersion(this.#store, stream)));
      }),
    );
    return versions;
  }

  #remember(versions: ReadonlyMap<string, number>): void {
    if (this.#known.size + versions.size > KNOWN_STREAMS_MAX) this.#known.clear();
    for (const [stream, version] of versions) this.#known.set(stream, version);
  }
}

/** The same ids again: the same answer. A batch that is recorded only in part, or otherwise, is not the same. */
function answerRepeated(waiting: Waiting, before: readonly (Position | undefined)[]): () => void {
  const first = before[0];
  if (first !== undefined && before.every((position, i) => position === first + BigInt(i))) {
    const last = first + BigInt(before.length - 1);
    return () => waiting.resolve({ first, last, repeated: true });
  }
  const known = before.find((position) => position !== undefined)!;
  const message = `an id of this batch was recorded in another one, at position ${known}`;
  return () => waiting.reject(new LogError('version-conflict', message, known));
}

function conflictOf(expect: Expect, group: Group): LogError | null {
  if (expect === 'any') return null;
  if ('head' in expect) {
    if (expect.head === group.position) return null;
    return new LogError('version-conflict', `the head is at ${group.position}`, group.position);
  }
  const actual = group.versions.get(expect.stream)!;
  if (expect.version === actual) return null;
  return new LogError('version-conflict', `the stream is at version ${actual}`, BigInt(actual));
}
