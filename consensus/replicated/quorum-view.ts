/**
 * What this gateway knows of the quorum's log: its generation, head and floor, and whether a majority answers.
 *
 * Heads are told by answers, looks and the watch, late and in any order; only one of a newer revision counts. What no
 * honest gateway writes (a head that is gone, goes back, or is another at the same place) is told, never followed.
 */
import { isDeepStrictEqual } from 'node:util';
import type { LogClock } from '../checkpoints.ts';
import type { Head, LogObstacle } from '../event-log.ts';
import { type KeyValue, type KeyValueQuorum, QuorumError } from '../key-value-quorum.ts';
import { decodeHead, decodeMeta, FLOOR, HEAD, META } from './quorum-keys.ts';

export interface QuorumHead extends Head {
  /** Compared by the next append. */
  readonly revision: bigint;
}

export interface QuorumViewOptions {
  readonly quorum: KeyValueQuorum;
  readonly clusterId: string;
  /** The highest generation that this gateway has heard of: an older one is refused. */
  readonly generation: number;
  readonly lookTimeoutMs: number;
  readonly clock: LogClock;
}

export class QuorumView {
  readonly #options: QuorumViewOptions;
  #meta: { generation: number; revision: bigint } | null = null;
  #head: QuorumHead | null = null;
  #floor: Head | null = null;
  #floorRevision = 0n;
  #altered = '';
  #fenced: string | null = null;
  #lost = 'the quorum was not reached yet';
  /** When all was well the last time. */
  #soundMs: number;

  constructor(options: QuorumViewOptions) {
    this.#options = options;
    this.#soundMs = options.clock.elapsedMs();
  }

  /** The newest head; null before the first look, and when fenced. */
  get head(): QuorumHead | null {
    return this.#head;
  }

  /** The event before the first one that the quorum still holds. */
  get floor(): Head | null {
    return this.#floor;
  }

  /** Generation of the quorum, or the highest heard of. */
  get generation(): number {
    return Math.max(this.#meta?.generation ?? 0, this.#options.generation);
  }

  /** Revision of the generation's record: compared by every append. */
  get metaRevision(): bigint {
    return this.#meta?.revision ?? 0n;
  }

  /** Why this gateway has no part in the quorum's generation; empty when it has. */
  get fenced(): string {
    return this.#fenced ?? '';
  }

  /** Why the quorum takes no appends of ours; empty when it does. */
  get problem(): string {
    return this.#fenced ?? (this.#lost || this.#altered);
  }

  /** The same in a word; null when it does. */
  get obstacle(): LogObstacle | null {
    if (this.#fenced !== null) return 'fenced';
    if (this.#lost !== '') return 'no-quorum';
    return this.#altered === '' ? null : 'quorum-altered';
  }

  /** How long there has been a problem, milliseconds; 0 without one. */
  get troubledMs(): number {
    return this.problem === '' ? 0 : this.#options.clock.elapsedMs() - this.#soundMs;
  }

  /** A majority has answered. */
  noteContact(): void {
    this.#lost = '';
    this.#noteSound();
  }

  /** Asks the quorum for generation, head and floor of this moment; the revision of the answer, null without one. */
  async look(): Promise<bigint | null> {
    const { quorum, lookTimeoutMs } = this.#options;
    const knownBefore = this.#head?.revision ?? 0n;
    try {
      const success = [META, HEAD, FLOOR].map((key) => ({ type: 'range' as const, key }));
      const { results, revision } = await quorum.txn({ compare: [], success }, { timeoutMs: lookTimeoutMs });
      const [meta, head, floor] = results.map((result) =>
        result.type === 'range' ? result.values[0] : undefined,
      );
      this.noteContact();
      this.#noteMeta(meta);
      if (floor) this.noteFloor(floor);
      if (revision < knownBefore) this.#alter('the quorum has lost changes that it had answered');
      else if (head) this.noteHead(head);
      else if (meta) this.#alter('the head is gone from the quorum');
      return revision;
    } catch (error) {
      if (!(error instanceof QuorumError)) throw error;
      if (error.code === 'fenced') this.#fence(error.message);
      else this.#lost = `no quorum: ${error.message}`;
      return null;
    }
  }

  noteHead({ value, modRevision }: KeyValue): void {
    const known = this.#head;
    if (this.#fenced !== null || (known && modRevision <= known.revision)) return;
    const head = decodeHead(value);
    if (!head) this.#alter('the head in the quorum cannot be read');
    else if (known && head.position < known.position) {
      this.#alter(`the head in the quorum went back from ${known.position} to ${head.position}`);
    } else if (known && head.position === known.position && Buffer.compare(head.hash, known.hash) !== 0) {
      this.#alter(`the head in the quorum is another event ${head.position}`);
    } else {
      this.#altered = '';
      this.#head = { ...head, revision: modRevision };
      this.#noteSound();
    }
  }

  /** The own transaction has moved the head. */
  noteOwnHead(head: QuorumHead): void {
    if (this.#fenced !== null || (this.#head && head.revision <= this.#head.revision)) return;
    this.#head = head;
  }

  noteHeadGone(): void {
    this.#alter('the head was deleted from the quorum');
  }

  noteFloor({ value, modRevision }: KeyValue): void {
    const floor = decodeHead(value);
    if (!floor || modRevision <= this.#floorRevision) return;
    if (this.#floor && floor.position < this.#floor.position) return;
    this.#floor = floor;
    this.#floorRevision = modRevision;
  }

  /** The generation's record, as an answer has it. */
  #noteMeta(found: KeyValue | undefined): void {
    const meta = found && decodeMeta(found.value);
    const { clusterId, generation } = this.#options;
    if (!found) this.#alter('the quorum holds no log yet');
    else if (!meta) this.#alter("the quorum's log is of a format that this version does not know");
    else if (meta.clusterId !== clusterId) this.#fence(`the quorum is of another cluster, ${meta.clusterId}`);
    else if (meta.generation < generation) {
      this.#fence(`the quorum is of generation ${meta.generation}, this gateway has seen ${generation}`);
    } else if (!this.#meta) this.#meta = { generation: meta.generation, revision: found.modRevision };
    else if (!isDeepStrictEqual(this.#meta, { generation: meta.generation, revision: found.modRevision })) {
      this.#fence(
        `generation ${meta.generation} has begun while this gateway was in ${this.#meta.generation}`,
      );
    }
  }

  #alter(what: string): void {
    this.#altered = what;
  }

  #fence(why: string): void {
    this.#fenced = why;
    this.#head = null; // Nothing of that history is to be followed.
  }

  #noteSound(): void {
    if (this.problem === '') this.#soundMs = this.#options.clock.elapsedMs();
  }
}
