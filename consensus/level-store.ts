/**
 * The local log of a gateway in LevelDB: one writer, verified reads, a head that moves only when everything is on disk.
 * The same store under a single gateway and, later, under a replicated one.
 *
 * A write is one synced LevelDB batch, then the synced head file; only then does `state` move and the writer hear of it
 * (in a cluster the head file may trail by a moment, `headFileTrails`).
 * Readers never see beyond `state`. After a failed write nothing more is written: a full disk is left behind by
 * reopening once there is space, any other failure only by a restart, since after a failed fsync the kernel may have
 * dropped the pages and a second fsync would lie.
 */
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { markClosed, markOpen } from './clean-close.ts';
import { checkedEvent, damaged } from './event-codec.ts';
import { LogError, type Position, type StoredEvent } from './event-log.ts';
import { HeadFile, readHeadFile, syncFolder } from './head-file.ts';
import { isDiskFull, LevelDatabase } from './level-database.ts';
import { eventKey, META_KEY } from './level-keys.ts';
import { tablesBytes, tablesProblem } from './leveldb/check-tables.ts';
import { EMPTY_STATE, type LogState } from './log-state.ts';
import { checkAtOpen, type Damage, damageOf } from './open-check.ts';
import { type Change, writeOf } from './store-change.ts';

/** Two write buffers and a compaction of LevelDB fit; refusing here spares it the half-written record. */
const FREE_BYTES_MIN = 16 * 1024 * 1024;

/** So long a look at the free space serves the write it was for: others take a few megabytes meanwhile. */
const ADMITTED_MS = 200;

/** In a tenth of a second, at the rate of a replay: what a crash may leave the head file behind by. */
const TRAILS_WRITES_MAX = 2000n;

/** Tables of this size are checked at every open, a third of a second; larger ones after a crash, and by the scrub. */
const CHECKED_BYTES_MAX = 64 * 1024 * 1024;

export interface StoreOptions {
  /** Holds `log/` (LevelDB) and `head`. */
  readonly folder: string;
  readonly clusterId: string;
  readonly freeBytesMin?: number;
  readonly checkedBytesMax?: number;
  /** A write is answered before its head file is synced: for a log whose events stand elsewhere, too. */
  readonly headFileTrails?: boolean;
}

interface Failure {
  readonly kind: 'disk-full' | 'storage';
  readonly reason: string;
}

export class LevelStore {
  readonly db: LevelDatabase;
  readonly notices: string[] = [];
  readonly #options: StoreOptions;
  #headFile: HeadFile | null = null;
  #isOpen = true;
  #state: LogState = EMPTY_STATE;
  #damage: Damage | null = null;
  #failure: Failure | null = null;
  #admittedMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<unknown> = Promise.resolve();
  #waiters: (() => void)[] = [];

  private constructor(db: LevelDatabase, options: StoreOptions) {
    this.db = db;
    this.#options = options;
  }

