/**
 * LevelDB as the store uses it: octets in, octets out, synced batches, reads that never outlive a reopening.
 *
 * LevelDB checks the sums of its write-ahead log at open and drops what is wrong without an error; it does not check
 * table blocks when reading. Nothing that comes out of here is to be believed without its own check.
 */
import { ClassicLevel } from 'classic-level';
import { LogError } from './event-log.ts';

const WRITE_BUFFER_BYTES = 4 * 1024 * 1024; // LevelDB's default: keeps a recovery after a crash below a second.
/** What can be in write-ahead logs only, not yet in tables: the buffer being filled and the one being written out. */
export const UNSETTLED_BYTES = 2 * WRITE_BUFFER_BYTES;
const READ_BYTES = 1024 * 1024; // One read of a range; enough for 1,000 usual events.
const READ_VALUES_BYTES = 4 * READ_BYTES; // A replay holds two of them.

export interface KeyRange {
  readonly gte: Buffer;
  readonly lt?: Buffer;
  readonly lte?: Buffer;
}

export type WriteOperation =
  | { readonly type: 'put'; readonly key: Buffer; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: Buffer };

type Level = ClassicLevel<Buffer, Buffer>;

export class LevelDatabase {
  readonly #path: string;
  #db: Level;
  #readers = 0;
  #idle: (() => void) | null = null;
  #reopening: Promise<void> | null = null;

  private constructor(path: string, db: Level) {
    this.#path = path;
    this.#db = db;
  }

  /** Throws `log-damaged` when LevelDB itself finds its files wrong; other errors are the machine's. */
  static async open(path: string): Promise<LevelDatabase> {
    return new LevelDatabase(path, await openLevel(path));
  }

  /** Entries of a range in order, at most `limit`; fewer also when they are large. */
  entries(range: KeyRange, limit: number, reverse = false): Promise<[Buffer, Buffer][]> {
    return this.#read(async (db) => {
      const iterator = db.iterator({ ...range, reverse, limit, highWaterMarkBytes: READ_BYTES });
      try {
        return await iterator.nextv(limit);
      } finally {
        await iterator.close();
      }
    });
  }

  /** As `entries`, without the keys. */
  values(range: KeyRange, limit: number): Promise<Buffer[]> {
    return this.#read(async (db) => {
      const iterator = db.values({ ...range, limit, highWaterMarkBytes: READ_VALUES_BYTES });
      try {
        return await iterator.nextv(limit);
      } finally {
        await iterator.close();
      }
    });
  }

  /** Every entry of a range as it is at this call, whatever is written meanwhile. Not across a reopening. */
  everything(range: KeyRange, pieceEntries: number): AsyncGenerator<[Buffer, Buffer][]> {
    const iterator = this.#db.iterator({ ...range, highWaterMarkBytes: READ_BYTES });
    const next = (): Promise<[Buffer, Buffer][]> => this.#read(() => iterator.nextv(pieceEntries));
    return (async function* pieces() {
      try {
        for (let piece = await next(); piece.length > 0; piece = await next()) yield piece;
      } finally {
        await iterator.close();
      }
    })();
  }

  get(key: Buffer): Promise<Buffer | undefined> {
    return this.#read((db) => db.get(key));
  }

  getMany(keys: Buffer[]): Promise<(Buffer | undefined)[]> {
    return keys.length === 0 ? Promise.resolve([]) : this.#read((db) => db.getMany(keys));
  }

  /** All or nothing, on stable storage when resolved. Rejects with LevelDB's own error. */
  write(operations: WriteOperation[]): Promise<void> {
    return this.#db.batch(operations, { sync: true });
  }

  /**
   * Rewrites what holds the values of a removed key, so that they are in no file any more. Once is not enough: value and
   * removal may go into one new table side by side. The second removal lies above that table, and their merger drops all.
   */
  async forget(key: Buffer, range: { gte: Buffer; lt: Buffer }): Promise<void> {
    await this.#read((db) => db.compactRange(range.gte, range.lt));
    await this.write([{ type: 'del', key }]);
    await this.#read((db) => db.compactRange(range.gte, range.lt));
  }

  /**
   * After a failed write: its half-written record would spoil what is written behind it in the same file. `between` runs
   * while nothing is open; readers wait.
   */
  async reopen(between: () => Promise<void> = async () => {}): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reopening = promise;
    try {
      if (this.#readers > 0) {
        await new Promise<void>((idle) => {
          this.#idle = idle;
        });
      }
      await this.#db.close();
      await between();
      this.#db = await openLevel(this.#path);
    } finally {
      this.#reopening = null;
      resolve();
    }
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  async #read<T>(run: (db: Level) => Promise<T>): Promise<T> {
    while (this.#reopening) await this.#reopening;
    this.#readers += 1;
    try {
      return await run(this.#db);
    } catch (error) {
      throw asDamage(error);
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0) {
        this.#idle?.();
        this.#idle = null;
      }
    }
  }
}

async function openLevel(path: string): Promise<Level> {
  const db = new ClassicLevel<Buffer, Buffer>(path, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: WRITE_BUFFER_BYTES,
  });
  try {
    await db.open();
    return db;
  } catch (error) {
    await db.close();
    const cause = (error as Error).cause ?? error;
    throw asDamage(cause);
  }
}

/** LevelDB's reports of wrong files, as the log's word. */
function asDamage(error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  return code === 'LEVEL_CORRUPTION' || code === 'LEVEL_IO_ERROR'
    ? new LogError('log-damaged', `LevelDB: ${message}`)
    : error;
}

export function isDiskFull(error: unknown): boolean {
  // LevelDB gives the system's text, not its number.
  return /No space left|Disk quota exceeded|ENOSPC|EDQUOT/.test((error as Error).message);
}
