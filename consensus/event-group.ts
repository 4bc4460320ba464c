/**
 * A group of appends, judged and sealed: which batches follow a head, which repeat what stands there, which are refused.
 *
 * Each batch is judged against the log as it is at the head and what the ones before it in the group would record.
 * So an answer may depend on the group, and is given only when the group is durable.
 */
import type { Waiting } from './append-queue.ts';
import { encodeCanonical, hashOf, recordOf } from './event-codec.ts';
import {
  type Appended,
  type Draft,
  type Expect,
  type Head,
  LogError,
  type Position,
  type StoredEvent,
} from './event-log.ts';
import type { Signer } from './signing.ts';

const KNOWN_STREAMS_MAX = 10_000; // Versions kept in memory, about 1 MB.

/** An event with its record, ready to be written. */
export interface SealedEvent {
  readonly event: StoredEvent;
  readonly record: Buffer;
}

export interface Judgement {
  readonly waiting: Waiting;
  /** Where the batch stands, in the log or in this group; null when it is refused. */
  readonly appended: Appended | null;
  /** True when the answer stands whatever else may be recorded, here or elsewhere. */
  readonly lasting: boolean;
  answer(): void;
}

export interface JudgedGroup {
  readonly sealed: readonly SealedEvent[];
  /** One for each append, in their order. */
  readonly judgements: readonly Judgement[];
}

/** What judging asks of the log at the head. */
export interface LogFacts {
  /** Where each event id was recorded, or null. */
  positionsOfIds(ids: readonly string[]): Promise<(Position | null)[]>;
  /** Count of a stream's events. */
  streamVersion(stream: string): Promise<number>;
}

/** Versions of the streams in use, so that an append need not look them up. */
export class StreamVersions {
  readonly #known = new Map<string, number>();

  async of(streams: ReadonlySet<string>, facts: LogFacts): Promise<Map<string, number>> {
    const versions = new Map<string, number>();
    await Promise.all(
      [...streams].map(async (stream) => {
        versions.set(stream, this.#known.get(stream) ?? (await facts.streamVersion(stream)));
      }),
    );
    return versions;
  }

  /** To be told of every event that the log has recorded. */
  note(events: readonly SealedEvent[]): void {
    if (this.#known.size + events.length > KNOWN_STREAMS_MAX) this.#known.clear();
    for (const { event } of events) this.#known.set(event.stream, event.version);
  }

  clear(): void {
    this.#known.clear();
  }
}

/** `head` with the generation that new events belong to. */
export async function judgeGroup(
  waiting: readonly Waiting[],
  head: Head,
  context: { facts: LogFacts; versions: StreamVersions; signer: Signer },
): Promise<JudgedGroup> {
  const { facts, versions, signer } = context;
  const ids = waiting.flatMap((w) => w.batch.map((draft) => draft.id));
  const positions = await facts.positionsOfIds(ids);
  const recorded = new Map<string, Position>();
  for (const [i, position] of positions.entries()) if (position !== null) recorded.set(ids[i]!, position);
  const group = new Group(head, { recorded, versions: await versions.of(streamsOf(waiting), facts) }, signer);
  const judgements = waiting.map((w) => group.judge(w));
  return { sealed: group.sealed, judgements };
}

function streamsOf(waiting: readonly Waiting[]): Set<string> {
  const streams = new Set<string>();
  for (const { batch, expect } of waiting) {
    for (const draft of batch) streams.add(draft.stream);
    if (typeof expect === 'object' && 'stream' in expect) streams.add(expect.stream);
  }
  return streams;
}

class Group {
  readonly sealed: SealedEvent[] = [];
  readonly #head: Head;
  readonly #before: ReadonlyMap<string, number>;
  readonly #versions: Map<string, number>;
  readonly #ids: Map<string, Position>;
  readonly #signer: Signer;
  #position: Position;
  #hash: Uint8Array;

  constructor(
    head: Head,
    known: { recorded: Map<string, Position>; versions: ReadonlyMap<string, number> },
    signer: Signer,
  ) {
    this.#head = head;
    this.#position = head.position;
    this.#hash = head.hash;
    this.#ids = known.recorded;
    this.#before = known.versions;
    this.#versions = new Map(known.versions);
    this.#signer = signer;
  }

  /** Adds a batch to the group, or not. */
  judge(waiting: Waiting): Judgement {
    const { batch, expect } = waiting;
    const before = batch.map((draft) => this.#ids.get(draft.id));
    if (before.some((position) => position !== undefined)) return this.#repeated(waiting, before);
    const conflict = this.#conflictOf(expect);
    if (conflict) {
      const answer = (): void => waiting.reject(conflict);
      return { waiting, appended: null, lasting: this.#isOutrun(expect), answer };
    }
    const first = this.#position + 1n;
    for (const draft of batch) this.#seal(draft);
    const appended = { first, last: this.#position, repeated: false };
    return { waiting, appended, lasting: false, answer: () => waiting.resolve(appended) };
  }

  /** The same ids again: the same answer. A batch that is recorded only in part, or otherwise, is not the same. */
  #repeated(waiting: Waiting, before: readonly (Position | undefined)[]): Judgement {
    const first = before[0];
    if (first !== undefined && before.every((position, i) => position === first + BigInt(i))) {
      const last = first + BigInt(before.length - 1);
      const appended = { first, last, repeated: true };
      const lasting = last <= this.#head.position;
      return { waiting, appended, lasting, answer: () => waiting.resolve(appended) };
    }
    const known = before.find((position) => position !== undefined)!;
    const message = `an id of this batch was recorded in another one, at position ${known}`;
    const refusal = new LogError('version-conflict', message, known);
    const lasting = known <= this.#head.position;
    return { waiting, appended: null, lasting, answer: () => waiting.reject(refusal) };
  }

  #conflictOf(expect: Expect): LogError | null {
    if (expect === 'any') return null;
    if ('head' in expect) {
      if (expect.head === this.#position) return null;
      return new LogError('version-conflict', `the head is at ${this.#position}`, this.#position);
    }
    const actual = this.#versions.get(expect.stream)!;
    if (expect.version === actual) return null;
    return new LogError('version-conflict', `the stream is at version ${actual}`, BigInt(actual));
  }

  /** Positions and versions only grow: what is behind the head already will be for ever. */
  #isOutrun(expect: Expect): boolean {
    if (expect === 'any') return false;
    if ('head' in expect) return expect.head < this.#head.position;
    return expect.version < this.#before.get(expect.stream)!;
  }

  #seal(draft: Draft): void {
    const position = this.#position + 1n;
    const version = this.#versions.get(draft.stream)! + 1;
    const { id, stream, kind, schema, atMs, actor, reason, payload } = draft; // Spelled out: nothing else is stored.
    const placed = {
      ...{ id, stream, kind, schema, atMs, actor, reason, payload },
      ...{ position, version, generation: this.#head.generation },
      ...{ node: this.#signer.node, prev: this.#hash },
    };
    const canonical = encodeCanonical(placed);
    const hash = hashOf(canonical);
    const signature = this.#signer.sign(hash);
    this.sealed.push({ event: { ...placed, hash, signature }, record: recordOf(canonical, hash, signature) });
    this.#position = position;
    this.#hash = hash;
    this.#versions.set(stream, version);
    this.#ids.set(id, position);
  }
}