  /** Throws `log-damaged` when LevelDB cannot be opened at all; any other damage is told by `damage`. */
  static async open(options: StoreOptions): Promise<LevelStore> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const folder = join(options.folder, 'log');
    const crashed = await markOpen(options.folder);
    if (crashed || (await tablesBytes(folder)) <= (options.checkedBytesMax ?? CHECKED_BYTES_MAX)) {
      const problem = await tablesProblem(folder);
      if (problem) throw new LogError('log-damaged', problem);
    }
    const store = new LevelStore(await LevelDatabase.open(folder), options);
    await syncFolder(options.folder);
    try {
      await store.#check();
      await store.#checkMeta();
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  get state(): LogState {
    return this.#state;
  }

  /** False after `close`. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get damage(): Damage | null {
    return this.#damage;
  }

  /** Why nothing can be written now; empty when it can. */
  get refusal(): string {
    return this.#damage?.reason ?? this.#failure?.reason ?? '';
  }

  /** The first damage stands: what follows from it is no news. */
  noteDamage(damage: Damage): void {
    if (!this.#damage) this.#damage = damage;
  }

  /** Resolves when the head has moved since the call, or the store is closed. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /**
   * One writer at a time: `build` reads what it needs and says what to write; nothing comes between.
   * Throws `log-damaged`, `quota-full` (both surely not applied), `unresolved` (the write failed half-way).
   */
  write<T>(build: () => Promise<{ change: Change | null; result: T }>): Promise<T> {
    return this.exclusive(async () => {
      if (!this.#takeAdmission()) await this.#admit();
      const { change, result } = await build();
      if (change) await this.#commit(change);
      return result;
    });
  }

  /**
   * Rejects with what a write would be refused for now; leaves a full disk behind when there is space again. The next
   * write, if it comes soon, does not ask for the space once more.
   */
  admit(): Promise<void> {
    return this.exclusive(async () => {
      await this.#admit();
      this.#admittedMs = performance.now();
    });
  }

  /** Runs between two writes. */
  exclusive<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(run);
    this.#writing = done.catch(() => {});
    return done;
  }

  /** Verified event at a position within the log. */
  async eventAt(position: Position): Promise<StoredEvent> {
    try {
      const record = await this.db.get(eventKey(position));
      if (!record) throw damaged(position, 'is missing');
      return checkedEvent(record, position, null);
    } catch (error) {
      const damage = damageOf(error);
      this.noteDamage({ ...damage, position: damage.position ?? position });
      throw error;
    }
  }

  /** Checks the head file as it lies on disk and writes it anew when it is not what it must be; says what was wrong. */
  mendHeadFile(): Promise<string> {
    return this.exclusive(async () => {
      await this.#headFile?.settled().catch((error) => this.#fail(error));
      if (this.#damage || this.#failure) return '';
      const path = this.#headPath();
      const content = await readHeadFile(path);
      const stale = content?.state?.writes !== this.#state.writes ? 'the head file is not of this log' : '';
      const problem = content ? content.problem || stale : 'the head file is missing';
      if (problem) {
        await this.#headFile!.close();
        this.#headFile = await HeadFile.open(path, this.#state);
      }
      return problem;
    });
  }

  /** Puts other files of the same log in place, by `swap`, while nothing is open; all is checked as at the start. */
  replaceFiles(swap: () => Promise<void>): Promise<void> {
    return this.exclusive(async () => {
      await this.#headFile?.close();
      this.#headFile = null;
      await this.db.reopen(swap);
      this.#damage = null;
      this.#failure = null;
      await this.#check();
      await this.#checkMeta();
      this.#wake();
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#writing;
    await this.#headFile?.close();
    await this.db.close();
    await markClosed(this.#options.folder);
    this.#wake();
  }

  async #check(): Promise<void> {
    const path = this.#headPath();
    await this.#headFile?.close();
    this.#headFile = null;
    const legal = this.#options.headFileTrails ? TRAILS_WRITES_MAX : 1n;
    const found = await checkAtOpen(this.db, await readHeadFile(path), legal);
    this.#damage ??= found.damage;
    this.notices.push(...found.notices);
    if (!this.#damage) this.#headFile = await HeadFile.open(path, found.rewriteHeadFile ? found.state : null);
    this.#state = found.state;
  }

  #headPath(): string {
    return join(this.#options.folder, 'head');
  }

  async #checkMeta(): Promise<void> {
    const meta = Buffer.from(
      JSON.stringify({ chain: 'sha256', clusterId: this.#options.clusterId, format: 1 }),
    );
    const stored = await this.db.get(META_KEY);
    if (!stored && this.#state.writes === 0n)
      await this.db.write([{ type: 'put', key: META_KEY, value: meta }]);
    else if (!stored?.equals(meta)) {
      const reason = 'the log is damaged at its name, or is of another cluster';
      this.noteDamage({ position: null, reason, foreign: true });
    }
  }

  /** Of one `admit`, once. */
  #takeAdmission(): boolean {
    const isFresh = performance.now() - this.#admittedMs < ADMITTED_MS;
    this.#admittedMs = Number.NEGATIVE_INFINITY;
    return isFresh && this.refusal === '';
  }

  async #admit(): Promise<void> {
    if (this.#damage) throw new LogError('log-damaged', this.#damage.reason, this.#damage.position);
    if (this.#failure?.kind === 'storage') throw new LogError('log-damaged', this.#failure.reason);
    const { bavail, bsize } = await statfs(this.#options.folder);
    const min = this.#options.freeBytesMin ?? FREE_BYTES_MIN;
    if (bavail * bsize < min) {
      throw new LogError('quota-full', `less than ${min} octets are free for the event log`);
    }
    if (this.#failure) await this.#recover();
  }

  /** Space is back: what the failed write left is settled by opening anew, as after a crash. */
  async #recover(): Promise<void> {
    try {
      await this.db.reopen();
      await this.#check();
    } catch (error) {
      this.#fail(error);
      throw new LogError(
        'quota-full',
        `the event log could not be opened again: ${(error as Error).message}`,
      );
    }
    this.#failure = null;
    this.#wake();
    if (this.#damage) throw new LogError('log-damaged', this.#damage.reason, this.#damage.position);
  }

  async #commit(change: Change): Promise<void> {
    const { operations, next } = await writeOf(change, this.#state, (key) => this.db.get(key));
    try {
      this.#headFile!.assertSound();
      await this.db.write(operations);
      if (this.#options.headFileTrails) this.#headFile!.writeSoon(next);
      else await this.#headFile!.write(next);
    } catch (error) {
      this.#fail(error);
      throw new LogError('unresolved', `the event log could not be written: ${(error as Error).message}`);
    }
    this.#state = next;
    this.#wake();
  }

  #fail(error: unknown): void {
    const { message } = error as Error;
    this.#failure = isDiskFull(error)
      ? { kind: 'disk-full', reason: `the disk of the event log is full: ${message}` }
      : { kind: 'storage', reason: `the disk of the event log failed: ${message}; restart after repair` };
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
